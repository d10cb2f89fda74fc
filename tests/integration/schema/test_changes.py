"""What readers see after changes have come through the inbox, in whatever order and however often."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from sklad.waiting import wait_until
from tests.integration.clickhouse import refresh
from tests.integration.schema.conftest import rows

# Of yesterday: the log drops what is older than its retention.
START = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
TOPIC = "wms.public.stock_balances"


def row(warehouse: int, product: int, quantity: int) -> dict[str, Any]:
    """A row of the WMS, as a message carries it."""
    return {
        "warehouse_id": warehouse,
        "product_id": product,
        "quantity": quantity,
        "updated_at": str(START.replace(tzinfo=None)),
    }


def change(
    op: str, lsn: int, before: dict[str, Any] | None = None, after: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A change as the parsing view puts it into the inbox. It was committed `lsn` minutes after START."""
    row = (before if op == "d" else after) or {}
    old = before or {}
    committed = START + timedelta(minutes=lsn)
    return {
        "kind": "truncate" if op == "t" else "change",
        "op": op,
        "warehouse_id": row.get("warehouse_id", 0),
        "product_id": row.get("product_id", 0),
        "quantity": (after or {}).get("quantity", 0),
        "quantity_before": old.get("quantity", 0),
        "updated_at": row.get("updated_at", 0),
        "updated_at_before": old.get("updated_at", 0),
        "lsn": lsn,
        "tx_id": lsn,
        "committed_at": str(committed.replace(tzinfo=None)),
        "kafka_topic": TOPIC,
        "kafka_offset": lsn,
    }


def deliver(stock: Client, *messages: dict[str, Any]) -> None:
    """Each message by itself: no order within a block helps."""
    for message in messages:
        stock.raw_insert("stock_balances_inbox", insert_block=json.dumps(message).encode(), fmt="JSONEachRow")


def state(stock: Client) -> list[tuple[int, int, int]]:
    return rows(stock, "SELECT warehouse_id, product_id, quantity FROM stock_balances_v ORDER BY ALL")


def state_as_of(stock: Client, minute: float) -> list[tuple[int, int, int]]:
    moment = (START + timedelta(minutes=minute)).strftime("%F %T.%f")
    query = f"SELECT warehouse_id, product_id, quantity FROM stock_balances_as_of(moment = '{moment}') ORDER BY ALL"
    return rows(stock, query)


def log(stock: Client) -> list[tuple[int, str, int, int]]:
    """(LSN, op, quantity before, quantity) of every change."""
    return rows(stock, "SELECT lsn, op, quantity_before, quantity FROM kafka_wms_stock_balances FINAL ORDER BY ALL")


READ = change("r", 1, after=row(1, 10, 5))
CREATED = change("c", 2, after=row(1, 20, 7))
UPDATED = change("u", 3, before=row(1, 10, 5), after=row(1, 10, 6))
DELETED = change("d", 4, before=row(1, 20, 7))
LIFE = (READ, CREATED, UPDATED, DELETED)


def test_the_state_follows_every_operation(stock: Client) -> None:
    deliver(stock, READ)
    assert state(stock) == [(1, 10, 5)]
    deliver(stock, CREATED)
    assert state(stock) == [(1, 10, 5), (1, 20, 7)]
    deliver(stock, UPDATED)
    assert state(stock) == [(1, 10, 6), (1, 20, 7)]
    deliver(stock, DELETED)
    assert state(stock) == [(1, 10, 6)]


def test_the_log_keeps_every_change_with_what_it_replaced(stock: Client) -> None:
    deliver(stock, *LIFE)

    assert log(stock) == [(1, "r", 0, 5), (2, "c", 0, 7), (3, "u", 5, 6), (4, "d", 7, 0)]


def test_replays_change_nothing(stock: Client) -> None:
    deliver(stock, *LIFE)
    once = log(stock)

    deliver(stock, *LIFE, *LIFE, READ)

    assert log(stock) == once
    assert state(stock) == [(1, 10, 6)]


def test_the_order_of_arrival_does_not_matter(stock: Client) -> None:
    deliver(stock, *reversed(LIFE))

    assert state(stock) == [(1, 10, 6)]
    assert [lsn for lsn, *_ in log(stock)] == [1, 2, 3, 4]


