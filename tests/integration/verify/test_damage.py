"""Whatever is wrong in ClickHouse is found, named with both values, and nothing else is."""

import pytest

from sklad.verify.errors import UndecidedError
from tests.integration.verify.conftest import MOMENT, Pair, kinds

# (what is done to ClickHouse, differences by kind, their keys' products)
DAMAGE = {
    "lost row": ("DELETE FROM stock_balances WHERE product_id = 4", {"missing": 1}, [4]),
    "deleted row": ("{row} SELECT 1, 4, 0, '{moment}', 2000, 1", {"missing": 1}, [4]),
    "invented row": ("{row} SELECT 1, 77, 5, '{moment}', 2000, 0", {"extra": 1}, [77]),
    "other quantity": ("{row} SELECT 1, 4, 41, '{moment}', 2000, 0", {"different": 1}, [4]),
    "one microsecond": ("{row} SELECT 1, 4, 40, addMicroseconds('{moment}', 1), 2000, 0", {"different": 1}, [4]),
    "hours, as of a time zone": ("{row} SELECT 1, 4, 40, addHours('{moment}', 3), 2000, 0", {"different": 1}, [4]),
    "two rows' values swapped": (
        "{row} SELECT 1, product, 10 * (9 - product), '{moment}', 2000, 0 FROM (SELECT arrayJoin([4, 5]) AS product)",
        {"different": 2},
        [4, 5],
    ),
    "a sum that stays the same": (
        "{row} SELECT 1, product, 10 * product + if(product % 2 = 0, 1, -1), '{moment}', 2000, 0"
        " FROM (SELECT arrayJoin([4, 5]) AS product)",
        {"different": 2},
        [4, 5],
    ),
    "another warehouse": (
        "{row} SELECT 2 - warehouse, 4, 40, '{moment}', 2000, 1 - warehouse FROM"
        " (SELECT arrayJoin([0, 1]) AS warehouse) WHERE 0 UNION ALL"
        " SELECT 1, 4, 0, '{moment}', 2000, 1 UNION ALL SELECT 2, 4, 40, '{moment}', 2000, 0",
        {"missing": 1, "extra": 1},
        [4, 4],
    ),
    "everything": ("TRUNCATE TABLE stock_balances", {"missing": 10}, list(range(1, 11))),
    "a truncate that never was": (
        "INSERT INTO stock_balances_truncates (lsn, committed_at) SELECT 5000, now64(6)",
        {"missing": 10},
        list(range(1, 11)),
    ),
}
ROW = "INSERT INTO stock_balances (warehouse_id, product_id, quantity, updated_at, version, is_deleted)"


def test_equal_sides_are_equal(pair: Pair) -> None:
    report = pair.compare()
    assert (report.verdict, report.rows, kinds(report)) == ("equal", 10, {})


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_found(pair: Pair, damage: str) -> None:
    statement, wanted, products = DAMAGE[damage]
    pair.admin.command(statement.format(row=ROW, moment=f"{MOMENT:%F %T.%f}"))

    report = pair.compare()

    assert (report.verdict, kinds(report)) == ("different", wanted)
    assert [difference.key[1] for difference in report.differences] == products


def test_a_difference_names_both_values(pair: Pair) -> None:
    pair.admin.command(f"{ROW} SELECT 1, 4, 41, '{MOMENT:%F %T.%f}', 2000, 0")
    pair.admin.command(f"{ROW} SELECT 1, 77, 5, '{MOMENT:%F %T.%f}', 2000, 0")
    at = MOMENT.isoformat()
    assert pair.compare().lines() == [
        f"different warehouse_id 1, product_id 4: WMS quantity=40 updated_at={at},"
        f" ClickHouse quantity=41 updated_at={at}",
        f"extra     warehouse_id 1, product_id 77: WMS nothing, ClickHouse quantity=5 updated_at={at}",
    ]


@pytest.fixture
def a_million(pair: Pair) -> Pair:
    with pair.wms.superuser() as connection:
        connection.execute(
            "INSERT INTO stock_balances SELECT 2 + number / 10000, number % 10000, number % 97,"
            " '2026-01-01 UTC'::timestamptz + number * interval '1.000003 s' FROM generate_series(1, 1000000) AS number"
        )
    pair.copy()
    return pair


def test_one_row_among_a_million(a_million: Pair) -> None:
    assert a_million.compare().verdict == "equal"
    a_million.admin.command(
        f"{ROW} SELECT warehouse_id, product_id, quantity, addMicroseconds(updated_at, 1), 2000, 0"
        " FROM stock_balances_v WHERE warehouse_id = 50 AND product_id = 7777"
    )
    report = a_million.compare()
    assert report.rows == 1_000_010
    assert [difference.key for difference in report.differences] == [(50, 7777)]


def test_a_load_at_the_same_time_leaves_it_undecided(pair: Pair) -> None:
    pair.admin.command(
        "INSERT INTO kafka_wms_stock_balances (lsn, warehouse_id, product_id, op, committed_at)"
        " SELECT toUInt64(1e15), 1, 4, 'r', now64(6)"
    )
    with pytest.raises(UndecidedError, match="loaded anew while it was compared"):
        pair.compare()


def test_nothing_is_left_behind(pair: Pair) -> None:
    pair.compare()
    assert pair.admin.query("SELECT name FROM system.tables WHERE name LIKE 'verify_stock%'").result_rows == []
