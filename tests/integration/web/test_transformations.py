"""Facts and aggregates by example: cases/<case>/ has what arrives step by step, and what there is after each.

Days are those around the twentieth of November 2026; they are moved to the days before today, since facts have a time
to live. Events and users go by numbers.
"""

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from tests.integration.web.messages import identifier, put

CASES = sorted((Path(__file__).parent / "cases").iterdir())
FACTS = """
    SELECT event_id, event_at, event_type, browser_name, device_type, geo_country, page_url_path, parts
    FROM fact_events ORDER BY event_id
"""
HOURS = """
    SELECT event_hour, event_type, countMerge(total_events), uniqMerge(unique_users)
    FROM agg_events_hourly GROUP BY event_hour, event_type ORDER BY event_hour, event_type
"""


def read(file: Path) -> dict[int, list[dict[str, str]]]:
    """The rows of a file by step, with the days moved."""
    moved = datetime.now(UTC).date() - date(2026, 11, 20)
    text = re.sub(
        r"2026-11-\d\d", lambda found: str(date.fromisoformat(found[0]) + moved), file.read_text(encoding="utf-8")
    )
    rows = csv.DictReader(io.StringIO(text))
    return {int(step): list(each) for step, each in groupby(rows, lambda row: row["step"])}


def arrive(client: Client, row: dict[str, str]) -> None:
    record = {
        "event_id": identifier(int(row["event"])),
        "user_id": identifier(int(row["user"])),
        "event_timestamp": row["event_timestamp"],
    } | dict(field.split("=") for field in row["fields"].split())
    # Kafka took each a second after the one before it.
    midnight = datetime.combine(datetime.now(UTC), time(0), UTC)
    queued_at = midnight + timedelta(seconds=int(row["offset"]))
    put(
        client, row["feed"], [record], first_offset=int(row["offset"]), partition=int(row["partition"]),
        queued_at=queued_at,
    )  # fmt: skip


def ask(client: Client, query: str) -> list[tuple[str, ...]]:
    def text(value: Any) -> str:
        if isinstance(value, datetime):
            return value.strftime("%Y-%m-%d %H:%M:%S.%f")[:23]
        return str(value)

    return [tuple(text(value) for value in row) for row in client.query(query).result_rows]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_layers_after_each_step(case: Path, loader: Client, web: Callable[[str], ModuleType]) -> None:
    layers = web("layers")
    facts, hours = read(case / "facts.csv"), read(case / "hours.csv")

    for step, rows in read(case / "input.csv").items():
        for row in rows:
            arrive(loader, row)
        layers.build_facts(loader)
        layers.build_aggregates(loader)
        layers.optimize(loader)

        assert ask(loader, FACTS) == [
            (identifier(int(row["event"])), *list(row.values())[2:]) for row in facts.get(step, [])
        ]
        assert ask(loader, HOURS) == [
            (f"{row['event_hour']}.000", *list(row.values())[2:]) for row in hours.get(step, [])
        ]
