"""The datasets' SQL against planted rows: known and unknown references, zeros, absent balances, empty warehouses."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from clickhouse_connect.driver.client import Client

from sklad.superset.bundle import read_assets
from tests.integration.superset.conftest import Rows
from tests.integration.superset.parser import asked_by_superset, at_moment

DATASETS = {
    name.removeprefix("datasets/").removesuffix(".yaml"): asset
    for name, asset in read_assets().items()
    if name.startswith("datasets/")
}
UNKNOWN = "-- не определено --"
KEYS = ("регион", "склад", "матрица", "остаток от, шт.")

# ClickHouse fills what a join did not find with '' and 0, or with NULL if asked to; the datasets must not care.
either_way = pytest.mark.parametrize("join_use_nulls", [0, 1])


@pytest.fixture
def stock(admin: Client) -> None:
    """Two regions, three warehouses (the third is empty), two products; a zero, and references to nothing."""
    admin.insert("regions", [[1, "Север"], [2, "Юг"]])
    admin.insert("warehouses", [[10, "Холодный", 1], [20, "Тёплый", 2], [30, "Пустой", 2]])
    admin.insert("products", [[100, "Чай", "Напитки"], [200, "Мыло", "Химия"]])
    plant(admin, [(10, 100, 5), (10, 200, 0), (20, 100, 7)])


@pytest.mark.usefixtures("web_schema")
@pytest.mark.parametrize("dataset", DATASETS)
def test_a_query_returns_the_columns_and_types_that_its_dataset_declares(admin: Client, dataset: str) -> None:
    described = admin.query(f"DESCRIBE TABLE ({at_moment(asked_by_superset()[dataset])})").result_rows

    declared = [
        (column["column_name"], column["type"]) for column in DATASETS[dataset]["columns"] if "expression" not in column
    ]
    assert [(name, plain(type_name)) for name, type_name, *_ in described if not name.startswith("#")] == declared


@either_way
def test_balances_carry_the_names_of_what_they_refer_to(rows: Rows, stock: None, join_use_nulls: int) -> None:  # noqa: ARG001
    assert [tuple(row.values()) for row in rows("bi_stock_full", join_use_nulls)] == [
        (10, "Холодный", 1, "Север", 100, "Чай", "Напитки", 5),
        (10, "Холодный", 1, "Север", 200, "Мыло", "Химия", 0),
        (20, "Тёплый", 2, "Юг", 100, "Чай", "Напитки", 7),
    ]


@either_way
def test_unknown_references_are_named_and_their_stock_is_kept(
    rows: Rows,
    admin: Client,
    stock: None,  # noqa: ARG001
    join_use_nulls: int,
) -> None:
    admin.insert("warehouses", [[40, "Без региона", 99]])
    plant(admin, [(10, 999, 1), (40, 100, 2), (50, 100, 3)])

    unknown = [row for row in rows("bi_stock_full", join_use_nulls) if UNKNOWN in row.values()]

    assert [tuple(row.values()) for row in unknown] == [
        (10, "Холодный", 1, "Север", 999, UNKNOWN, UNKNOWN, 1),
        (40, "Без региона", 0, UNKNOWN, 100, "Чай", "Напитки", 2),
        (50, UNKNOWN, 0, UNKNOWN, 100, "Чай", "Напитки", 3),
    ]


def test_a_reference_row_that_came_twice_does_not_double_stock(rows: Rows, admin: Client, stock: None) -> None:  # noqa: ARG001
    for table in ("regions", "warehouses", "products"):
        admin.command(f"INSERT INTO {table} SELECT * FROM {table}")

    assert sum(row["остаток, шт."] for row in rows("bi_stock_full")) == 12


@either_way
def test_missing_is_what_the_full_matrix_has_and_the_shelves_do_not(
    rows: Rows,
    stock: None,  # noqa: ARG001
    join_use_nulls: int,
) -> None:
    assert [tuple(row.values()) for row in rows("stock_missing", join_use_nulls)] == [
        (1, "Север", 10, "Холодный", 200, "Мыло", "Химия"),  # a balance of zero
        (2, "Юг", 20, "Тёплый", 200, "Мыло", "Химия"),  # no balance
        (2, "Юг", 30, "Пустой", 100, "Чай", "Напитки"),  # no balance in the whole warehouse
        (2, "Юг", 30, "Пустой", 200, "Мыло", "Химия"),
    ]


def test_a_warehouse_of_no_known_region_is_outside_the_matrix(rows: Rows, admin: Client, stock: None) -> None:  # noqa: ARG001
    admin.insert("warehouses", [[40, "Без региона", 99]])

    assert 40 not in {row["id склада"] for dataset in ("stock_missing", "stock_matrix") for row in rows(dataset)}


@either_way
def test_the_matrix_holds_every_pair_and_agrees_with_missing(rows: Rows, stock: None, join_use_nulls: int) -> None:  # noqa: ARG001
    matrix = rows("stock_matrix_detail", join_use_nulls)

    assert len(matrix) == 3 * 2
    absent = sorted((row["склад"], row["товар"]) for row in matrix if row["отсутствует"])
    assert absent == sorted((row["склад"], row["товар"]) for row in rows("stock_missing", join_use_nulls))


@pytest.mark.parametrize("dataset", ["stock_totals", "stock_matrix"])
def test_sums_are_those_of_single_products(rows: Rows, admin: Client, stock: None, dataset: str) -> None:  # noqa: ARG001
    admin.insert("warehouses", [[40, "Без региона", 99]])
    plant(admin, [(10, 999, 1), (40, 100, 2), (50, 100, 300)])

    def summed(name: str) -> dict[tuple[object, ...], list[int]]:
        found: dict[tuple[object, ...], list[int]] = {}
        for row in rows(name):
            keys = tuple(value for column, value in row.items() if column in KEYS)
            found[keys] = [a + b for a, b in zip(found.get(keys, [0, 0]), list(row.values())[-2:], strict=True)]
        return found

    assert summed(dataset) == summed(f"{dataset}_detail")
    assert summed(dataset)


def test_sums_by_product_are_those_of_single_warehouses(rows: Rows, admin: Client, stock: None) -> None:  # noqa: ARG001
    admin.insert("warehouses", [[40, "Без региона", 99]])
    plant(admin, [(10, 999, 1), (20, 100, 5), (40, 100, 2), (50, 100, 300)])

    def summed(name: str) -> dict[tuple[str, ...], int]:
        found: dict[tuple[str, ...], int] = {}
        for row in rows(name):
            keys = (row["регион"], row["матрица"], row["товар"])
            found[keys] = found.get(keys, 0) + row["остаток, шт."]
        return found

    sums = summed("stock_by_product")

    assert sums == summed("stock_by_product_detail")
    assert sums[UNKNOWN, "Напитки", "Чай"] == 302
    assert len(rows("stock_by_product")) == len(sums)


def test_filters_offer_what_is_nowhere_in_stock_and_what_is_unknown(rows: Rows, stock: None) -> None:  # noqa: ARG001
    assert [tuple(row.values()) for row in rows("filter_warehouses")] == [
        (UNKNOWN, UNKNOWN),
        ("Север", "Холодный"),
        ("Юг", "Пустой"),
        ("Юг", "Тёплый"),
    ]
    assert [tuple(row.values()) for row in rows("filter_products")] == [
        (UNKNOWN, UNKNOWN),
        ("Напитки", "Чай"),
        ("Химия", "Мыло"),
    ]


def test_staleness_is_the_age_of_the_last_heartbeat(rows: Rows, admin: Client) -> None:
    sent = datetime.now(UTC) - timedelta(seconds=30)
    admin.insert("heartbeats", [["wms", sent, sent, sent, sent + timedelta(seconds=2)]])

    (freshness,) = rows("freshness")

    assert freshness["таблица"] == "stock_balances"
    assert freshness["задержка, с"] == pytest.approx(2, abs=0.01)
    assert freshness["отставание, с"] == pytest.approx(30, abs=10)


def plain(type_name: str) -> str:
    """A type without what Superset does not care for: LowCardinality(Nullable(DateTime64(3, 'UTC'))) is DateTime64."""
    bare = re.sub(r"LowCardinality\(|Nullable\(|\)", "", type_name)
    return bare.split("(")[0]


def plant(admin: Client, balances: list[tuple[int, int, int]]) -> None:
    """Current balances: (warehouse, product, quantity)."""
    now = datetime.now(UTC)
    admin.insert("stock_balances", [[warehouse, product, units, now, 1, 0] for warehouse, product, units in balances])
