"""stock_activity rolled forward against the whole log: the same each time, and all is read only when it must be."""

import random
from datetime import UTC, datetime, timedelta
from threading import Thread
from time import sleep

import pytest
from clickhouse_connect.driver.client import Client

from tests.integration.clickhouse import STOCK, ClickHouse, refresh, statements
from tests.integration.superset.story import COLUMNS, Story

# The same, counted from the whole log and the state: the first form of the view.
_ANEW = statements(STOCK / "migrations/0081_create_stock_activity_mv.sql")[0].split(" AS\n", 1)[1]
_FIGURES = """
    warehouse_id, product_id, quantity, outflow_7d, outflow_28d, net_28d, last_outflow_at, is_present,
    presence_changed_at, presence_version
"""
# A position that nothing tells of: it stays as long as the table is rolled forward.
_MARK = (99, 99)

_WEEK = 7 * 24 * 60
_STEPS = 60
_READINGS = 10


@pytest.fixture
def story(admin: Client) -> Story:
    """A snapshot ten hours ago and changes since, read once."""
    story = Story(admin)
    story.read(600, {(1, 1): 50, (1, 2): 7, (1, 3): 0, (2, 1): 20, (2, 2): 5})
    story.set(300, 1, 1, 30)
    story.set(290, 1, 2, 0)
    story.deliver()
    story.refresh()
    return story


def tell_more(story: Story) -> None:
    """Every kind of change, the last of them too young to be settled."""
    story.set(90, 1, 1, 10)
    story.set(80, 1, 2, 7)  # came back
    story.set(70, 1, 3, None)
    story.set(60, 1, 3, 4)  # deleted and inserted again
    story.set(50, 2, 1, 20)  # nothing moved
    story.set(40, 2, 2, None)  # the key changes:
    story.set(40, 2, 3, 5)
    story.rows[-1][_at("lsn")] = story.rows[-2][_at("lsn")]
    story.set(9, 1, 1, 0)  # ran out
    story.set(5, 1, 1, 8)
    story.set(2, 3, 1, 9)  # a new warehouse
    story.set(1, 3, 1, 2)


def rolls_forward(story: Story) -> bool:
    """Have it read, compare it with the whole log, and tell whether it was rolled forward."""
    story.admin.insert("stock_activity", [_MARK], column_names=("warehouse_id", "product_id"))
    story.refresh()
    others = f"WHERE (warehouse_id, product_id) != {_MARK} ORDER BY warehouse_id, product_id"

    found = story.admin.query(f"SELECT {_FIGURES} FROM stock_activity {others}").result_rows
    assert found == story.admin.query(f"SELECT {_FIGURES} FROM ({_ANEW}) {others}").result_rows
    assert found
    return bool(story.admin.command(f"SELECT count() FROM stock_activity WHERE (warehouse_id, product_id) = {_MARK}"))


def test_the_first_reading_is_of_everything(admin: Client) -> None:
    story = Story(admin)
    story.read(600, {(1, 1): 50})
    story.deliver()

    assert not rolls_forward(story)
    assert admin.command("SELECT sum(quantity) FROM stock_activity") == 50


def test_nothing_new(story: Story) -> None:
    assert rolls_forward(story)


def test_every_kind_of_change(story: Story) -> None:
    tell_more(story)
    story.deliver()

    assert rolls_forward(story)
    assert rolls_forward(story)
    settled = "SELECT max(read_lsn), sum(settled_changes), sum(abs(unsettled_7d)) FROM stock_activity"
    # Four changes are younger than ten minutes; of their outflow, 17 units.
    assert story.admin.query(settled).result_rows == [(13, 14, 17)]


def test_what_was_too_young_is_settled_later(story: Story) -> None:
    tell_more(story)
    story.deliver()
    rolls_forward(story)
    story.admin.command(
        "ALTER TABLE kafka_wms_stock_balances UPDATE arrived_at = arrived_at - INTERVAL 10 MINUTE WHERE 1",
        settings={"mutations_sync": 1},
    )

    assert rolls_forward(story)
    assert story.admin.query("SELECT max(read_lsn), sum(unsettled_7d) FROM stock_activity").result_rows == [(18, 0)]


def test_replays_count_once(story: Story) -> None:
    tell_more(story)
    story.deliver()
    rolls_forward(story)
    story.deliver()

    assert rolls_forward(story)
    story.admin.command("OPTIMIZE TABLE kafka_wms_stock_balances FINAL")
    assert rolls_forward(story)