def test_merged_parts_say_the_same(stock: Client) -> None:
    deliver(stock, *reversed(LIFE), *LIFE)
    for table in ("kafka_wms_stock_balances", "stock_balances"):
        stock.command(f"OPTIMIZE TABLE {table} FINAL")

    assert state(stock) == [(1, 10, 6)]
    assert [lsn for lsn, *_ in log(stock)] == [1, 2, 3, 4]


@pytest.mark.parametrize("backwards", [False, True])
def test_a_changed_key_moves_its_row(stock: Client, backwards: bool) -> None:
    """Debezium sends a deletion of the old key and a creation of the new one, both at the same LSN."""
    deliver(stock, READ)
    moved = [change("d", 5, before=row(1, 10, 5)), change("c", 5, after=row(2, 10, 5))]

    deliver(stock, *(reversed(moved) if backwards else moved))

    assert state(stock) == [(2, 10, 5)]
    assert log(stock)[1:] == [(5, "c", 0, 5), (5, "d", 5, 0)]


def test_a_row_comes_back_after_its_deletion(stock: Client) -> None:
    deliver(stock, change("c", 6, after=row(1, 20, 9)), *LIFE)

    assert state(stock) == [(1, 10, 6), (1, 20, 9)]


def test_a_truncate_empties_and_what_comes_later_stays(stock: Client) -> None:
    deliver(stock, *LIFE, change("t", 10))
    assert state(stock) == []

    deliver(stock, change("c", 11, after=row(1, 10, 3)), change("c", 9, after=row(3, 30, 1)))

    assert state(stock) == [(1, 10, 3)]


def last_read(lsn: int, after: dict[str, Any]) -> dict[str, Any]:
    """The read that ends a snapshot."""
    return change("r", lsn, after=after) | {"kind": "last read"}


def test_a_snapshot_read_to_its_end_removes_what_it_did_not_find(stock: Client) -> None:
    """Deletions that nobody heard of: the slot was lost, or an earlier snapshot was cut off and read again."""
    deliver(stock, READ, CREATED)

    deliver(stock, change("r", 8, after=row(1, 10, 5)))
    assert state(stock) == [(1, 10, 5), (1, 20, 7)], "not before its end"
    deliver(stock, last_read(8, after=row(2, 10, 1)))

    assert state(stock) == [(1, 10, 5), (2, 10, 1)]


def test_changes_that_a_snapshot_overtook_win_over_it(stock: Client) -> None:
    """A transaction that wrote before the snapshot's position and committed after it."""
    deliver(stock, change("r", 80, after=row(1, 10, 5)), last_read(80, after=row(1, 20, 7)))

    overtaken = [
        change("u", 64, before=row(1, 10, 5), after=row(1, 10, 6)),
        change("u", 72, before=row(1, 10, 6), after=row(1, 10, 8)),
        change("d", 72, before=row(1, 20, 7)),
        change("c", 72, after=row(1, 30, 9)),
    ]
    deliver(stock, *(message | {"kafka_offset": 81} for message in overtaken))

    wait_until(lambda: state(stock) == [(1, 10, 8), (1, 30, 9)], "they are written again", 30)
    deliver(stock, change("u", 88, before=row(1, 30, 9), after=row(1, 30, 10)))
    assert state(stock) == [(1, 10, 8), (1, 30, 10)]


def test_an_overtaking_transaction_may_arrive_in_pieces(stock: Client) -> None:
    """What was written again with a piece of it follows the rest, also to what was there before; then it rests."""
    deliver(stock, last_read(80, after=row(1, 10, 5)))

    for piece, quantity in [
        (change("u", 40, before=row(1, 10, 5), after=row(1, 10, 6)), 6),
        (change("u", 48, before=row(1, 10, 6), after=row(1, 10, 7)), 7),
        (change("u", 56, before=row(1, 10, 7), after=row(1, 10, 6)), 6),
        (change("d", 64, before=row(1, 10, 6)), None),
        (change("c", 72, after=row(1, 10, 6)), 6),
    ]:
        deliver(stock, piece | {"kafka_offset": 81})
        refresh(stock, "stock_balances_overtaken_mv")
        assert state(stock) == ([(1, 10, quantity)] if quantity else [])
        stock.command("OPTIMIZE TABLE stock_balances FINAL")
        refresh(stock, "stock_balances_overtaken_mv")
        parts = "SELECT count() FROM system.parts WHERE database = 'wms' AND table = 'stock_balances' AND active"
        assert rows(stock, parts) == [(1,)], "what says it already is not written again"


