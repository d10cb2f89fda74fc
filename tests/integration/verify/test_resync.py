"""A bulk load between a real WMS and a real ClickHouse, without a connector: what readers see throughout."""

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from sklad.errors import ServiceError
from sklad.resync import load, pages, slot
from tests.integration.verify.conftest import Pair, kinds

SLOT = "resync_test"


@pytest.fixture
def new_slot(pair: Pair) -> Iterator[slot.NewSlot]:
    yield slot.renew(pair.wms.dsn("debezium"), SLOT)
    with closing(pair.wms.superuser()) as wms:
        wms.execute("SELECT pg_drop_replication_slot(%s)", [SLOT])


def balances(pair: Pair, moment: datetime | None = None) -> dict[int, int]:
    """Quantity by product, now or as of a moment."""
    table = f"stock_balances_as_of(moment = '{moment:%F %T.%f}')" if moment else "stock_balances_v"
    rows = pair.admin.query(f"SELECT product_id, quantity FROM {table} WHERE warehouse_id = 1").result_rows
    return dict(rows)


def change_unheard(pair: Pair) -> None:
    """What nobody captured: product 4 changed, 5 is gone, 99 is new."""
    with closing(pair.wms.superuser()) as wms:
        wms.execute("UPDATE stock_balances SET quantity = 41 WHERE product_id = 4")
        wms.execute("DELETE FROM stock_balances WHERE product_id = 5")
        wms.execute("INSERT INTO stock_balances VALUES (1, 99, 7, '2026-11-02 UTC')")


def resync(pair: Pair, at: slot.NewSlot) -> load.Load:
    load.stage(pair.etl)
    read = load.read(pair.etl, pages.ranges(pair.wms.dsn("debezium"), load.STREAMS), at)
    load.publish(pair.etl, at, read)
    return read


def empty(pair: Pair) -> None:
    """ClickHouse as a first start finds it."""
    pair.admin.command("TRUNCATE TABLE stock_balances")


def test_both_sides_are_equal_after_it(pair: Pair, new_slot: slot.NewSlot) -> None:
    change_unheard(pair)
    assert kinds(pair.compare()) == {"different": 1, "extra": 1, "missing": 1}
    resync(pair, new_slot)
    assert pair.compare().verdict == "equal"


def test_what_was_missed_is_in_the_log_and_the_past_stays_as_it_was(pair: Pair, new_slot: slot.NewSlot) -> None:
    before = balances(pair)
    change_unheard(pair)
    moment = datetime.now(UTC) - timedelta(seconds=1)
    resync(pair, new_slot)
    rows = pair.admin.query(
        "SELECT op, product_id, quantity_before, quantity FROM kafka_wms_stock_balances FINAL ORDER BY product_id"
    ).result_rows
    assert rows == [("u", 4, 40, 41), ("d", 5, 50, 0), ("c", 99, 0, 7)]
    assert balances(pair, moment) == before


def test_later_changes_win_and_earlier_ones_that_come_late_do_not(pair: Pair, new_slot: slot.NewSlot) -> None:
    change_unheard(pair)
    resync(pair, new_slot)
    pair.lsn = iter([new_slot.before_lsn - 8, new_slot.before_lsn - 16, new_slot.before_lsn])
    pair.deliver("u", (1, 4), tx_id=1, before=40, after=44)
    pair.deliver("u", (1, 5), tx_id=1, before=50, after=55)  # of the row that is gone
    assert pair.compare().verdict == "equal"
    pair.deliver("d", (1, 99), tx_id=2, before=7)
    assert 99 not in balances(pair)


def test_a_source_that_was_restored_from_a_backup(pair: Pair, new_slot: slot.NewSlot) -> None:
    """Its log begins again below what ClickHouse has seen: rows and truncates of the time before must not win."""
    pair.admin.command("INSERT INTO stock_balances SELECT 1, 4, 4444, now64(6), toUInt64(1e15), 0")
    pair.admin.command("INSERT INTO stock_balances_truncates (lsn, committed_at) SELECT toUInt64(1e14), now64(6)")
    assert load.newest_version(pair.etl) > load.version_of(new_slot)
    resync(pair, new_slot)
    assert balances(pair)[4] == 40
    assert load.newest_version(pair.etl) == load.version_of(new_slot)


def test_transactions_of_before_a_restore_are_not_taken_for_unseen_ones(pair: Pair, new_slot: slot.NewSlot) -> None:
    """The restored WMS numbers its transactions from an earlier one: those in the log seem to be still to come."""
    pair.deliver("u", (1, 4), tx_id=2**30, before=39, after=40)
    assert kinds(pair.compare()) == {"different": 1}
    resync(pair, new_slot)
    assert pair.compare().verdict == "equal"


