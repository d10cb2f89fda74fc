"""stock_hours against the log, and charts that read it against those of single products, however much was counted."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest
from clickhouse_connect.driver.client import Client

from tests.integration.clickhouse import refresh
from tests.integration.superset.conftest import Rows
from tests.integration.superset.story import Story

_HOURS = """
    SELECT toStartOfHour(moment) AS hour, warehouse_id, product_category, is_known_product,
        sum(inflow), sum(outflow), sum(stock_hours_v.movements), sum(ran_out), sum(came_back)
    FROM stock_hours_v GROUP BY ALL ORDER BY ALL
"""
_LOG = """
    SELECT toStartOfHour(committed_at) AS hour, warehouse_id, coalesce(product_category, '') AS category,
        product_id IN (SELECT product_id FROM products) AS is_known,
        sumIf(delta, delta > 0), -sumIf(delta, delta < 0), count(),
        countIf(quantity_before > 0 AND quantity <= 0), countIf(quantity_before <= 0 AND quantity > 0)
    FROM stock_changes_v LEFT ANY JOIN products_v USING (product_id) WHERE delta != 0 GROUP BY ALL ORDER BY ALL
"""
_READ = "SELECT read_rows FROM system.view_refreshes WHERE database = currentDatabase() AND view = 'stock_hours_mv'"

DAY = 24 * 60
WEEK_HOURS = 7 * 24 - 2

Count = Callable[[], None]
Level = dict[tuple[str, str], list[int]]

# What their running total is of.
STEPS = {"stock_levels": "изменение, шт.", "stock_missing_history": "изменение, позиций"}

of_both_charts = pytest.mark.parametrize("dataset", STEPS)


@pytest.fixture
def count(admin: Client) -> Count:
    """Have the hours counted now."""
    return partial(refresh, admin, "stock_hours_mv")


@pytest.fixture
def story(admin: Client) -> Story:
    """Twelve days: a warehouse of no known region, three categories, one unnamed, and a product that nobody knows."""
    admin.insert("regions", [[1, "Север"]])
    admin.insert("warehouses", [[1, "Холодный", 1], [2, "Без региона", 99], [3, "Пустой", 1]])
    admin.insert("products", [[1, "one", "a"], [2, "two", "a"], [3, "three", "b"], [4, "four", ""]])
    admin.command("SYSTEM STOP VIEW stock_hours_mv")
    admin.command("SYSTEM START VIEW stock_hours_mv")
    story = Story(admin)
    story.read(12 * DAY, {(1, 1): 5, (1, 2): 0, (1, 3): 70, (1, 4): 15, (2, 1): -3})
    # The week begins seven days ago, in the midst of an hour.
    for minutes_ago in (11 * DAY, 8 * DAY, 7 * DAY + 10, 7 * DAY - 10, 3 * DAY, DAY):
        every_kind_of_change(story, minutes_ago)
    story.deliver()
    return story


def every_kind_of_change(story: Story, minutes_ago: float) -> None:
    told = len(story.rows)
    story.set(minutes_ago, 1, 1, 20 + told)
    story.set(minutes_ago, 1, 2, 7)  # came back
    story.set(minutes_ago, 1, 3, 0 if story.balances.get((1, 3)) else 60 + told)
    story.set(minutes_ago, 1, 4, 15 + told)
    story.set(minutes_ago, 1, 4, None)
    story.set(minutes_ago, 1, 4, 3)
    story.set(minutes_ago, 1, 5, 0 if story.balances.get((1, 5)) else told)  # nobody knows it
    story.set(minutes_ago, 2, 1, told % 3 - 1)
    story.set(minutes_ago, 2, 3, 4)
    story.set(minutes_ago, 2, 3, 4)  # nothing moved
    story.set(minutes_ago, 1, 2, 0)  # ran out
    story.set(minutes_ago, 2, 3, None)


def same(admin: Client) -> None:
    """The view says what the log says."""
    assert admin.query(_HOURS).result_rows == admin.query(_LOG).result_rows
    assert admin.query(_LOG).result_rows


def level(rows: Rows, story: Story, dataset: str, hours: int = WEEK_HOURS) -> Level:
    """The running total of each warehouse and matrix at the last whole hours, and at the end."""
    now = story.now.replace(tzinfo=None)
    whole_hours = [now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=back) for back in range(hours)]
    found: Level = {}
    for row in rows(dataset):
        totals = found.setdefault((row["склад"], row["матрица"]), [0] * (hours + 1))
        for place, moment in enumerate([datetime.max, *whole_hours]):
            if row["время"] < moment:
                totals[place] += row[STEPS[dataset.removesuffix("_detail")]]
    return {key: totals for key, totals in found.items() if any(totals)}


def test_before_the_first_count(admin: Client, story: Story) -> None:  # noqa: ARG001
    same(admin)
    assert admin.command("SELECT count() FROM stock_hours") == 0


def test_after_a_count(admin: Client, story: Story, count: Count) -> None:  # noqa: ARG001
    count()

    same(admin)
    assert admin.command("SELECT sum(movements) FROM stock_hours") == admin.command(
        "SELECT countIf(delta != 0) FROM stock_changes_v"
    )


def test_every_kind_of_change_since(admin: Client, story: Story, count: Count) -> None:
    count()
    every_kind_of_change(story, 50)
    every_kind_of_change(story, 1)
    story.deliver()
    same(admin)

    count()
    same(admin)


def test_a_replay_changes_nothing(admin: Client, story: Story, count: Count) -> None:
    count()
    story.deliver()
    same(admin)

    count()
    same(admin)


def test_what_comes_late_is_in_the_next_count(admin: Client, story: Story, count: Count) -> None:
    count()
    for minutes_ago in (11 * DAY, 5 * DAY, 200):  # a day that was counted, a new one, today or yesterday
        story.set(minutes_ago, 1, 1, minutes_ago)
    story.deliver()
    assert admin.query(_HOURS).result_rows != admin.query(_LOG).result_rows

    count()
    same(admin)


def test_what_comes_late_while_a_replay_is_merged_away(admin: Client, story: Story, count: Count) -> None:
    """The day has as many rows as when it was counted, but others."""
    admin.command("SYSTEM STOP MERGES kafka_wms_stock_balances")
    admin.command("INSERT INTO kafka_wms_stock_balances SELECT * FROM kafka_wms_stock_balances WHERE lsn = 10")
    count()
    rows = admin.command("SELECT count() FROM kafka_wms_stock_balances")
    admin.command("SYSTEM START MERGES kafka_wms_stock_balances")
    admin.command("OPTIMIZE TABLE kafka_wms_stock_balances FINAL")
    story.set(11 * DAY, 1, 1, 9999)
    story.deliver(len(story.rows) - 1)
    assert admin.command("SELECT count() FROM kafka_wms_stock_balances") == rows

    count()
    same(admin)


def test_a_product_changes_its_category(admin: Client, story: Story, count: Count) -> None:  # noqa: ARG001
    count()
    admin.command("TRUNCATE TABLE products")
    admin.insert("products", [[1, "one", "b"], [2, "two", "a"], [3, "three", "b"], [5, "five", "c"]])

    count()
    same(admin)


def test_days_that_the_log_drops_are_gone(admin: Client, story: Story, count: Count) -> None:
    count()
    day = (story.now - timedelta(days=8)).date()
    admin.command(f"ALTER TABLE kafka_wms_stock_balances DROP PARTITION '{day}'")

    count()
    same(admin)
    assert admin.command(f"SELECT count() FROM stock_hours WHERE toDate(hour) = '{day}'") == 0


def test_an_empty_log(admin: Client, story: Story, count: Count) -> None:  # noqa: ARG001
    count()
    admin.command("TRUNCATE TABLE kafka_wms_stock_balances")

    count()
    assert admin.command("SELECT count() FROM stock_hours") == 0
    assert admin.query(_HOURS).result_rows == []


def test_a_day_is_read_once(admin: Client, story: Story, count: Count) -> None:
    changes = 10_000
    admin.command(f"""
        INSERT INTO kafka_wms_stock_balances (lsn, warehouse_id, product_id, op, quantity, committed_at)
        SELECT 1000 + number, 1, 1, 'u', 1, now64(6) - INTERVAL 5 DAY FROM numbers({changes})
    """)
    count()
    assert admin.command(_READ) > changes

    count()
    assert admin.command(_READ) < changes / 10
    same(admin)

    told = len(story.rows)
    every_kind_of_change(story, 1)
    story.deliver(told)
    count()
    assert admin.command(_READ) < changes / 10
    same(admin)


@of_both_charts
def test_charts_agree_with_those_of_single_products(rows: Rows, story: Story, count: Count, dataset: str) -> None:
    def same_levels() -> Level:
        summed = level(rows, story, dataset)
        assert summed == level(rows, story, f"{dataset}_detail")
        assert any(len(set(totals)) > 1 for totals in summed.values())
        return summed

    before = same_levels()
    count()
    assert same_levels() == before
    every_kind_of_change(story, 50)
    every_kind_of_change(story, 1)
    story.set(1, 1, 1, 0)
    story.deliver()
    assert same_levels() != before
    count()
    same_levels()


@of_both_charts
@pytest.mark.parametrize("known", [True, False])
def test_charts_begin_where_the_log_tells_all(
    rows: Rows, story: Story, count: Count, dataset: str, known: bool
) -> None:
    every_kind_of_change(story, 182)
    story.truncate(181)
    every_kind_of_change(story, 180)
    every_kind_of_change(story, 10)
    story.deliver()
    if known:
        count()

    assert level(rows, story, dataset, hours=2) == level(rows, story, f"{dataset}_detail", hours=2)
    assert min(row["время"] for row in rows(dataset)) == (story.now - timedelta(minutes=181)).replace(tzinfo=None)
