"""A second product comes with PRODUCTS, beside the first: its DAGs, its tables, its dashboards. And it goes again."""

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from data_generator.web import generate
from data_generator.web_options import Faults, WebOptions
from sklad.airflow.client import AirflowClient
from sklad.waiting import wait_until
from tests.browser.dashboard import PATIENCE, PHONE, WINDOW, browser_page, chart_errors, chart_titles, page_width
from tests.browser.dashboard import read_big_number as number
from tests.e2e.boards import assert_fits_a_phone, open_slug, titles
from tests.e2e.conftest import Stack, eventually
from tests.e2e.people import administrator

pytestmark = pytest.mark.timeout(1800)

WEB_DAGS = {"init_data_pipeline", "streaming_to_clickhouse", "build_dwh_layer", "data_quality_checks", "erase_web_user"}
DASHBOARDS = titles("web")
# Something on every chart, also those of what went wrong.
FAULTS = Faults(duplicates=0.01, late=0.01, missing=0.01, nulls=0.01, malformed=0.005)
RUN_SECONDS = 300
# Messages taken in, and whether the builds of facts, and of what is counted from these, have seen all there is.
UP_TO_DATE = """
WITH
    (SELECT max(upto) FROM analytics.layer_builds WHERE layer = 'facts') AS seen,
    (SELECT max(built_at) FROM analytics.layer_builds WHERE layer = 'facts' AND notEmpty(days)) AS built
SELECT
    (SELECT count() FROM merge('analytics', '^events_[a-z]+_raw$') FINAL)
        + (SELECT count() FROM analytics.events_rejected FINAL) AS taken_in,
    (SELECT max(arrived_at) FROM merge('analytics', '^events_[a-z]+_raw$')) <= seen AS facts_are_built,
    (SELECT min(upto) FROM (
        SELECT max(upto) AS upto FROM analytics.layer_builds
        WHERE layer IN ('aggregates', 'users', 'geo', 'retention') GROUP BY layer
    )) >= built AS layers_are_built
"""


