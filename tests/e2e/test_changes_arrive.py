"""What is committed in the WMS stands in stock_balances_v, exactly."""

import psycopg
import pytest
from confluent_kafka import Producer

from tests.e2e.conftest import Stack, eventually

FREE_WAREHOUSE = 1000


@pytest.fixture
def product(stack: Stack) -> int:
    """A product that has a row in no warehouse of the test's."""
    with stack.wms() as wms:
        return int(wms.execute("SELECT min(product_id) FROM products").fetchone()[0])  # type: ignore[index]


@pytest.fixture
def warehouse(stack: Stack) -> int:
    """An empty warehouse of the test's own."""
    with stack.wms() as wms:
        row = wms.execute(
            "INSERT INTO warehouses SELECT max(warehouse_id) + 1, 'Склад для проверки', min(region_id) FROM warehouses"
            " RETURNING warehouse_id"
        ).fetchone()
        return int(row[0])  # type: ignore[index]


def set_balance(wms: psycopg.Connection, warehouse: int, product: int, quantity: int) -> None:
    wms.execute("INSERT INTO stock_balances VALUES (%s, %s, %s)", [warehouse, product, quantity])


def test_the_first_snapshot_equals_the_source(stack: Stack) -> None:
    with stack.wms() as wms:
        source = wms.execute("SELECT warehouse_id, product_id, quantity FROM stock_balances ORDER BY 1, 2").fetchall()
    assert len(source) > 80_000
    assert stack.balances() == source


def test_insert_update_and_delete(stack: Stack, warehouse: int, product: int) -> None:
    with stack.wms() as wms:
        set_balance(wms, warehouse, product, 7)
        eventually(lambda: stack.balances(f"warehouse_id = {warehouse}"), [(warehouse, product, 7)])
        wms.execute("UPDATE stock_balances SET quantity = 3 WHERE warehouse_id = %s", [warehouse])
        eventually(lambda: stack.balances(f"warehouse_id = {warehouse}"), [(warehouse, product, 3)])
        wms.execute("DELETE FROM stock_balances WHERE warehouse_id = %s", [warehouse])
        eventually(lambda: stack.balances(f"warehouse_id = {warehouse}"), [])


def test_a_changed_key_leaves_no_old_row(stack: Stack, warehouse: int, product: int) -> None:
    with stack.wms() as wms:
        set_balance(wms, warehouse, product, 7)
        wms.execute("UPDATE stock_balances SET product_id = product_id + 1 WHERE warehouse_id = %s", [warehouse])
        eventually(lambda: stack.balances(f"warehouse_id = {warehouse}"), [(warehouse, product + 1, 7)])


def test_both_rows_of_a_transfer_arrive_and_a_rollback_does_not(stack: Stack, warehouse: int, product: int) -> None:
    with stack.wms() as wms:
        set_balance(wms, warehouse, product, 10)
        set_balance(wms, warehouse, product + 1, 0)
        with wms.transaction():
            wms.execute(
                "UPDATE stock_balances SET quantity = quantity - 4 WHERE (warehouse_id, product_id) = (%s, %s)",
                [warehouse, product],
            )
            wms.execute(
                "UPDATE stock_balances SET quantity = quantity + 4 WHERE (warehouse_id, product_id) = (%s, %s)",
                [warehouse, product + 1],
            )
        with wms.transaction(force_rollback=True):
            wms.execute("UPDATE stock_balances SET quantity = 999 WHERE warehouse_id = %s", [warehouse])
    wanted = [(warehouse, product, 6), (warehouse, product + 1, 4)]
    eventually(lambda: stack.balances(f"warehouse_id = {warehouse}"), wanted)
    with stack.clickhouse() as clickhouse:
        changes = clickhouse.query(
            f"SELECT quantity - quantity_before AS moved, uniqExact(tx_id) OVER () FROM kafka_wms_stock_balances FINAL"
            f" WHERE warehouse_id = {warehouse} AND op = 'u' ORDER BY moved"
        ).result_rows
    assert changes == [(-4, 1), (4, 1)], "one transaction, two movements, nothing of the rollback"


def test_the_state_at_a_past_moment(stack: Stack, warehouse: int, product: int) -> None:
    with stack.wms() as wms:
        set_balance(wms, warehouse, product, 1)
        set_balance(wms, warehouse, product + 1, 2)
        moment = wms.execute("SELECT (clock_timestamp() AT TIME ZONE 'UTC')::text").fetchone()[0]  # type: ignore[index]
        wms.execute(
            "UPDATE stock_balances SET quantity = 50 WHERE (warehouse_id, product_id) = (%s, %s)", [warehouse, product]
        )
        wms.execute("DELETE FROM stock_balances WHERE (warehouse_id, product_id) = (%s, %s)", [warehouse, product + 1])
        set_balance(wms, warehouse, product + 2, 3)
    eventually(
        lambda: stack.balances(f"warehouse_id = {warehouse}"), [(warehouse, product, 50), (warehouse, product + 2, 3)]
    )
    with stack.clickhouse() as clickhouse:
        then = clickhouse.query(
            f"SELECT product_id, quantity FROM stock_balances_as_of(moment = '{moment}')"
            f" WHERE warehouse_id = {warehouse} ORDER BY product_id"
        ).result_rows
    assert then == [(product, 1), (product + 1, 2)]


def test_a_message_that_cannot_be_applied_is_kept_and_the_flow_goes_on(
    stack: Stack, warehouse: int, product: int
) -> None:
    producer = Producer({"bootstrap.servers": stack["KAFKA_BOOTSTRAP_SERVERS"]})
    for message in (
        b"no json at all",
        b'{"op": "x"}',
        b'{"op": "u", "source": {"lsn": 1, "ts_us": 1}, "after": {"warehouse_id": 1}}',
    ):
        producer.produce("wms.public.stock_balances", message)
    assert producer.flush(30) == 0
    with stack.wms() as wms:
        set_balance(wms, warehouse, product, 8)
    eventually(lambda: stack.balances(f"warehouse_id = {warehouse}"), [(warehouse, product, 8)])
    with stack.clickhouse() as clickhouse:
        kept = clickhouse.query("SELECT reason, payload FROM ingest_errors FINAL ORDER BY kafka_offset").result_rows
        assert len(kept) == 3
        assert kept[0][1] == "no json at all"
        assert kept[1][0] == "unknown operation: x"
        assert kept[2][0] == "no key (warehouse_id, product_id) in after"
        assert any("3 messages could not be applied" in problem for problem in stack.status()["problems"])
        clickhouse.command("TRUNCATE TABLE ingest_errors")
    assert stack.status()["problems"] == []
