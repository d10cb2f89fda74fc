r"""What the dashboards cost: how long a browser paints each, and each chart's query while viewers refresh them.

PYTHONPATH=. .venv/bin/python -m benchmarks.dashboards --viewers 8 --out benchmarks/results/dashboards.json
PYTHONPATH=. .venv/bin/python -m benchmarks.dashboards --dashboards web,web-sources,web-geo,web-behaviour \
    --period 'Last quarter'

A real Chromium opens each dashboard; what it asks of Superset is kept, and each of it is asked alone, past the cache.
Then viewers ask the same again as a page that is open does: six questions at once at first; then, each time a
dashboard's interval has passed since all was answered, one question after the other over its `stagger_time`. Beside
viewers of stock the heartbeats tell what they do to freshness. On a running stack.
"""

import json
import platform
import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import httpx
import psutil
import typer
from playwright.sync_api import Page, Request
from rich.console import Console
from rich.table import Table

from sklad import clickhouse, products
from sklad.settings import Settings, load_settings
from sklad.superset.bundle import read_assets
from sklad.superset.client import SupersetClient, administrator
from tests.browser.chromium import NoChromium, find_or_install_chromium
from tests.browser.dashboard import PATIENCE, browser_page, chart_titles, is_settled, log_in, wait_for_charts

STOCK = ("stock", "missing", "movements", "trust")
TABLES = {
    "stock": ("stock_balances", "kafka_wms_stock_balances", "warehouses", "products"),
    "web": ("fact_events", "agg_events_hourly", "agg_events_daily", "agg_traffic_sources", "agg_user_days"),
}
QUESTIONS_AT_ONCE = 6  # connections that a browser opens to one server
QUIET_SECONDS = 60


@dataclass(frozen=True)
class Question:
    """What a chart asks Superset for its data."""

    dashboard: str
    chart: str
    path: str
    body: dict[str, Any]


@dataclass(frozen=True)
class Pace:
    """Seconds of a page's refreshing: from one refresh to the next (with `rests` from the last answer on), and those
    that its questions are spread over.
    """

    interval: float
    spread: float
    rests: bool


@dataclass(frozen=True)
class Answer:
    question: Question
    seconds: float
    from_cache: bool
    error: str
    opening: bool = False