@pytest.fixture(scope="module")
def with_web(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack with both products; with stock alone again at the end."""
    up = stack.up(PRODUCTS="stock,web", WEB_JSONL_DIR=str(tmp_path_factory.getbasetemp() / "feeds"))
    assert up.returncode == 0, stack.said(up)
    yield stack
    assert stack.up().returncode == 0


@pytest.fixture(scope="module")
def events(with_web: Stack, tmp_path_factory: pytest.TempPathFactory) -> int:
    """Events of the last days in every layer, brought there by the DAGs; returns how many."""
    feeds = tmp_path_factory.getbasetemp() / "feeds"
    generate(WebOptions(events=6000, days=5, until=datetime.now(UTC), faults=FAULTS), feeds)
    lines = sum(file.read_bytes().count(b"\n") for file in feeds.glob("*_events.jsonl"))
    airflow = AirflowClient(with_web["AIRFLOW_URL"], with_web["AIRFLOW_USER"], with_web["AIRFLOW_PASSWORD"])
    airflow.run_dag("init_data_pipeline", RUN_SECONDS)

    def all_built() -> int:
        """A run that was under way already may have met one feed whole and the next one not yet."""
        airflow.run_dag("streaming_to_clickhouse", RUN_SECONDS)
        airflow.run_dag("build_dwh_layer", RUN_SECONDS)
        with with_web.clickhouse() as client:
            [(taken_in, facts_are_built, layers_are_built)] = client.query(UP_TO_DATE).result_rows
            [(count,)] = client.query("SELECT uniqExact(event_id) FROM analytics.fact_events").result_rows
        return count if taken_in == lines and facts_are_built and layers_are_built else 0

    count = wait_until(all_built, "every line of the feeds is in every layer", 2 * RUN_SECONDS)
    airflow.run_dag("data_quality_checks", RUN_SECONDS)
    return count


def dags(stack: Stack) -> set[str]:
    """DAGs that Airflow runs now."""
    url = stack["AIRFLOW_URL"]
    login = {"username": stack["AIRFLOW_USER"], "password": stack["AIRFLOW_PASSWORD"]}
    token = httpx.post(f"{url}/auth/token", json=login, timeout=60).raise_for_status().json()["access_token"]
    answer = httpx.get(f"{url}/api/v2/dags", headers={"Authorization": f"Bearer {token}"}, timeout=60)
    return {dag["dag_id"] for dag in answer.raise_for_status().json()["dags"] if not dag["is_stale"]}


def test_a_product_comes(with_web: Stack) -> None:
    eventually(lambda: dags(with_web) >= WEB_DAGS, wanted=True, seconds=120)
    with with_web.clickhouse() as client:
        assert client.query("SELECT count() FROM analytics.fact_events").result_rows == [(0,)]
    assert with_web.status()["problems"] == []


@pytest.mark.browser
@pytest.mark.usefixtures("events")
@pytest.mark.parametrize("slug", DASHBOARDS)
def test_every_chart_of_its_dashboards_shows_something(with_web: Stack, chromium: str, slug: str) -> None:
    with browser_page(chromium) as page:
        open_slug(page, with_web, slug)

        assert set(chart_titles(page)) == DASHBOARDS[slug]
        assert chart_errors(page) == {}
        assert page_width(page) == WINDOW["width"]


@pytest.mark.browser
@pytest.mark.usefixtures("events")
@pytest.mark.parametrize("slug", DASHBOARDS)
def test_its_dashboards_fit_a_phone(with_web: Stack, chromium: str, slug: str) -> None:
    with browser_page(chromium, PHONE) as page:
        open_slug(page, with_web, slug)

        assert chart_errors(page) == {}
        assert_fits_a_phone(page)


@pytest.mark.browser
def test_its_numbers_are_what_sql_says(with_web: Stack, chromium: str, events: int) -> None:
    with with_web.clickhouse() as client:
        query = "SELECT uniqExactIf(event_id, event_type = 'purchase') FROM analytics.fact_events"
        [(purchases,)] = client.query(query).result_rows
    with browser_page(chromium) as page:
        open_slug(page, with_web, "web")

        eventually(lambda: number(page, "События"), events, seconds=PATIENCE)
        eventually(lambda: number(page, "Покупки"), purchases, seconds=PATIENCE)


def test_it_runs_alone(with_web: Stack, events: int) -> None:
    alone = Stack(with_web.environment | {"PRODUCTS": "web"})
    up = alone.sklad("up")
    assert up.returncode == 0, alone.said(up)
    assert "Kafka Connect" not in up.stdout

    alone.read_exports()
    status = alone.status()
    assert status["problems"] == []
    assert {"kafka", "clickhouse", "superset"} < {service["name"] for service in status["services"]}
    assert not {"wms", "connect", "flow-watch", "ingest"} & {service["name"] for service in status["services"]}
    assert [told["label"] for told in status["products"]] == ["web: facts", "web: checks"]
    assert status["products"][0]["value"].startswith(f"{events} events, built ")
    eventually(lambda: dags(alone), WEB_DAGS, seconds=180)
    with administrator(alone) as superset:
        assert {board["slug"] for board in superset.listed("dashboard", ("slug",))} == titles("web").keys()
    verify = alone.sklad("verify")
    assert verify.returncode == 2
    assert "PRODUCTS=web leaves it out" in verify.stderr


def test_a_product_goes_with_its_dashboards(with_web: Stack) -> None:
    assert with_web.up().returncode == 0

    eventually(lambda: dags(with_web) & WEB_DAGS, wanted=set(), seconds=180)
    assert "wms_reference_daily" in dags(with_web)
    with administrator(with_web) as superset:
        slugs = {board["slug"] for board in superset.listed("dashboard", ("slug",))}
    assert slugs == titles("stock").keys()