def deliver_the_middle_last(story: Story, *changes: tuple[float, int]) -> None:
    """Three changes, each with its minutes ago and its quantity; the log is read before the second of them arrives."""
    for minutes_ago, quantity in changes:
        story.set(minutes_ago, 1, 1, quantity)
    late = story.rows.pop(-2)
    story.deliver()
    assert rolls_forward(story)
    story.rows.append(late)
    story.deliver()


def test_a_late_change_among_young_ones(story: Story) -> None:
    deliver_the_middle_last(story, (60, 20), (5, 15), (4, 9))

    assert rolls_forward(story)
    assert story.admin.command("SELECT max(outflow_7d) FROM stock_activity") == 20 + 10 + 5 + 6


def test_a_change_that_comes_too_late(story: Story) -> None:
    deliver_the_middle_last(story, (60, 20), (50, 15), (40, 9))

    assert not rolls_forward(story)
    assert story.admin.command("SELECT max(outflow_7d) FROM stock_activity") == 20 + 10 + 5 + 6
    assert rolls_forward(story)


def test_what_leaves_the_days_is_taken_away(story: Story) -> None:
    soon = timedelta(seconds=20)
    leaves_at = datetime.now(UTC) + soon
    begun = (leaves_at - story.now).total_seconds() / 60
    for day in (40, 28, 10, 7, 3):
        # Out of the 7 and the 28 days at that moment, or far from it.
        story.set(day * 24 * 60 - begun, 1, 1, story.balances[1, 1] - 1)
    story.set(28 * 24 * 60 - begun, 2, 1, None)
    story.deliver()
    story.refresh()
    figures = "SELECT outflow_7d, outflow_28d FROM stock_activity WHERE (warehouse_id, product_id) = (1, 1)"
    before = story.admin.query(figures).result_rows
    assert datetime.now(UTC) < leaves_at, "the machine is too slow for this test"
    sleep(max((leaves_at - datetime.now(UTC)).total_seconds(), 0) + 0.1)

    assert rolls_forward(story)
    assert [before, story.admin.query(figures).result_rows] == [[(22, 24)], [(21, 23)]]


@pytest.mark.parametrize("minutes_ago", [30, 1])
def test_what_tells_no_rows_is_read_anew(story: Story, minutes_ago: float) -> None:
    story.truncate(minutes_ago)
    story.set(minutes_ago, 1, 1, 2)
    story.deliver()
    assert not rolls_forward(story)
    assert rolls_forward(story) == (minutes_ago > 10)

    story.read(minutes_ago, {(1, 1): 3, (5, 5): 1})
    story.deliver()
    assert not rolls_forward(story)


def test_a_load_beside_the_stream(story: Story) -> None:
    story.admin.command("INSERT INTO stock_balances SELECT 1, 1, 77, now64(6), 70, 0")
    story.admin.command("INSERT INTO stock_balances_loads SELECT now64(6), 70, 80, 1, 1, 0")

    assert not rolls_forward(story)
    assert story.admin.command("SELECT max(quantity) FROM stock_activity") == 77
    # The next one may have been before the end of it.
    assert not rolls_forward(story)


def test_a_new_day(story: Story) -> None:
    story.admin.command(
        "ALTER TABLE stock_activity UPDATE read_at = read_at - INTERVAL 1 DAY WHERE 1", settings={"mutations_sync": 1}
    )

    assert not rolls_forward(story)


def test_a_day_that_has_left_the_log(story: Story) -> None:
    story.set(_WEEK, 1, 1, 29)
    story.deliver()
    story.refresh()
    (day,) = story.admin.query("SELECT min(toDate(committed_at)) FROM kafka_wms_stock_balances").result_rows[0]
    story.admin.command(f"ALTER TABLE kafka_wms_stock_balances DROP PARTITION '{day}'")

    assert not rolls_forward(story)


def test_a_burst_of_millions_is_read_anew(story: Story) -> None:
    """Rolled forward, it would hold the keys of all of them."""
    story.admin.command("""
        INSERT INTO kafka_wms_stock_balances
            (lsn, warehouse_id, product_id, op, quantity, quantity_before, committed_at, arrived_at)
        SELECT 100 + number, 1, 1 + number % 3, 'u', 5, 6, now64(6, 'UTC'), now64(6, 'UTC')
        FROM numbers(5000001)
    """)

    assert not rolls_forward(story)


