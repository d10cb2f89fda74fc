"""How fast the web product takes events in: produced, staged, joined into facts, counted.

    python -m benchmarks.web --events 1000000
    python -m benchmarks.web --events 1000000 --staging-times 10
    python -m benchmarks.web --events 1000000 --days 90 --facts-times 100

Works on the running stack (PRODUCTS=stock,web), whose analytics tables it adds to: use a STATE_DIR of its own, and halt
Airflow's scheduler, which would build meanwhile. Prints JSON: of each step seconds, records a second and ClickHouse's
CPU-seconds, merges included; and the memory that the DAGs' code took at most.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import clickhouse_connect
from clickhouse_connect.driver.client import Client

from benchmarks.web_fill import fill_facts, fill_staging
from data_generator.web import generate
from data_generator.web_options import WebOptions
from sklad.embedded.supervision import Supervisor
from sklad.settings import ROOT, Settings, load_settings

sys.path.insert(0, str(ROOT / "airflow" / "dags"))
# As many as Airflow runs beside each other.
TASKS = 2


def connect(host: str, port: int, password: str) -> Client:
    return clickhouse_connect.get_client(
        host=host, port=port, username="web", password=password, database="analytics", autogenerate_session_id=False
    )


def produce(feed: str, folder: Path, kafka: str) -> int:
    """One feed's file into Kafka; returns the lines."""
    from web import producer  # noqa: PLC0415 - found below airflow/dags
    from web.feeds import FEEDS  # noqa: PLC0415
    from web.pseudonyms import Pseudonyms  # noqa: PLC0415

    loaded = producer.load(folder / FEEDS[feed].file, FEEDS[feed], kafka, Pseudonyms(bytes(32)), "benchmark")
    return loaded["lines"]


def stage(feed: str, kafka: str, clickhouse: tuple[str, int, str]) -> tuple[int, int]:
    """One topic into staging; returns the messages, and the memory that it took at most, in MB."""
    from web import consumer  # noqa: PLC0415
    from web.feeds import FEEDS  # noqa: PLC0415

    with connect(*clickhouse) as client:
        consumed = consumer.consume(FEEDS[feed], kafka, client, seconds=3600)
    return consumed["messages"], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def measure(settings: Settings, options: WebOptions, staging_times: int, facts_times: int) -> dict[str, Any]:
    """All steps, one after the other; each feed a task of its own."""
    from web import layers  # noqa: PLC0415
    from web.feeds import FEEDS  # noqa: PLC0415

    kafka = settings.kafka_bootstrap_servers
    clickhouse = (settings.clickhouse_host, settings.clickhouse_port, settings.clickhouse_web_password)
    figures: dict[str, Any] = {"events": options.events}

    with connect(*clickhouse) as client:

        def timed(name: str, step: Callable[[], int]) -> None:
            began, used = time.monotonic(), _cpu_seconds(settings)
            count = step()
            seconds = time.monotonic() - began
            figures[name] = {
                "seconds": round(seconds, 2),
                "clickhouse_cpu_seconds": round(_cpu_seconds(settings) - used, 2),
                "count": count,
                "per_second": round(count / seconds),
            }
            print(name, figures[name], file=sys.stderr)

        def count(table: str) -> int:
            return int(client.query(f"SELECT count() FROM {table}").result_rows[0][0])

        with TemporaryDirectory() as temporary, ProcessPoolExecutor(TASKS) as tasks:
            folder = Path(temporary)
            timed("generated, records", lambda: sum(generate(options, folder).lines.values()))
            timed("produced, records", lambda: sum(tasks.map(produce, FEEDS, [folder] * 4, [kafka] * 4)))
            staged: list[tuple[int, int]] = []

            def into_staging() -> int:
                staged.extend(tasks.map(stage, FEEDS, [kafka] * 4, [clickhouse] * 4))
                return sum(messages for messages, _ in staged)

            timed("staged, records", into_staging)
            figures["memory of a consumer, MB"] = max(memory for _, memory in staged)

        def more_staged() -> int:
            tables = [feed.staging for feed in FEEDS.values()]
            fill_staging(client, tables, staging_times)
            return sum(map(count, tables))

        def facts() -> int:
            layers.build_facts(client)
            return count("fact_events")

        def more_facts() -> int:
            fill_facts(client, facts_times)
            return count("fact_events")

        if staging_times > 1:
            timed("multiplied in staging, records", more_staged)
        timed("joined, events", facts)
        if facts_times > 1:
            timed("multiplied in facts, events", more_facts)
        timed("aggregated, rows", lambda: layers.build_aggregates(client).rows)
        timed("users, rows", lambda: layers.build_whole(client, "users").rows)
        timed("places, rows", lambda: layers.build_whole(client, "geo").rows)
        timed("retention, rows", lambda: layers.build_whole(client, "retention").rows)
        timed("optimized", lambda: layers.optimize(client).rows)
    return figures


def _cpu_seconds(settings: Settings) -> float:
    """What ClickHouse has taken since its start, merges and all. (Its own counters have those of OPTIMIZE twice.)"""
    [server] = [process for process in Supervisor(settings).processes() if process.name == "clickhouse"]
    times = [member.cpu_times() for member in server.family()]
    return sum(each.user + each.system for each in times)


def main() -> None:
    """Measure the running stack."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000, help="how many go all the way")
    parser.add_argument("--days", type=int, default=14, help="over how many days, up to today")
    parser.add_argument("--staging-times", type=int, default=1, help="so many of each staged record are joined")
    parser.add_argument("--facts-times", type=int, default=1, help="so many of each fact are counted")
    given = parser.parse_args()
    options = WebOptions(events=given.events, days=given.days)
    print(json.dumps(measure(load_settings(), options, given.staging_times, given.facts_times), indent=2))


if __name__ == "__main__":
    main()
