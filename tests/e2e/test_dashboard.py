"""The dashboards as an analyst sees them in a browser: they draw, show SQL's numbers, filter, and keep up."""

import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

import pytest
from clickhouse_connect.driver.exceptions import ClickHouseError
from playwright.sync_api import Page

from sklad.waiting import wait_until
from tests.browser.dashboard import (
    MAY_BE_EMPTY,
    PATIENCE,
    PHONE,
    WINDOW,
    big_numbers,
    browser_page,
    chart_errors,
    chart_titles,
    choose,
    options,
    page_width,
    read_big_number,
    speak,
    table_rows,
)
from tests.e2e.boards import assert_fits_a_phone, open_slug, titles
from tests.e2e.conftest import Stack, eventually

# The first test waits for the whole stack, and perhaps for apt.
pytestmark = [pytest.mark.browser, pytest.mark.timeout(1800)]

DASHBOARDS = titles("stock")
# The reference document's definition: of each product in each warehouse of a region, what has no balance or one of 0.
POSITIONS = """
    (SELECT warehouse_id, product_id, region_name, warehouse_name, product_name, product_category
    FROM warehouses INNER JOIN regions USING (region_id) CROSS JOIN products)
"""
IS_MISSING = (
    "(warehouse_id, product_id) NOT IN (SELECT warehouse_id, product_id FROM stock_balances_v WHERE quantity != 0)"
)
MORE = 1_000_000
# Titles of big numbers.
FIGURES = ("Остаток, шт.", "В наличии", "Отсутствует")


@pytest.fixture
def page(stack: Stack, chromium: str) -> Iterator[Page]:
    """The open dashboard «Остатки», every chart drawn."""
    with browser_page(chromium) as page:
        open_slug(page, stack, "stock")
        yield page


@pytest.mark.parametrize("slug", DASHBOARDS)
def test_every_chart_draws_itself(stack: Stack, chromium: str, slug: str) -> None:
    with stack.wms() as wms:  # something runs out and comes back
        for quantity in (1, 0, 7):
            wms.execute(
                "UPDATE stock_balances SET quantity = %s WHERE warehouse_id = 1 AND product_id < 50", [quantity]
            )
    with browser_page(chromium) as page:
        open_slug(page, stack, slug)

        assert set(chart_titles(page)) == DASHBOARDS[slug]
        assert chart_errors(page, MAY_BE_EMPTY) == {}
        assert page_width(page) == WINDOW["width"]


@pytest.mark.parametrize("slug", DASHBOARDS)
def test_a_phone_shows_charts_below_each_other_and_no_wider_than_itself(stack: Stack, chromium: str, slug: str) -> None:
    with browser_page(chromium, PHONE) as page:
        open_slug(page, stack, slug)

        assert chart_errors(page, MAY_BE_EMPTY) == {}
        assert_fits_a_phone(page)


def test_superset_speaks_english_too(page: Page, stack: Stack) -> None:
    speak(page, "English")

    assert page.locator("[data-test='filter-bar__apply-button']").inner_text() == "Apply filters"
    assert not re.search("[а-яё]", page.locator("#main-menu").inner_text(), re.IGNORECASE)
    assert chart_errors(page) == {}
    eventually(lambda: shown(page), figures(stack), seconds=PATIENCE)


def test_the_numbers_are_what_sql_says(page: Page, stack: Stack) -> None:
    eventually(lambda: shown(page), figures(stack), seconds=PATIENCE)
    assert 0 <= read_big_number(page, "Отставание, с") < 60


def test_missing_positions_are_listed_by_product_and_warehouse(stack: Stack, chromium: str) -> None:
    query = f"""
        SELECT product_name, product_category, warehouse_name, region_name
        FROM {POSITIONS} WHERE {IS_MISSING} ORDER BY product_name, warehouse_name LIMIT 20
    """
    wanted = [list(row) for row in stack.ask(query)]
    assert len(wanted) == 20
    with browser_page(chromium) as page:
        open_slug(page, stack, "missing")
        eventually(lambda: table_rows(page, "Отсутствующие позиции"), wanted, seconds=PATIENCE)
    assert not [count for count in counts_of_rows(stack) if "\n  ORDER BY" in count]


