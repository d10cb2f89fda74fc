"""What sklad.ingest reads by itself comes to what the view behind the queue makes of it; the rest is left to that."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from sklad.ingest.__main__ import QUEUE, QUEUE_COLUMNS, write
from sklad.ingest.changes import log_row
from sklad.ingest.topics import Delivered
from tests.integration.schema.conftest import rows
from tests.integration.schema.test_messages import CASES, changes

TOPIC = "wms.public.stock_balances"
ROW = {"warehouse_id": 1, "product_id": 2, "quantity": 3, "updated_at": "2026-03-01T12:00:00.123456Z"}
CHANGE: dict[str, Any] = {
    "op": "u",
    "before": ROW | {"quantity": 4, "updated_at": "2026-02-28T23:59:59.9Z"},
    "after": ROW,
    "source": {"lsn": 100, "txId": 7, "ts_us": 1772366400000001, "snapshot": "false"},
    "ts_ms": 1772366400123,
}


def delivered(message: str | bytes | dict[str, Any] | list[Any], topic: str = TOPIC) -> Delivered:
    text = message if isinstance(message, str | bytes) else json.dumps(message, ensure_ascii=False)
    return Delivered(text.encode() if isinstance(text, str) else text, topic, 1, 42, 1772366400300)


def with_row(**fields: Any) -> dict[str, Any]:
    return CHANGE | {"after": ROW | fields}


def with_source(**fields: Any) -> dict[str, Any]:
    return CHANGE | {"source": CHANGE["source"] | fields}


PLAIN = {
    "an update": CHANGE,
    "an insert": CHANGE | {"op": "c", "before": None},
    "a delete": CHANGE | {"op": "d", "after": None},
    "a snapshot's row": CHANGE | {"op": "r", "before": None} | {"source": CHANGE["source"] | {"snapshot": "first"}},
    "an update without its old row": CHANGE | {"before": None},
    "fields that nobody knows": with_row(note='"op":"d"') | {"transaction": None},
    "the largest numbers": with_row(warehouse_id=2**31 - 1, product_id=-(2**31), quantity=-(2**31)),
    "a time of another zone": with_row(updated_at="2026-03-01T15:00:00.1+03:00"),
    "the first moment": with_row(updated_at="1970-01-01T00:00:00Z"),
    "the last year": with_row(updated_at="2199-12-31T23:59:59.999999Z"),
}
NOT_PLAIN = {
    "a whole number with a point": with_row(quantity=12.0),
    "half a unit": with_row(quantity=12.5),
    "too many units": with_row(quantity=2**31),
    "too many old units": CHANGE | {"before": ROW | {"quantity": 2**31}},
    "no units": with_row(quantity=None),
    "units in words": with_row(quantity="3"),
    "a truth": with_row(quantity=True),
    "no key": with_row(product_id=None),
    "a time without a zone": with_row(updated_at="2026-03-01T12:00:00"),
    "a time of long ago": with_row(updated_at="0001-01-01T00:00:00Z"),
    "a time far ahead": with_row(updated_at="2200-01-01T00:00:00Z"),
    "no time": with_row(updated_at="infinity"),
    "a position that is none": with_source(lsn=0),
    "no position": with_source(lsn=None),
    "a position beyond numbers": with_source(lsn=2**64),
    "a delete without its row": CHANGE | {"op": "d", "before": None, "after": None},
    "a delete with a new row": CHANGE | {"op": "d"},
    "an update without its row": CHANGE | {"after": None},
    "a truncate": CHANGE | {"op": "t", "before": None, "after": None},
    "another operation": CHANGE | {"op": "x"},
    "a snapshot's last row": CHANGE | {"op": "r"} | {"source": CHANGE["source"] | {"snapshot": "last"}},
    "a list": [CHANGE],
    "half a message": json.dumps(CHANGE)[:-1],
    "two messages": json.dumps(CHANGE) * 2,
    "no message": "",
    "bytes that are no text": b'\xff\xfe{"op":"u"}',
}
# The moment of arrival is each way's own.
LOG = "SELECT * EXCEPT arrived_at FROM kafka_wms_stock_balances ORDER BY ALL"
ERRORS = "SELECT reason, hex(payload), kafka_partition, kafka_offset FROM ingest_errors ORDER BY ALL"


def both_ways(client: Client, message: Delivered) -> tuple[Any, Any]:
    """(log, errors) as the view makes them, and as `write` does."""
    found = []
    for way in (as_the_view_does, write):
        for table in ("kafka_wms_stock_balances", "ingest_errors"):
            client.command(f"TRUNCATE TABLE {table}")
        way(client, [message])
        found.append((client.raw_query(LOG).splitlines(), rows(client, ERRORS)))
    return found[0], found[1]


def as_the_view_does(client: Client, messages: list[Delivered]) -> None:
    client.insert(QUEUE, messages, QUEUE_COLUMNS)


@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_change_is_read_as_the_view_reads_it(empty: Client, name: str) -> None:
    message = delivered(PLAIN[name])
    assert log_row(message, 1) is not None

    by_the_view, by_us = both_ways(empty, message)

    assert by_us == by_the_view
    assert (len(by_us[0]), by_us[1]) == (1, [])


@pytest.mark.parametrize("name", NOT_PLAIN)
def test_anything_else_is_left_to_the_view(empty: Client, name: str) -> None:
    message = delivered(NOT_PLAIN[name])
    assert log_row(message, 1) is None

    by_the_view, by_us = both_ways(empty, message)

    assert by_us == by_the_view
    assert len(by_us[0]) + len(by_us[1]) == 1


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_known_messages_come_to_the_same(empty: Client, case: dict[str, Any]) -> None:
    by_the_view, by_us = both_ways(empty, delivered(case["message"]))

    assert by_us == by_the_view


def test_a_change_says_when_it_arrived(empty: Client) -> None:
    write(empty, [delivered(CHANGE)])

    query = "SELECT dateDiff('second', arrived_at, now64(3, 'UTC')) BETWEEN 0 AND 60 FROM kafka_wms_stock_balances"
    assert rows(empty, query) == [(1,)]


def test_a_batch_of_all_kinds_loses_nothing(empty: Client) -> None:
    beat = {
        "op": "u",
        "after": {"id": 1, "sent_at": f"{datetime.now(UTC):%FT%TZ}"},
        "source": {"lsn": 9, "ts_us": 1},
        "ts_ms": 1,
    }

    write(empty, [delivered(CHANGE), delivered("?"), delivered(beat, "wms.public.wms_heartbeat")])

    assert [change["op"] for change in changes(empty)] == ["u"]
    assert rows(empty, "SELECT reason FROM ingest_errors") == [("not JSON",)]
    assert rows(empty, "SELECT source FROM heartbeats") == [("wms",)]