def test_a_first_load_is_whole_and_logs_nothing(pair: Pair, new_slot: slot.NewSlot) -> None:
    empty(pair)
    loaded = resync(pair, new_slot)
    assert (loaded.rows, loaded.is_first) == (10, True)
    assert pair.compare().verdict == "equal"
    assert pair.admin.query("SELECT count() FROM kafka_wms_stock_balances").result_rows == [(0,)]


def test_a_moment_before_the_first_load_is_refused_and_one_after_it_is_not(pair: Pair, new_slot: slot.NewSlot) -> None:
    empty(pair)
    before = datetime.now(UTC)
    resync(pair, new_slot)
    with pytest.raises(DatabaseError, match="the balances were first loaded after it"):
        balances(pair, before)
    assert balances(pair, datetime.now(UTC)) == balances(pair)
    # A later load tells what differs from then on.
    change_unheard(pair)
    moment = datetime.now(UTC)
    assert not resync(pair, new_slot).is_first
    assert balances(pair, moment)[4] == 40


def test_ranges_of_pages_read_each_row_once(
    pair: Pair, new_slot: slot.NewSlot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGES_A_RANGE", 3)
    with closing(pair.wms.superuser()) as wms:
        wms.execute("INSERT INTO stock_balances SELECT number, 1, number FROM generate_series(2, 5000) AS number")
        wms.execute("DELETE FROM stock_balances WHERE warehouse_id % 7 = 0")
    found = pages.ranges(pair.wms.dsn("debezium"), load.STREAMS)
    assert len(found) > 5
    assert [each.first for each in found[1:]] == [each.end for each in found[:-1]]
    resync(pair, new_slot)
    assert pair.compare().verdict == "equal"


def test_an_empty_table_is_read_as_one(pair: Pair, new_slot: slot.NewSlot) -> None:
    with closing(pair.wms.superuser()) as wms:
        wms.execute("TRUNCATE stock_balances")
    assert resync(pair, new_slot).rows == 0
    assert balances(pair) == {}


def test_a_range_that_cannot_be_read_fails_the_load(pair: Pair, new_slot: slot.NewSlot) -> None:
    with closing(pair.wms.superuser()) as wms:
        wms.execute("REVOKE SELECT ON stock_balances FROM etl")
    try:
        with pytest.raises(DatabaseError, match="permission denied"):
            resync(pair, new_slot)
    finally:
        with closing(pair.wms.superuser()) as wms:
            wms.execute("GRANT SELECT ON stock_balances TO etl")
    assert len(balances(pair)) == 10


def test_readers_never_see_less_than_a_whole_table(pair: Pair, new_slot: slot.NewSlot) -> None:
    seen: set[int] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.add(len(balances(pair)))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for _ in range(5):
            resync(pair, new_slot)
    finally:
        done.set()
        reader.join()
    assert seen == {10}


@pytest.mark.parametrize("cut_off_before", ["record", "log_differences", "publish", "close_the_past", "drop_stage"])
def test_cut_off_anywhere_it_is_run_again(
    pair: Pair, new_slot: slot.NewSlot, cut_off_before: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_unheard(pair)
    run = load._run

    def run_until(client: object, statement: str, **parameters: object) -> None:
        if statement == cut_off_before:
            raise KeyboardInterrupt
        run(client, statement, **parameters)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(load, "_run", run_until)
        with pytest.raises(KeyboardInterrupt):
            resync(pair, new_slot)
    assert len(balances(pair)) in (10, 9, 11)
    with closing(pair.wms.superuser()) as wms:
        wms.execute("DELETE FROM stock_balances WHERE product_id = 6")
    again = slot.renew(pair.wms.dsn("debezium"), SLOT)
    resync(pair, again)
    assert pair.compare().verdict == "equal"


def test_all_that_the_slot_delivers_has_a_larger_version(pair: Pair) -> None:
    """A transaction that is open when the slot is made ends before it exists, or began after it was asked for."""
    made: list[slot.NewSlot] = []
    with closing(pair.wms.superuser()) as wms:
        wms.execute("BEGIN")
        wms.execute("UPDATE stock_balances SET quantity = 42 WHERE product_id = 4")
        maker = threading.Thread(target=lambda: made.append(slot.renew(pair.wms.dsn("debezium"), SLOT)))
        maker.start()
        maker.join(timeout=1)
        assert not made, "the slot waits for the open transaction"
        wms.execute("COMMIT")
        maker.join(timeout=30)
    assert made[0].before_lsn <= made[0].lsn
    resync(pair, made[0])
    assert balances(pair)[4] == 42
    with closing(pair.wms.superuser()) as wms:
        wms.execute("SELECT pg_drop_replication_slot(%s)", [SLOT])


def test_one_resync_at_a_time(pair: Pair) -> None:
    dsn = pair.wms.dsn("debezium")
    with slot.alone(dsn), pytest.raises(ServiceError, match="another resync"), slot.alone(dsn):
        pass
