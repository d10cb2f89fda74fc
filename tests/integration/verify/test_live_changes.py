"""Changes that the snapshot does not see are undone, whichever way they cross it; those that it sees are not."""

from contextlib import closing

import psycopg
import pytest
from psycopg import errors

from sklad.verify.source import Snapshot, Visibility
from tests.integration.verify.conftest import Pair, kinds

FOUR = (1, 4)


def equal(pair: Pair, at: Snapshot) -> None:
    report = pair.compare(at)
    assert (report.verdict, kinds(report), report.rows) == ("equal", {}, 10), report.lines()


def test_an_update_after_the_snapshot(pair: Pair) -> None:
    with pair.snapshot() as at, closing(pair.wms.superuser()) as wms, wms.transaction():
        tx = pair.write(wms, "UPDATE stock_balances SET quantity = 41 WHERE product_id = 4")
        pair.deliver("u", FOUR, tx, before=40, after=41)
        equal(pair, at)


def test_several_changes_of_a_row_after_the_snapshot(pair: Pair) -> None:
    with pair.snapshot() as at, closing(pair.wms.superuser()) as wms, wms.transaction():
        tx = pair.write(wms, "UPDATE stock_balances SET quantity = 42 WHERE product_id = 4")
        pair.deliver("u", FOUR, tx, before=40, after=41)
        pair.deliver("u", FOUR, tx, before=41, after=42)
        pair.deliver("d", FOUR, tx, before=42)
        pair.deliver("c", FOUR, tx, after=43)
        equal(pair, at)


def test_an_insert_and_a_delete_after_the_snapshot(pair: Pair) -> None:
    with pair.snapshot() as at, closing(pair.wms.superuser()) as wms, wms.transaction():
        tx = pair.write(wms, "DELETE FROM stock_balances WHERE product_id = 4")
        pair.deliver("d", FOUR, tx, before=40)
        pair.deliver("c", (1, 99), tx, after=7)
        equal(pair, at)


def test_a_key_change_after_the_snapshot(pair: Pair) -> None:
    """It comes as a delete and an insert with one position in the log."""
    with pair.snapshot() as at, closing(pair.wms.superuser()) as wms, wms.transaction():
        tx = pair.write(wms, "UPDATE stock_balances SET product_id = 99 WHERE product_id = 4")
        pair.deliver("d", FOUR, tx, before=40)
        pair.deliver("c", (1, 99), tx, after=40)
        equal(pair, at)


def test_a_transaction_that_was_open_when_the_snapshot_was_taken(pair: Pair) -> None:
    """Its changes stand before the fence in the log, and its id below the snapshot's xmax: neither decides."""
    with closing(pair.wms.superuser()) as wms, closing(pair.wms.superuser()) as other:
        with wms.transaction():
            tx = pair.write(wms, "UPDATE stock_balances SET quantity = 41 WHERE product_id = 4")
            with other.transaction():
                seen = pair.write(other, "UPDATE stock_balances SET quantity = 51 WHERE product_id = 5")
            snapshot = pair.snapshot()
            at = snapshot.__enter__()
        pair.deliver("u", FOUR, tx, before=40, after=41)
        pair.deliver("u", (1, 5), seen, before=50, after=51)
        assert tx < at.visibility.xmax
        assert at.visibility.running == (tx,)
        equal(pair, at)
        snapshot.__exit__(None, None, None)


def test_a_change_that_the_snapshot_sees_and_clickhouse_lacks_is_a_difference(pair: Pair) -> None:
    with closing(pair.wms.superuser()) as wms:
        pair.write(wms, "UPDATE stock_balances SET quantity = 41 WHERE product_id = 4")
        assert kinds(pair.compare()) == {"different": 1}


def test_a_change_that_arrives_between_freezing_and_reading(pair: Pair) -> None:
    with pair.snapshot() as at, closing(pair.wms.superuser()) as wms, wms.transaction():
        tx = pair.write(wms, "UPDATE stock_balances SET quantity = 41 WHERE product_id = 4")
        report = pair.compare(at, catch_up=lambda: pair.deliver("u", FOUR, tx, before=40, after=41))
        assert report.verdict == "equal"


def test_damage_shows_beside_live_changes(pair: Pair) -> None:
    with pair.snapshot() as at, closing(pair.wms.superuser()) as wms, wms.transaction():
        tx = pair.write(wms, "UPDATE stock_balances SET quantity = 41 WHERE product_id = 4")
        pair.deliver("u", FOUR, tx, before=39, after=41)  # the row was already wrong before
        assert kinds(pair.compare(at)) == {"different": 1}


@pytest.mark.parametrize("xmax", [2**32 + 5, 2**33 + 5, 2**32 - 11, 2**31 + 5])
def test_transaction_ids_that_begin_anew(pair: Pair, xmax: int) -> None:
    """The log has ids modulo 2^32. Ten before xmax is seen unless it was running; at xmax and beyond is not."""
    with pair.snapshot() as at:
        at.visibility = Visibility(xmax, running=(xmax - 2,))
        for product, tx in ((1, xmax - 2), (2, xmax), (3, xmax + 10)):
            pair.deliver("u", (1, product), tx % 2**32, before=10 * product, after=0)
        equal(pair, at)
        pair.deliver("u", FOUR, (xmax - 3) % 2**32, before=40, after=0)
        assert [difference.key for difference in pair.compare(at).differences] == [FOUR]


def test_no_truncate_comes_between_the_snapshot_and_its_reading(pair: Pair) -> None:
    with pair.snapshot(), closing(pair.wms.superuser()) as wms:
        wms.execute("SET lock_timeout = '100ms'")
        with pytest.raises(errors.LockNotAvailable):
            wms.execute("TRUNCATE stock_balances")
        wms.execute("UPDATE stock_balances SET quantity = 1")


def test_the_comparing_role_can_only_read(pair: Pair) -> None:
    with psycopg.connect(pair.wms.dsn("etl")) as wms, pytest.raises(errors.InsufficientPrivilege):
        wms.execute("UPDATE stock_balances SET quantity = quantity")