def test_positions_between_readings_at_random(story: Story) -> None:
    """Changes that arrive early and late, and young and old, read every now and then."""
    chance = random.Random(1)  # noqa: S311 - no secret
    held: list[list[object]] = []
    readings = []
    for step in range(_STEPS):
        key = chance.randint(1, 3), chance.randint(1, 4)
        gone = key in story.balances and chance.random() < 0.3
        minutes_ago = chance.choice((1, 5, 100, _WEEK + 100, 5 * _WEEK))
        story.set(minutes_ago, *key, None if gone else chance.choice((0, 3, 60)))
        if minutes_ago <= 100 and chance.random() < 0.2:
            held.append(story.rows[-1])
        arrived = [row for row in story.rows if row not in held]
        if step % 5 == 4:
            story.admin.insert("stock_balances_inbox", arrived, column_names=COLUMNS)
            readings.append(rolls_forward(story))
            held.clear()

    assert {True, False} == set(readings)


def test_positions_that_move_while_they_are_read(story: Story, clickhouse: ClickHouse) -> None:
    """A reading looks at the changes more than once, and takes its time where there are many."""
    admin, stop = story.admin, False
    positions = [(4 + number % 300, 1 + number // 300) for number in range(3_000)]
    for key in positions:
        story.set(300, *key, 9)
        story.set(200, *key, 8)
    story.deliver()
    assert rolls_forward(story)
    admin.command("""
        INSERT INTO kafka_wms_stock_balances
            (lsn, warehouse_id, product_id, op, quantity, quantity_before, committed_at, arrived_at)
        WITH now64(6, 'UTC') - INTERVAL 5 MINUTE AS moment
        SELECT 100000 + number, 1, 1, 'u', 5, 6, moment, moment FROM numbers(1000000)
    """)
    story.rows += [[]] * 2_000_000

    def arrive() -> None:
        told = len(story.rows)
        with clickhouse.connect("admin") as client:
            for key in positions:
                if stop:
                    return
                story.set(0, *key, 5)
                story.rows[-1][_at("arrived_at")] = datetime.now(UTC)
                client.insert("stock_balances_inbox", story.rows[told:], column_names=COLUMNS)
                told = len(story.rows)

    load = Thread(target=arrive)
    load.start()
    for _ in range(_READINGS):
        refresh(admin, "stock_activity_mv")
    stop = True
    load.join()

    # Whatever was lost is missed by the next reading, which then begins anew.
    assert admin.command(f"SELECT count() FROM stock_activity WHERE (warehouse_id, product_id) = {_MARK}") == 1
    sleep(11)
    assert rolls_forward(story)
    of_these = f"FROM stock_activity WHERE warehouse_id > 3 AND (warehouse_id, product_id) != {_MARK}"
    assert admin.command(f"SELECT count() {of_these}") == len(positions)
    assert admin.command(f"SELECT sum(outflow_7d) {of_these}") > len(positions)


def test_old_days_are_not_read(admin: Client) -> None:
    admin.command("""
        INSERT INTO kafka_wms_stock_balances
            (lsn, warehouse_id, product_id, op, quantity, quantity_before, committed_at, arrived_at)
        WITH now64(6, 'UTC') - INTERVAL 25 DAY + toIntervalSecond(number * 6) AS moment -- up to 11 days ago
        SELECT 1 + number, 1, number % 100, 'u', 5, 6, moment, moment
        FROM numbers(200000)
        SETTINGS max_partitions_per_insert_block = 100
    """)
    story = Story(admin)
    story.refresh()
    story.rows += [[]] * 200_000
    story.set(1, 1, 1, 5)
    del story.rows[:200_000]
    story.deliver()
    story.refresh()
    story.read(0, {(1, 1): 5})
    story.deliver()
    story.refresh()

    admin.command("SYSTEM FLUSH LOGS query_log")
    read = admin.query("""
        SELECT read_rows FROM system.query_log
        WHERE log_comment = 'refresh of wms.stock_activity_mv' AND type = 'QueryFinish'
        ORDER BY event_time_microseconds DESC LIMIT 3
    """).result_rows
    ((anew_again,), (rolled_forward,), (anew,)) = read
    # Once, and a look for snapshots.
    assert 200_000 <= anew < 500_000
    assert 200_000 <= anew_again < 500_000
    assert rolled_forward < 20_000


def _at(column: str) -> int:
    return COLUMNS.index(column)
