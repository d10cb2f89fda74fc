"""What becomes of a Kafka message: messages.json holds messages, each with the change or the reason that it comes to.

Messages come in by INSERT (`scratch` in conftest.py): the view that judges them is the one behind ClickHouse's own
consumer as well.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from tests.integration.schema.conftest import rows

CASES = json.loads(Path(__file__).with_name("messages.json").read_text(encoding="utf-8"))
POSITION = {
    "_topic": "wms.public.stock_balances",
    "_partition": 1,
    "_offset": 42,
    "_timestamp_ms": "2026-03-01 12:00:00.300",
}


def deliver(client: Client, message: str | dict[str, Any] | list[Any], **position: Any) -> str:
    """Put a message on the queue; returns it as text."""
    text = message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)
    row = json.dumps({"message": text} | POSITION | position)
    client.raw_insert("stock_balances_queue", insert_block=row.encode(), fmt="JSONEachRow")
    return text


def changes(client: Client) -> list[dict[str, Any]]:
    """The change log; times as ClickHouse writes them."""
    text = client.raw_query("SELECT * FROM kafka_wms_stock_balances", fmt="JSONEachRow").decode()
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("case", [c for c in CASES if "change" in c], ids=lambda case: case["case"])
def test_a_change_is_applied(empty: Client, case: dict[str, Any]) -> None:
    deliver(empty, case["message"])

    [change] = changes(empty)
    assert {name: change[name] for name in case["change"]} == case["change"]
    assert rows(empty, "SELECT * FROM ingest_errors") == []


@pytest.mark.parametrize("case", [c for c in CASES if "reason" in c], ids=lambda case: case["case"])
def test_what_is_no_change_is_kept_as_it_came(empty: Client, case: dict[str, Any]) -> None:
    text = deliver(empty, case["message"])

    assert rows(empty, "SELECT reason, payload, kafka_partition, kafka_offset FROM ingest_errors") == [
        (case["reason"], text, 1, 42)
    ]
    assert changes(empty) == []


def test_a_change_keeps_its_place_in_kafka(empty: Client) -> None:
    deliver(empty, CASES[0]["message"])

    query = "SELECT kafka_topic, kafka_partition, kafka_offset, toString(queued_at) FROM kafka_wms_stock_balances"
    assert rows(empty, query) == [("wms.public.stock_balances", 1, 42, "2026-03-01 12:00:00.300")]


def test_bytes_that_are_no_text_are_kept_as_they_came(empty: Client) -> None:
    empty.command("INSERT INTO stock_balances_queue VALUES (unhex('fffe00'), 'wms.public.stock_balances', 0, 1, NULL)")

    assert rows(empty, "SELECT reason, hex(payload) FROM ingest_errors") == [("not JSON", "FFFE00")]


def test_a_bad_message_does_not_take_its_neighbours_with_it(empty: Client) -> None:
    block = [{"message": json.dumps(CASES[0]["message"])} | POSITION, {"message": "?"} | POSITION | {"_offset": 43}]
    lines = "\n".join(json.dumps(row) for row in block)
    empty.raw_insert("stock_balances_queue", insert_block=lines.encode(), fmt="JSONEachRow")

    assert [change["kafka_offset"] for change in changes(empty)] == [42]
    assert rows(empty, "SELECT kafka_offset FROM ingest_errors") == [(43,)]


@pytest.mark.parametrize("op", ["c", "u"])
def test_a_heartbeat_is_no_change(empty: Client, op: str) -> None:
    sent = datetime.now(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
    beat = {"op": op, "after": {"id": 1, "sent_at": f"{sent}Z"}, "source": {"lsn": 1, "ts_us": 1}, "ts_ms": 1}

    deliver(empty, beat, _topic="wms.public.wms_heartbeat")

    assert changes(empty) == []
    assert rows(empty, "SELECT source, toString(sent_at) FROM heartbeats") == [("wms", sent)]


def test_a_heartbeat_without_its_time_is_kept_as_it_came(empty: Client) -> None:
    deliver(empty, {"op": "d", "source": {"lsn": 1, "ts_us": 1}}, _topic="wms.public.wms_heartbeat")

    assert rows(empty, "SELECT reason FROM ingest_errors") == [("a heartbeat without a time (sent_at)",)]
    assert rows(empty, "SELECT * FROM heartbeats") == []