def main(
    viewers: Annotated[
        int, typer.Option(help="How many refresh at once; they are dealt to the dashboards in turn.")
    ] = 8,
    seconds: Annotated[int, typer.Option(help="For how long.")] = 120,
    dashboards: Annotated[str, typer.Option(help="Which, with commas between.")] = ",".join(STOCK),
    period: Annotated[
        str, typer.Option(help="Superset's words for the time that is looked at, instead of each dashboard's own.")
    ] = "",
    alone: Annotated[int, typer.Option(help="How often each question is asked alone, past the cache.")] = 5,
    every: Annotated[
        float | None, typer.Option(help="Seconds between two refreshes, instead of each dashboard's own interval.")
    ] = None,
    at_once: Annotated[
        bool,
        typer.Option(help="Ask all of a refresh at once, one refresh an interval: harder than a page does, as before."),
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Where to write the figures as JSON.")] = None,
) -> None:
    """Measure, print, write."""
    settings = load_settings()
    try:
        chromium = find_or_install_chromium()
    except NoChromium as reason:
        sys.exit(str(reason))
    slugs = dashboards.split(",")
    paces = {slug: pace(metadata, every, at_once=at_once) for slug, metadata in _metadata(slugs).items()}
    figures: dict[str, Any] = {
        "machine": _machine(),
        "data": _data(settings),
        "viewers": viewers,
        "paces": {slug: asdict(each) for slug, each in paces.items()},
    }
    questions: list[Question] = []
    painted = {}
    with browser_page(chromium, as_for_people=True) as page:
        log_in(page, settings.superset_url, settings.superset_user, settings.superset_password)
        for slug in slugs:
            questions += _questions(page, settings, slug, period)
            painted[slug] = [_paint_seconds(page, settings, slug) for _ in range(3)]
    figures["painted_seconds"] = painted
    figures["alone"] = _by_chart(_one_by_one(settings, questions, alone))
    stock = "stock" in settings.product_names
    if stock:
        figures["freshness_before"] = _freshness(settings, QUIET_SECONDS)
    answers = _refresh(settings, questions, viewers, seconds, paces)
    if stock:
        figures["freshness_meanwhile"] = _freshness(settings, 0, seconds)
    figures["charts"] = _by_chart(answers)
    figures["queries"] = {
        "errors": sorted({answer.error for answer in answers if answer.error}),
        "all": _together(answers),
        "of pages that open": _together([answer for answer in answers if answer.opening]),
        "of refreshes": _together([answer for answer in answers if not answer.opening]),
    }
    _print(figures)
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        raw = [(a.question.dashboard, a.question.chart, round(a.seconds, 3), a.from_cache, a.opening) for a in answers]
        out.write_text(json.dumps(figures | {"raw": raw}, ensure_ascii=False, indent=1) + "\n")


def _questions(page: Page, settings: Settings, slug: str, period: str) -> list[Question]:
    """Open a dashboard, look at all of it, and return what its charts asked; of `period`, if that says something."""
    found: dict[str, Question] = {}

    def keep(request: Request) -> None:
        if "/api/v1/chart/data" in request.url and request.method == "POST":
            body = request.post_data_json
            chart = str(body.get("form_data", {}).get("slice_id", request.url))
            if period:
                _look_at(body, period)
            found[chart] = Question(slug, chart, request.url.split("/api/v1/")[1], body)

    page.on("request", keep)
    page.goto(f"{settings.superset_url}/superset/dashboard/{slug}/")
    page.locator("[data-test-chart-name]").first.wait_for()
    wait_for_charts(page)
    page.remove_listener("request", keep)
    return list(found.values())


def _look_at(body: dict[str, Any], period: str) -> None:
    for query in body["queries"]:
        for condition in query["filters"]:
            if condition["op"] == "TEMPORAL_RANGE":
                condition["val"] = period


def _paint_seconds(page: Page, settings: Settings, slug: str) -> float:
    """Until every chart of the first screen is drawn, by a browser that has been there before."""
    page.goto("about:blank")
    began = time.perf_counter()
    page.goto(f"{settings.superset_url}/superset/dashboard/{slug}/", wait_until="commit")
    page.locator("[data-test-chart-name]").first.wait_for()
    height = (page.viewport_size or {"height": 0})["height"]
    while time.perf_counter() - began < PATIENCE:
        seen = [page.locator(f'[data-test-chart-name="{title}"]') for title in chart_titles(page)]
        boxes = [(chart, chart.bounding_box()) for chart in seen]
        if all(is_settled(chart) for chart, box in boxes if box and box["y"] < height):
            break
        page.wait_for_timeout(100)
    return round(time.perf_counter() - began, 2)


def pace(metadata: Mapping[str, Any], every: float | None, *, at_once: bool) -> Pace:
    """How a page with this dashboard refreshes (Superset 6.1.0, useAutoRefresh and fetchCharts)."""
    interval = every or float(metadata["refresh_frequency"])
    if at_once:
        return Pace(interval, 0, rests=False)
    return Pace(interval, max(interval * 0.2, metadata.get("stagger_time", 5000) / 1000), rests=True)


def _metadata(slugs: list[str]) -> dict[str, Any]:
    dashboards = [asset for name, asset in read_assets().items() if name.startswith("dashboards/")]
    found = {asset["slug"]: asset["metadata"] for asset in dashboards}
    return {slug: found[slug] for slug in slugs}


def _one_by_one(settings: Settings, questions: list[Question], times: int) -> list[Answer]:
    past_the_cache = [replace(question, body=question.body | {"force": True}) for question in questions]
    with administrator(settings) as client:
        return [_ask(client, question) for question in past_the_cache for _ in range(times)]


def _refresh(
    settings: Settings, questions: list[Question], viewers: int, seconds: float, paces: Mapping[str, Pace]
) -> list[Answer]:
    by_dashboard = defaultdict(list)
    for question in questions:
        by_dashboard[question.dashboard].append(question)
    end = time.monotonic() + seconds

    def view(number: int) -> list[Answer]:
        slug = list(paces)[number % len(paces)]
        own, own_pace = by_dashboard[slug], paces[slug]
        answers: list[Answer] = []
        opens, spread = True, 0.0  # A page that opens asks all at once.
        with (
            administrator(settings) as client,
            ThreadPoolExecutor(QUESTIONS_AT_ONCE) as connections,
        ):
            # People open their pages at different moments.
            time.sleep(random.Random(number).uniform(0, own_pace.interval))  # noqa: S311 - no secret
            while time.monotonic() < end:
                began = time.monotonic()
                asked = []
                for place, question in enumerate(own):
                    time.sleep(max(0.0, began + spread * place / max(1, len(own) - 1) - time.monotonic()))
                    asked.append(connections.submit(_ask, client, question))
                answers += [replace(each.result(), opening=opens) for each in asked]
                rested_from = time.monotonic() if own_pace.rests else began
                time.sleep(max(0.0, rested_from + own_pace.interval - time.monotonic()))
                opens, spread = False, own_pace.spread
        return answers

    with ThreadPoolExecutor(viewers) as pool:
        return [answer for answers in pool.map(view, range(viewers)) for answer in answers]


def _ask(client: SupersetClient, question: Question) -> Answer:
    began = time.perf_counter()
    try:
        answer = client.ask("POST", question.path, json=question.body)
    except httpx.HTTPError as error:
        return Answer(question, time.perf_counter() - began, from_cache=False, error=str(error))
    took = time.perf_counter() - began
    results = answer.json().get("result") or [{}] if answer.is_success else [{}]
    cached = all(isinstance(result, dict) and bool(result.get("is_cached")) for result in results)
    return Answer(question, took, cached, "" if answer.is_success else answer.text[:300])


def _freshness(settings: Settings, wait: float, seconds: float = QUIET_SECONDS) -> dict[str, float]:
    """Commit to visible of the heartbeats in the last `seconds`, after having waited for so long."""
    time.sleep(wait)
    with clickhouse.admin_client(settings) as client:
        row = client.query(
            "SELECT count(), quantiles(0.5, 0.99)(dateDiff('microsecond', sent_at, arrived_at) / 1e6)"
            " FROM heartbeats FINAL"
            " WHERE source = 'wms' AND sent_at > now64(6, 'UTC') - toIntervalSecond({seconds:UInt32})",
            {"seconds": int(seconds)},
        ).result_rows[0]
    return {"heartbeats": row[0], "p50_seconds": round(row[1][0], 3), "p99_seconds": round(row[1][1], 3)}


def _data(settings: Settings) -> dict[str, int]:
    found = {}
    for name in settings.product_names:
        with clickhouse.admin_client(settings, products.product(name).database) as client:
            for table in TABLES[name]:
                found[table] = int(client.command("SELECT count() FROM {table:Identifier}", {"table": table}))
    return found


def _machine() -> dict[str, Any]:
    return {
        "cores": psutil.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "cpu": platform.machine(),
    }


def _together(answers: list[Answer]) -> dict[str, float]:
    all_of_them = [answer.seconds for answer in answers]
    ran = [answer.seconds for answer in answers if not answer.from_cache]
    return {
        "answers": len(all_of_them),
        "from_cache": len(all_of_them) - len(ran),
        "p50_seconds": _percentile(all_of_them, 50),
        "p95_seconds": _percentile(all_of_them, 95),
        "p50_seconds_not_from_cache": _percentile(ran, 50),
        "p95_seconds_not_from_cache": _percentile(ran, 95),
        "share_within_a_second": round(sum(seconds <= 1 for seconds in all_of_them) / max(1, len(all_of_them)), 3),
    }


def _by_chart(answers: list[Answer]) -> dict[str, dict[str, float]]:
    times = defaultdict(list)
    for answer in answers:
        if not answer.from_cache:
            times[f"{answer.question.dashboard}: {answer.question.chart}"].append(answer.seconds)
    return {
        name: {"queries": len(values), "p50_seconds": _percentile(values, 50), "p95_seconds": _percentile(values, 95)}
        for name, values in sorted(times.items(), key=lambda item: -_percentile(item[1], 95))
    }


def _percentile(values: list[float], percent: int) -> float:
    if len(values) < 2:  # noqa: PLR2004 - fewer have no percentiles
        return round(max(values, default=0), 3)
    return round(statistics.quantiles(values, n=100, method="inclusive")[percent - 1], 3)


def _print(figures: dict[str, Any]) -> None:
    console = Console()
    for how in ("alone", "charts"):
        table = Table("chart", "queries", "p50, s", "p95, s", title=how)
        for name, chart in figures[how].items():
            table.add_row(name, str(chart["queries"]), str(chart["p50_seconds"]), str(chart["p95_seconds"]))
        console.print(table)
    rest = {name: value for name, value in figures.items() if name not in ("alone", "charts")}
    console.print_json(json.dumps(rest, ensure_ascii=False))


if __name__ == "__main__":
    typer.run(main)