def test_older_changes_that_are_read_again_do_not_win_over_a_snapshot(stock: Client) -> None:
    older = change("u", 72, before=row(1, 10, 4), after=row(1, 10, 5)) | {"kafka_offset": 1}
    deliver(stock, older, last_read(80, after=row(1, 10, 6)), older)

    refresh(stock, "stock_balances_overtaken_mv")

    assert state(stock) == [(1, 10, 6)]


@pytest.mark.parametrize("later", [change("t", 10), change("r", 10, after=row(1, 10, 5))])
def test_a_moment_before_a_truncate_or_a_snapshot_is_refused(stock: Client, later: dict[str, Any]) -> None:
    deliver(stock, *LIFE, later)

    assert state_as_of(stock, 10) == state(stock)
    with pytest.raises(DatabaseError, match="a snapshot or a TRUNCATE came after it"):
        state_as_of(stock, 9)


def test_a_moment_that_the_log_does_not_reach_is_refused(stock: Client) -> None:
    with pytest.raises(DatabaseError, match="the change log keeps 90 days"):
        state_as_of(stock, -100 * 24 * 60)


def test_a_past_moment_is_rolled_back_to(stock: Client) -> None:
    deliver(stock, *LIFE)

    assert state_as_of(stock, 1.5) == [(1, 10, 5)]
    assert state_as_of(stock, 2.5) == [(1, 10, 5), (1, 20, 7)]
    assert state_as_of(stock, 3) == [(1, 10, 6), (1, 20, 7)]
    assert state_as_of(stock, 4) == state(stock) == [(1, 10, 6)]


def test_a_past_moment_sees_a_row_under_its_old_key(stock: Client) -> None:
    deliver(stock, READ, change("d", 5, before=row(1, 10, 5)), change("c", 5, after=row(2, 10, 5)))

    assert state_as_of(stock, 4) == [(1, 10, 5)]
    assert state_as_of(stock, 5) == [(2, 10, 5)]


def test_what_cannot_be_applied_is_kept_once_and_applied_nowhere(stock: Client) -> None:
    refused = change("x", 7, after=row(1, 10, 99)) | {"kind": "error", "payload": "сообщение"}

    deliver(stock, READ, refused, refused)

    assert rows(stock, "SELECT kafka_topic, kafka_offset, reason, payload FROM ingest_errors FINAL") == [
        (TOPIC, 7, "not JSON", "сообщение")
    ]
    assert state(stock) == [(1, 10, 5)]
    assert len(log(stock)) == 1


def test_freshness_comes_from_heartbeats_and_from_the_last_change(stock: Client) -> None:
    sent = datetime.now(UTC) - timedelta(seconds=20)
    arrived = datetime.now(UTC)
    beat = {
        "kind": "heartbeat",
        "sent_at": str(sent.replace(tzinfo=None)),
        "arrived_at": str(arrived.replace(tzinfo=None)),
    }

    deliver(stock, READ, UPDATED, beat)

    [(table, last_change, last_heartbeat, latency, staleness)] = rows(
        stock,
        "SELECT table_name, last_change_at, last_heartbeat_at, latency_seconds, staleness_seconds FROM freshness_v",
    )
    assert table == "stock_balances"
    assert last_change.replace(tzinfo=UTC) == START + timedelta(minutes=3)
    assert last_heartbeat.replace(tzinfo=UTC) == sent
    assert latency == pytest.approx(20, abs=10)
    assert latency <= staleness < latency + 10
    assert len(log(stock)) == 2  # a heartbeat is no change of stock


def test_without_heartbeats_nothing_looks_fresh(stock: Client) -> None:
    deliver(stock, READ)

    [(staleness,)] = rows(stock, "SELECT staleness_seconds FROM freshness_v")

    assert staleness > 10**9
