"""The stock of a past moment, as the dashboard «Движение» shows it in a browser."""

import time

import pytest

from sklad.waiting import wait_until
from tests.browser.dashboard import (
    PATIENCE,
    browser_page,
    options,
    read_big_number,
    table_rows,
    wait_for_charts,
)
from tests.e2e.boards import open_slug
from tests.e2e.conftest import Stack, eventually

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1800)]

MORE = 1_000_000
TEN_MINUTES = 600
TEST_SECONDS = 120


def units_then(stack: Stack, moment: str) -> int:
    """By plain SQL: what there is, less what has come since."""
    [(units,)] = stack.ask(
        "SELECT (SELECT sum(quantity) FROM stock_balances_v)"
        " - (SELECT sum(delta) FROM stock_changes_v WHERE committed_at > %(value)s)",
        f"{moment}:00",
    )
    return int(units)


def test_a_past_moment_shows_its_own_stock_whatever_changes_now(stack: Stack, chromium: str) -> None:
    # The latest moment of a young log is gone once there is a later one.
    if (left := TEN_MINUTES - time.time() % TEN_MINUTES) < TEST_SECONDS:
        time.sleep(left)
    with browser_page(chromium) as page:
        open_slug(page, stack, "movements")
        # The latest is chosen at first.
        moment = max(wait_until(lambda: options(page, "Момент"), "the filter offers moments", PATIENCE))
        with stack.wms() as wms:
            wms.execute(
                "UPDATE stock_balances SET quantity = quantity + %s WHERE (warehouse_id, product_id) ="
                " (SELECT warehouse_id, product_id FROM stock_balances WHERE quantity > 0 ORDER BY 1, 2 LIMIT 1)",
                [MORE],
            )
        eventually(lambda: stack.ask("SELECT max(quantity) >= %(value)s FROM stock_balances_v", str(MORE)), [(True,)])
        then = units_then(stack, moment)
        assert then != stack.ask("SELECT sum(quantity) FROM stock_balances_v")[0][0]

        with page.expect_response(lambda answer: "/api/v1/chart/data" in answer.url):  # it keeps itself up to date
            pass
        wait_for_charts(page)

        eventually(lambda: read_big_number(page, "Остаток на момент"), then, seconds=PATIENCE)
        assert {row[3] for row in table_rows(page, "Остатки на выбранный момент")} == {moment}