def counts_of_rows(stack: Stack) -> list[str]:
    """How the tables' rows have been counted, for their pagers."""
    with stack.clickhouse() as client:
        client.command("SYSTEM FLUSH LOGS query_log")
        query = """
            SELECT query FROM system.query_log
            WHERE type = 'QueryFinish' AND startsWith(query, 'SELECT\\n  COUNT(*) AS "rowcount"')
        """
        found = [text for (text,) in client.query(query).result_rows]
    assert found
    return found


@pytest.mark.parametrize(
    ("filter_name", "column", "listed_in"),
    [
        ("Регион", "region_name", 3),
        ("Склад", "warehouse_name", 2),
        ("Матрица", "product_category", 1),
        ("Товар", "product_name", 0),
    ],
)
def test_a_filter_changes_the_numbers_to_what_sql_says(
    page: Page, stack: Stack, filter_name: str, column: str, listed_in: int
) -> None:
    [(value,)] = stack.ask(f"SELECT min({column}) FROM {POSITIONS}")
    narrowed = figures(stack, column, value)
    assert narrowed != figures(stack)

    choose(page, filter_name, value)

    eventually(lambda: shown(page), narrowed, seconds=PATIENCE)
    # The list is drawn by a query of its own, later than the numbers.
    eventually(lambda: values_listed(page, listed_in), {value}, seconds=PATIENCE)


def test_a_region_offers_its_own_warehouses(page: Page, stack: Stack) -> None:
    [(region,)] = stack.ask("SELECT min(region_name) FROM regions")
    own = "SELECT warehouse_name FROM warehouses INNER JOIN regions USING (region_id) WHERE region_name = %(value)s"

    choose(page, "Регион", region)

    eventually(lambda: options(page, "Склад"), {name for (name,) in stack.ask(own, region)}, seconds=PATIENCE)


def test_a_change_in_the_wms_shows_on_the_open_page(page: Page, stack: Stack) -> None:
    loads: list[str] = []
    page.on("request", lambda request: loads.append(request.url) if request.is_navigation_request() else None)
    before = figures(stack)
    eventually(lambda: shown(page), before, seconds=PATIENCE)

    with stack.wms() as wms:
        wms.execute(
            "UPDATE stock_balances SET quantity = quantity + %s WHERE (warehouse_id, product_id) ="
            " (SELECT warehouse_id, product_id FROM stock_balances WHERE quantity > 0 ORDER BY 1, 2 LIMIT 1)",
            [MORE],
        )

    eventually(lambda: shown(page), before | {"Остаток, шт.": before["Остаток, шт."] + MORE}, seconds=PATIENCE)
    assert loads == []


def test_clickhouse_away_is_told_clearly_and_heals_by_itself(page: Page, stack: Stack) -> None:
    loads: list[str] = []
    page.on("request", lambda request: loads.append(request.url) if request.is_navigation_request() else None)
    with stack.stopped("clickhouse"):
        eventually(lambda: "ClickHouse сейчас не отвечает" in str(chart_errors(page)), True, seconds=PATIENCE)

    eventually(lambda: (chart_errors(page), shown(page)), ({}, figures_again(stack)), seconds=PATIENCE)
    assert loads == []


def figures_again(stack: Stack) -> dict[str, float]:
    """The figures, of a ClickHouse that is just coming back."""
    return wait_until(lambda: figures(stack), "ClickHouse answers again", PATIENCE, not_yet=(ClickHouseError,))


def values_listed(page: Page, column: int) -> set[str]:
    """Values in the list of balances; empty while it is drawn anew."""
    return {row[column] for row in table_rows(page, "Остатки по товарам") if row}


def shown(page: Page) -> dict[str, float | None]:
    return big_numbers(page, FIGURES)


def figures(stack: Stack, column: str = "''", value: str = "") -> dict[str, float]:
    """The same by plain SQL, from all balances or from those with a value in a column; the share in percent."""
    where = f"{column} = %(value)s"
    balances = "stock_balances_v"  # also of products that the daily load has not brought yet
    if value:
        balances += f" INNER JOIN {POSITIONS} AS positions USING (warehouse_id, product_id)"
    [(units, present)] = stack.ask(f"SELECT sum(quantity), countIf(quantity > 0) FROM {balances} WHERE {where}", value)
    [(missing, positions)] = stack.ask(f"SELECT countIf({IS_MISSING}), count() FROM {POSITIONS} WHERE {where}", value)
    # Halves go up, as in JavaScript.
    share = Decimal(missing / positions * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return {"Остаток, шт.": units, "В наличии": present, "Отсутствует": float(share)}
