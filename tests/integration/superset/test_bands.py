"""The views that add up what was counted and what came since, against the balances: the same at every moment."""

import random
from collections.abc import Callable
from functools import partial
from threading import Thread
from time import sleep

import pytest
from clickhouse_connect.driver.client import Client

from tests.integration.clickhouse import ClickHouse, refresh
from tests.integration.superset.story import Story

_COUNTED = """
    SELECT warehouse_id, product_category, band_from,
        sum(stock_bands_v.units), sum(stock_bands_v.positions) AS positions
    FROM stock_bands_v GROUP BY ALL HAVING positions != 0 OR sum(stock_bands_v.units) != 0 ORDER BY ALL
"""
_LIVE = """
    SELECT warehouse_id, coalesce(product_category, '') AS category,
        toInt16(roundDown(quantity, [-1, 0, 1, 10, 50, 100, 250, 500, 1000])) AS band_from,
        sum(quantity) AS units, count() AS positions
    FROM stock_balances_v LEFT ANY JOIN products_v USING (product_id) GROUP BY ALL ORDER BY ALL
"""
_SHELVES = """
    SELECT warehouse_id, arraySort(bitmapToArray(product_ids)) AS ids FROM shelves_v WHERE notEmpty(ids) ORDER BY ALL
"""
_LIVE_SHELVES = """
    SELECT warehouse_id, arraySort(groupArray(toUInt32(product_id))) FROM stock_balances_v WHERE quantity != 0
    GROUP BY warehouse_id ORDER BY ALL
"""
_ASSORTMENT = """
    SELECT warehouse_id, product_category, arraySort(bitmapToArray(product_ids)) AS ids
    FROM assortment_v WHERE notEmpty(ids) ORDER BY ALL
"""
_LIVE_ASSORTMENT = """
    SELECT warehouse_id, coalesce(product_category, '') AS category, arraySort(groupArray(toUInt32(product_id)))
    FROM stock_balances_v LEFT ANY JOIN products_v USING (product_id) WHERE quantity > 0 GROUP BY ALL ORDER BY ALL
"""

COUNTS = 20

Count = Callable[[], None]


@pytest.fixture
def count(admin: Client) -> Count:
    """Have the totals counted now."""
    return partial(refresh, admin, "stock_bands_mv")


@pytest.fixture
def story(admin: Client) -> Story:
    """Three categories, one of them unnamed, and a product that nobody knows."""
    admin.insert("products", [[1, "one", "a"], [2, "two", "a"], [3, "three", "b"], [4, "four", ""]])
    admin.command("SYSTEM STOP VIEW stock_bands_mv")
    admin.command("SYSTEM START VIEW stock_bands_mv")
    story = Story(admin)
    story.read(600, {(1, 1): 5, (1, 2): 0, (1, 3): 70, (1, 4): 1500, (1, 5): 12, (2, 1): -3})
    story.deliver()
    story.settle()
    return story


def same(admin: Client) -> None:
    """The views say what the balances say."""
    assert admin.query(_COUNTED).result_rows == admin.query(_LIVE).result_rows
    assert admin.query(_SHELVES).result_rows == admin.query(_LIVE_SHELVES).result_rows
    assert admin.query(_LIVE_SHELVES).result_rows
    assert admin.query(_ASSORTMENT).result_rows == admin.query(_LIVE_ASSORTMENT).result_rows


def settled(admin: Client) -> int:
    """From where on the log is looked at for what the count doesn't have; 0: nowhere, all balances are read."""
    return int(str(admin.command("SELECT max(settled_lsn) FROM stock_bands")))


def test_before_the_first_count(admin: Client, story: Story) -> None:  # noqa: ARG001
    same(admin)


def test_after_a_count(admin: Client, story: Story, count: Count) -> None:  # noqa: ARG001
    count()

    same(admin)
    assert admin.command("SELECT sum(units) FROM stock_bands WHERE kind = 'band'") == 1584


def test_every_kind_of_change_since(admin: Client, story: Story, count: Count) -> None:
    count()
    story.set(90, 1, 1, 500)  # another band
    story.set(80, 1, 2, 7)  # came back
    story.set(70, 1, 3, 0)  # ran out
    story.set(60, 1, 4, None)  # deleted
    story.set(50, 1, 5, None)
    story.set(40, 1, 5, 3)  # deleted and inserted again
    story.set(30, 3, 1, 9)  # a new warehouse
    story.set(20, 3, 1, None)  # and gone
    story.set(10, 2, 2, 260)
    story.deliver()

    same(admin)
    assert settled(admin) == 7


@pytest.mark.parametrize("quantity", [500, 5, 0, None])
def test_a_transaction_that_began_before_another_and_ends_after_it(
    admin: Client, story: Story, count: Count, quantity: int | None
) -> None:
    """Its positions in the WAL are smaller than those of what was counted."""
    story.set(90, 1, 1, quantity)
    story.set(80, 1, 3, 71)
    story.deliver(7)
    count()
    story.deliver(6, 7)
    same(admin)

    count()
    same(admin)
    assert settled(admin) == 7


def test_what_was_counted_is_not_counted_twice(admin: Client, story: Story, count: Count) -> None:
    """Changes behind the settled position, some of which the count has."""
    story.set(90, 1, 1, 500)
    story.set(80, 1, 2, None)
    story.set(70, 3, 1, 9)
    story.deliver()
    count()
    same(admin)

    story.set(60, 1, 1, 501)
    story.set(50, 1, 2, 2)
    story.set(40, 3, 1, None)
    story.deliver()
    same(admin)
    assert settled(admin) == 7


def test_a_replay_changes_nothing(admin: Client, story: Story, count: Count) -> None:
    story.set(60, 1, 1, 50)
    story.deliver()
    count()
    story.set(50, 1, 1, 60)
    story.deliver()
    story.deliver()

    same(admin)


def test_what_tells_no_rows_is_read_anew(admin: Client, story: Story, count: Count) -> None:
    count()
    story.truncate(60)
    story.set(50, 1, 1, 2)
    story.deliver()
    same(admin)

    count()
    story.read(40, {(1, 1): 3})
    story.deliver()
    same(admin)


def test_a_load_beside_the_stream_is_read_anew(admin: Client, story: Story, count: Count) -> None:  # noqa: ARG001
    count()
    admin.command("INSERT INTO stock_balances SELECT 1, 1, 77, now64(6), 7, 0")
    admin.command("INSERT INTO stock_balances_loads SELECT now64(6), 7, 8, 1, 1, 0")

    same(admin)


def test_counted_while_changes_arrive(admin: Client, clickhouse: ClickHouse, story: Story, count: Count) -> None:
    """The state and the log are read one after the other: what comes between must be counted once."""
    chance = random.Random(1)  # noqa: S311 - no secret
    stop = False

    def arrive() -> None:
        with clickhouse.connect("admin") as client:
            story.admin = client
            while not stop:
                told = len(story.rows)
                for _ in range(chance.randint(1, 30)):
                    key = chance.randint(1, 3), chance.randint(1, 6)
                    gone = key in story.balances and chance.random() < 0.4
                    story.set(1, *key, None if gone else chance.choice((0, 3, 60, 700)))
                story.deliver(told)

    counted = set()
    for _ in range(COUNTS):
        stop = False
        load = Thread(target=arrive)
        load.start()
        sleep(chance.uniform(0.0, 0.1))
        count()
        sleep(0.02)
        stop = True
        load.join()

        same(admin)
        counted.add(admin.command("SELECT max(counted_at) FROM stock_bands"))
        assert settled(admin) == 7
    assert len(counted) == COUNTS
