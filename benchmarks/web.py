"""How fast the web product takes events in: produced, staged, joined into facts, counted.

    python -m benchmarks.web --events 1000000

Works on the running stack (PRODUCTS=stock,web), whose analytics tables it adds to: use a STATE_DIR of its own. Prints
JSON: seconds and records a second of each step, and the memory that the DAGs' code took at most.
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

from data_generator.web import generate
from data_generator.web_options import WebOptions
from sklad.settings import ROOT, load_settings

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


def measure(events: int, kafka: str, clickhouse: tuple[str, int, str]) -> dict[str, Any]:
    """All steps, one after the other; each feed a task of its own."""
    from web import layers  # noqa: PLC0415
    from web.feeds import FEEDS  # noqa: PLC0415

    figures: dict[str, Any] = {"events": events}

    def timed(name: str, step: Callable[[], int]) -> None:
        began = time.monotonic()
        count = step()
        seconds = time.monotonic() - began
        figures[name] = {"seconds": round(seconds, 2), "count": count, "per_second": round(count / seconds)}

    with TemporaryDirectory() as temporary, ProcessPoolExecutor(TASKS) as tasks:
        folder = Path(temporary)
        timed("generated, records", lambda: sum(generate(WebOptions(events=events), folder).lines.values()))
        timed("produced, records", lambda: sum(tasks.map(produce, FEEDS, [folder] * 4, [kafka] * 4)))
        staged: list[tuple[int, int]] = []

        def into_staging() -> int:
            staged.extend(tasks.map(stage, FEEDS, [kafka] * 4, [clickhouse] * 4))
            return sum(messages for messages, _ in staged)

        timed("staged, records", into_staging)
        figures["memory of a consumer, MB"] = max(memory for _, memory in staged)
    with connect(*clickhouse) as client:

        def facts() -> int:
            layers.build_facts(client)
            return int(client.query("SELECT count() FROM fact_events").result_rows[0][0])

        timed("joined, events", facts)
        timed("aggregated, rows", lambda: layers.build_aggregates(client).rows)
        timed("users, rows", lambda: layers.build_whole(client, "users").rows)
        timed("places, rows", lambda: layers.build_whole(client, "geo").rows)
        timed("retention, rows", lambda: layers.build_whole(client, "retention").rows)
        timed("optimized", lambda: layers.optimize(client).rows)
    return figures


def main() -> None:
    """Measure the running stack."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    settings = load_settings()
    clickhouse = (settings.clickhouse_host, settings.clickhouse_port, settings.clickhouse_web_password)
    print(json.dumps(measure(parser.parse_args().events, settings.kafka_bootstrap_servers, clickhouse), indent=2))


if __name__ == "__main__":
    main()
