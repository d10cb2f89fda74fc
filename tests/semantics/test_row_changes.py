"""What people do to rows, as transactions do it."""

import pytest

from tests.pipeline.stack import Pipeline
from tests.semantics.conftest import Verdict


@pytest.mark.row("insert")
def test_insert(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    pipeline.run(f"INSERT INTO stock_balances VALUES ({warehouse}, 6, 7)")
    verdict.exact()
    assert pipeline.state()[warehouse, 6][0] == 7


@pytest.mark.row("update")
def test_update(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    pipeline.run(f"UPDATE stock_balances SET quantity = 3 WHERE (warehouse_id, product_id) = ({warehouse}, 1)")
    verdict.exact()
    assert pipeline.state()[warehouse, 1][0] == 3


@pytest.mark.row("several updates of a row in one transaction")
def test_several_updates_in_one_transaction(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    with pipeline.wms() as wms, wms.transaction():
        for quantity in (5, 900, 1, 42):
            wms.execute("UPDATE stock_balances SET quantity = %s WHERE warehouse_id = %s", [quantity, warehouse])
    verdict.exact()
    assert pipeline.state()[warehouse, 1][0] == 42


@pytest.mark.row("an update that changes nothing")
def test_no_op_update(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    pipeline.run(f"UPDATE stock_balances SET quantity = quantity WHERE warehouse_id = {warehouse}")
    verdict.exact()


@pytest.mark.row("delete")
def test_delete(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    pipeline.run(f"DELETE FROM stock_balances WHERE (warehouse_id, product_id) = ({warehouse}, 2)")
    verdict.exact()
    assert (warehouse, 2) not in pipeline.state()


@pytest.mark.row("delete and insert again, in one transaction")
def test_delete_and_insert_in_one_transaction(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    with pipeline.wms() as wms, wms.transaction():
        wms.execute("DELETE FROM stock_balances WHERE warehouse_id = %s", [warehouse])
        wms.execute("INSERT INTO stock_balances VALUES (%s, 1, 11), (%s, 2, 22)", [warehouse, warehouse])
        wms.execute("DELETE FROM stock_balances WHERE (warehouse_id, product_id) = (%s, 2)", [warehouse])
    verdict.exact()


@pytest.mark.row("delete and insert again, in the next transaction")
def test_delete_and_insert_in_the_next_transaction(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    pipeline.run(
        f"DELETE FROM stock_balances WHERE warehouse_id = {warehouse}",
        f"INSERT INTO stock_balances VALUES ({warehouse}, 1, 11)",
        f"DELETE FROM stock_balances WHERE warehouse_id = {warehouse}",
        f"INSERT INTO stock_balances VALUES ({warehouse}, 1, 12)",
    )
    verdict.exact()


@pytest.mark.row("a changed key")
def test_changed_key(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    pipeline.run(f"UPDATE stock_balances SET product_id = product_id + 10 WHERE warehouse_id = {warehouse}")
    verdict.exact()
    assert (warehouse, 1) not in pipeline.state()


@pytest.mark.row("two rows that swap their keys in one transaction")
def test_key_swap(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    swap = "UPDATE stock_balances SET product_id = %s WHERE warehouse_id = %s AND product_id = %s"
    with pipeline.wms() as wms, wms.transaction():
        for new, old in ((50, 1), (1, 2), (2, 50)):
            wms.execute(swap, [new, warehouse, old])
    verdict.exact()
    state = pipeline.state()
    assert (state[warehouse, 1][0], state[warehouse, 2][0]) == (20, 10)


@pytest.mark.row("transactions that interleave and commit the other way round")
def test_interleaved_transactions(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    update = "UPDATE stock_balances SET quantity = %s WHERE (warehouse_id, product_id) = (%s, %s)"
    with pipeline.wms() as early, pipeline.wms() as late:
        early.autocommit = late.autocommit = False
        early.execute(update, [1001, warehouse, 1])
        late.execute(update, [1002, warehouse, 2])
        early.execute(update, [1003, warehouse, 3])
        late.commit()
        late.execute(update, [1004, warehouse, 2])
        late.commit()
        early.execute(update, [1005, warehouse, 2])
        early.commit()
    verdict.exact()
    assert pipeline.state()[warehouse, 2][0] == 1005


@pytest.mark.row("rollback, and subtransactions of which one is rolled back")
def test_rollback_and_savepoints(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    update = "UPDATE stock_balances SET quantity = %s WHERE (warehouse_id, product_id) = (%s, %s)"
    with pipeline.wms() as wms:
        with wms.transaction(force_rollback=True):
            wms.execute(update, [666, warehouse, 1])
        with wms.transaction():
            wms.execute(update, [21, warehouse, 2])
            with wms.transaction(force_rollback=True):
                wms.execute(update, [667, warehouse, 2])
                wms.execute("INSERT INTO stock_balances VALUES (%s, 30, 1)", [warehouse])
            with wms.transaction():
                wms.execute(update, [31, warehouse, 3])
    verdict.exact()
    state = pipeline.state()
    assert [state[warehouse, product][0] for product in (1, 2, 3)] == [10, 21, 31]


@pytest.mark.row("one UPDATE of many rows")
def test_update_of_many_rows(pipeline: Pipeline, verdict: Verdict) -> None:
    pipeline.run("UPDATE stock_balances SET quantity = quantity + 1")
    verdict.exact()


@pytest.mark.row("COPY of 100,000 rows, and their DELETE")
def test_copy(pipeline: Pipeline, verdict: Verdict) -> None:
    first, products = 10_000, 50
    with pipeline.wms() as wms:
        wms.execute("INSERT INTO warehouses SELECT %s + n, 'x', 1 FROM generate_series(1, 2000) AS n", [first])
        with wms.cursor().copy("COPY stock_balances (warehouse_id, product_id, quantity) FROM STDIN") as copy:
            for row in range(2000 * products):
                copy.write_row((first + 1 + row // products, 1 + row % products, row))
        verdict.exact()
        wms.execute("DELETE FROM stock_balances WHERE warehouse_id BETWEEN %s AND %s", [first, first + 2000])
    verdict.exact()


@pytest.mark.row("TRUNCATE, with inserts before and after it in its transaction")
def test_truncate(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    with pipeline.wms() as wms, wms.transaction():
        wms.execute("INSERT INTO stock_balances VALUES (%s, 6, 1)", [warehouse])
        wms.execute("TRUNCATE stock_balances")
        wms.execute("INSERT INTO stock_balances VALUES (%s, 1, 5), (%s, 7, 9)", [warehouse, warehouse])
    verdict.exact()
    assert pipeline.state().keys() >= {(warehouse, 1), (warehouse, 7)}
    assert (warehouse, 2) not in pipeline.state()


@pytest.mark.row("INSERT … ON CONFLICT, DO UPDATE and DO NOTHING")
def test_on_conflict(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    pipeline.run(
        f"INSERT INTO stock_balances VALUES ({warehouse}, 1, 77), ({warehouse}, 8, 88)"
        " ON CONFLICT (warehouse_id, product_id) DO UPDATE SET quantity = excluded.quantity",
        f"INSERT INTO stock_balances VALUES ({warehouse}, 1, 99) ON CONFLICT DO NOTHING",
    )
    verdict.exact()
    assert pipeline.state()[warehouse, 1][0] == 77


@pytest.mark.row("MERGE that updates, deletes and inserts")
def test_merge(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    pipeline.run(
        f"MERGE INTO stock_balances AS old USING (VALUES ({warehouse}, 1, 5), ({warehouse}, 2, 0), ({warehouse}, 9, 1))"
        " AS new (warehouse_id, product_id, quantity)"
        " ON old.warehouse_id = new.warehouse_id AND old.product_id = new.product_id"
        " WHEN MATCHED AND new.quantity = 0 THEN DELETE"
        " WHEN MATCHED THEN UPDATE SET quantity = new.quantity"
        " WHEN NOT MATCHED THEN INSERT VALUES (new.warehouse_id, new.product_id, new.quantity)"
    )
    verdict.exact()
    state = pipeline.state()
    assert (state[warehouse, 1][0], (warehouse, 2) in state, state[warehouse, 9][0]) == (5, False, 1)


@pytest.mark.row("a long transaction that many overtake")
def test_long_transaction(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    with pipeline.wms() as slow:
        slow.autocommit = False
        slow.execute("UPDATE stock_balances SET quantity = 500 WHERE warehouse_id = %s", [warehouse])
        pipeline.arrived()
        assert pipeline.state()[warehouse, 1][0] == 10
        slow.commit()
    verdict.exact()
    assert pipeline.state()[warehouse, 1][0] == 500


@pytest.mark.row("a message that an application puts into the log itself (pg_logical_emit_message): it tells no change")
@pytest.mark.parametrize("transactional", ["true", "false"])
def test_logical_message(pipeline: Pipeline, warehouse: int, verdict: Verdict, transactional: str) -> None:
    # Larger than Kafka takes, and there is no topic for it.
    with pipeline.superuser() as wms:
        wms.execute(f"SELECT pg_logical_emit_message({transactional}, 'note', repeat('x', 10000000))")  # type: ignore[call-overload]
    pipeline.run(f"UPDATE stock_balances SET quantity = 4 WHERE warehouse_id = {warehouse}")
    verdict.exact()
