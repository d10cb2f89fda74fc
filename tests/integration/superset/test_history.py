"""The datasets that tell of the past: levels, missing positions, movements, days of cover, against a told story."""

from datetime import UTC, datetime, timedelta
from itertools import accumulate

import pytest
from clickhouse_connect.driver.client import Client

from tests.integration.clickhouse import ClickHouse, refresh
from tests.integration.superset.conftest import Rows
from tests.integration.superset.parser import asked_by_superset, at_moment
from tests.integration.superset.story import Story

TEA, SOAP = "Чай", "Мыло"
_TURNOVER = (
    *("позиций", "остаток, шт.", "закончатся за 3 дня, позиций", "расход за 28 дней, шт."),
    *("средний остаток, шт.", "лежит без расхода, шт."),
)


@pytest.fixture
def story(admin: Client) -> Story:
    """Two warehouses and two products. Ten hours ago a snapshot found tea in both warehouses, soap in none."""
    admin.insert("regions", [[1, "Север"], [2, "Юг"]])
    admin.insert("warehouses", [[10, "Холодный", 1], [20, "Тёплый", 2]])
    admin.insert("products", [[100, TEA, "Напитки"], [200, SOAP, "Химия"]])
    story = Story(admin)
    story.read(600, {(10, 100): 50, (20, 100): 7, (20, 200): 0})
    return story


def test_the_level_is_the_running_total_of_its_steps(rows: Rows, story: Story) -> None:
    story.set(120, 10, 100, 30)
    story.set(60, 10, 100, 45)
    story.set(30, 10, 200, 5)
    story.deliver()

    steps = sorted((row["время"], row["изменение, шт."]) for row in rows("stock_levels"))
    by_time: dict[datetime, int] = {}
    for time, units in steps:
        by_time[time] = by_time.get(time, 0) + units

    assert list(accumulate(by_time.values())) == [57, 37, 52, 57]
    assert next(iter(by_time)) == (story.now - timedelta(minutes=600)).replace(tzinfo=None)


def test_missing_positions_are_counted_back_from_now(rows: Rows, story: Story) -> None:
    story.set(120, 10, 100, 0)
    story.set(60, 10, 100, 45)
    story.set(30, 20, 100, None)
    story.deliver()

    by_time: dict[datetime, int] = {}
    for time, missing in sorted((row["время"], row["изменение, позиций"]) for row in rows("stock_missing_history")):
        by_time[time] = by_time.get(time, 0) + missing

    assert list(accumulate(by_time.values())) == [2, 3, 2, 3]
    assert len(rows("stock_missing")) == 3


@pytest.mark.parametrize("refreshed", [True, False])
def test_missing_since_is_when_the_position_ran_out_last(rows: Rows, story: Story, refreshed: bool) -> None:
    story.set(500, 10, 100, 0)
    story.set(400, 10, 100, 9)
    story.set(300, 10, 100, 0)
    story.set(30, 20, 100, None)
    story.deliver()
    if refreshed:
        story.refresh()

    found = {(row["склад"], row["товар"]): row for row in rows("stock_missing_since")}

    assert found["Холодный", TEA]["отсутствует, ч"] == pytest.approx(5, abs=0.1)
    assert found["Тёплый", TEA]["отсутствует, ч"] == pytest.approx(0.5, abs=0.1)
    # Nobody saw soap run out: it was not there when the log began.
    assert found["Тёплый", SOAP]["отсутствует, ч"] == pytest.approx(10, abs=0.1)
    assert {key: row["уточнение"] for key, row in found.items()} == {
        ("Холодный", TEA): "",
        ("Тёплый", TEA): "",
        ("Холодный", SOAP): "или раньше",
        ("Тёплый", SOAP): "или раньше",
    }


def test_what_happened_since_the_last_refresh_counts(rows: Rows, story: Story) -> None:
    story.set(300, 10, 100, 0)
    story.set(299, 20, 100, 0)
    story.deliver()
    story.refresh()
    story.rows.clear()
    story.rows += [[]] * 10  # LSNs above those delivered
    story.set(2, 10, 100, 4)
    story.set(1, 10, 100, 0)
    story.set(1, 20, 100, 8)
    del story.rows[:10]
    story.deliver()

    found = {(row["склад"], row["товар"]): row["отсутствует, ч"] for row in rows("stock_missing_since")}

    assert found["Холодный", TEA] == pytest.approx(0, abs=0.1)
    assert ("Тёплый", TEA) not in found


def test_what_a_truncate_took_has_been_missing_at_least_since(rows: Rows, story: Story) -> None:
    story.truncate(60)
    story.deliver()

    found = rows("stock_missing_since")

    assert [row["отсутствует, ч"] for row in found] == [pytest.approx(1, abs=0.1)] * 4
    assert {row["уточнение"] for row in found} == {"или раньше"}


def test_running_out_and_coming_back_are_events(rows: Rows, story: Story) -> None:
    story.set(120, 10, 100, 0)
    story.set(60, 10, 100, 45)
    story.set(50, 10, 100, 44)
    story.set(40, 10, 200, 3)
    story.set(30, 20, 100, None)
    story.deliver()

    events = [tuple(row.values())[1:] for row in rows("stock_presence_changes")]

    assert events == [
        ("закончился", "Север", "Холодный", "Напитки", TEA, 50, 0),
        ("вернулся", "Север", "Холодный", "Напитки", TEA, 0, 45),
        ("вернулся", "Север", "Холодный", "Химия", SOAP, 0, 3),
        ("закончился", "Юг", "Тёплый", "Напитки", TEA, 7, 0),
    ]


def test_movements_are_units_in_and_out(rows: Rows, story: Story) -> None:
    story.set(120, 10, 100, 20)
    story.set(60, 10, 100, 45)
    story.set(50, 10, 100, 45)  # nothing moved
    story.set(30, 20, 100, None)
    story.set(20, 10, 999, 1)
    story.deliver()

    moved = [(row["операция"], row["товар"], row["приход, шт."], row["расход, шт."]) for row in rows("stock_movements")]

    assert moved == [
        ("изменение", TEA, 0, 30),
        ("изменение", TEA, 25, 0),
        ("удаление позиции", TEA, 0, 7),
        ("новая позиция", "-- не определено --", 1, 0),
    ]


def test_cover_is_stock_by_daily_outflow(rows: Rows, story: Story) -> None:
    story.set(120, 10, 100, 20)
    story.set(60, 10, 100, 60)
    story.deliver()
    story.refresh()

    cover = {(row["склад"], row["товар"]): row for row in rows("stock_cover")}

    # The log is younger than a day: its outflow counts as that of a day.
    assert cover["Холодный", TEA]["расход в день, шт."] == 30
    assert cover["Холодный", TEA]["запас, дней"] == 2
    assert cover["Холодный", TEA]["расход за 28 дней, шт."] == 30
    assert cover["Холодный", TEA]["средний остаток, шт."] == (60 + 50) / 2
    assert cover["Тёплый", TEA]["запас, дней"] is None
    assert cover["Тёплый", TEA]["последний расход"] is None
    # What is missing can't run out.
    assert ("Тёплый", SOAP) not in cover


def test_cover_knows_positions_that_were_never_counted(rows: Rows, story: Story) -> None:
    story.deliver()
    story.admin.command("TRUNCATE TABLE stock_activity")

    assert [row["запас, дней"] for row in rows("stock_cover")] == [None, None]


def turnover_of(rows: Rows, dataset: str) -> dict[tuple[str, ...], list[float]]:
    """What a dataset says of each warehouse and matrix, its rows summed up."""
    sums: dict[tuple[str, ...], list[float]] = {}
    for row in rows(dataset):
        figures = sums.setdefault((row["регион"], row["склад"], row["матрица"]), [0] * len(_TURNOVER))
        for place, column in enumerate(_TURNOVER):
            figures[place] += row[column]
    return sums


def test_turnover_is_that_of_the_positions(rows: Rows, story: Story) -> None:
    story.set(120, 10, 100, 20)
    story.set(60, 10, 100, 60)
    story.set(50, 20, 999, 40)  # a product that nobody knows
    story.set(40, 20, 999, 39)
    story.deliver()
    story.refresh()

    turnover = turnover_of(rows, "stock_turnover")

    assert turnover == turnover_of(rows, "stock_turnover_detail")
    # 60 units, of which 30 left within the day that the log counts for, and 50 four weeks ago.
    assert turnover["Север", "Холодный", "Напитки"] == [1, 60, 1, 30, (60 + 50) / 2, 0]
    assert turnover["Юг", "Тёплый", "Напитки"] == [1, 7, 0, 0, 7, 7]
    assert turnover["Юг", "Тёплый", "-- не определено --"] == [1, 39, 0, 1, 19.5, 0]
    cover = rows("stock_cover")
    assert sum(figures[2] for figures in turnover.values()) == sum((row["запас, дней"] or 9) < 3 for row in cover)


def test_turnover_knows_positions_that_were_never_counted(rows: Rows, story: Story) -> None:
    story.deliver()
    story.admin.command("TRUNCATE TABLE stock_activity")
    refresh(story.admin, "stock_turnover_mv")

    turnover = turnover_of(rows, "stock_turnover")

    assert turnover == turnover_of(rows, "stock_turnover_detail")
    assert turnover["Север", "Холодный", "Напитки"] == [1, 50, 0, 0, 50, 50]


def test_turnover_is_counted_once_a_reading(story: Story) -> None:
    story.deliver()
    story.refresh()
    mark = "SELECT count() FROM stock_turnover WHERE warehouse_id = 99"
    story.admin.command(
        "INSERT INTO stock_turnover (warehouse_id, read_at) SELECT 99, max(read_at) FROM stock_turnover"
    )

    refresh(story.admin, "stock_turnover_mv")
    assert story.admin.command(mark) == 1
    story.refresh()
    assert story.admin.command(mark) == 0


def test_a_past_moment_is_the_same_by_dashboard_and_by_view(rows: Rows, story: Story) -> None:
    for minutes_ago, quantity in ((170, 40), (115, 0), (65, 12), (25, 30), (1, 31)):
        story.set(minutes_ago, 10, 100, quantity)
    story.set(45, 20, 100, None)
    story.deliver()

    moments = [row["момент"] for row in rows("filter_moments")]
    assert len(moments) >= 18
    for moment in moments:
        by_dashboard = rows("stock_as_of", moment=moment)
        query = f"""
            SELECT warehouse_name, product_name, quantity FROM stock_balances_as_of(moment = '{moment}:00')
            INNER JOIN warehouses USING (warehouse_id) INNER JOIN products USING (product_id) WHERE quantity != 0
        """
        by_view = sorted(map(tuple, story.admin.query(query).result_rows))
        assert sorted((row["склад"], row["товар"], row["остаток, шт."]) for row in by_dashboard) == by_view, moment
        assert {row["момент"] for row in by_dashboard} == {moment}


def test_the_latest_moment_is_shown_until_one_is_chosen(rows: Rows, story: Story) -> None:
    story.deliver()

    assert {row["момент"] for row in rows("stock_as_of")} == {max(row["момент"] for row in rows("filter_moments"))}


@pytest.mark.parametrize(
    "moment",
    ["1000-01-01 00:00", "1970-01-01 00:00", "{before_the_log:%F %H:%M}", "2200-01-01 00:00", "9999-12-31 23:59"],
)
def test_a_moment_that_is_not_offered_finds_nothing(rows: Rows, story: Story, moment: str) -> None:
    story.deliver()

    assert rows("stock_as_of", moment=moment.format(before_the_log=story.now - timedelta(hours=11))) == []


def test_what_the_log_can_not_undo_is_refused_by_no_chart(rows: Rows, story: Story) -> None:
    """The latest moment is always offered, also when the balances were read after it."""
    story.read(0, {(10, 200): 3})
    story.deliver()

    assert sum(row["остаток, шт."] for row in rows("stock_as_of")) == 50 + 7 + 3


@pytest.mark.parametrize(("days", "most_parts"), [(0, 1), (1, 2), (3, 4)])
def test_a_chosen_moment_reads_its_days_only(clickhouse: ClickHouse, story: Story, days: int, most_parts: int) -> None:
    for day in range(1, 8):
        story.set(day * 24 * 60 + 0.1, 10, 100, day)
    story.deliver()
    midnight = story.now.replace(hour=0, minute=0) - timedelta(days=days)

    with clickhouse.connect("bi") as bi:
        query = at_moment(asked_by_superset()["stock/stock_as_of"], f"{midnight:%F %H:%M}")
        plan = bi.query(f"EXPLAIN ESTIMATE {query}").named_results()
        parts = [row["parts"] for row in plan if row["table"] == "kafka_wms_stock_balances"]

    # Once for what it leaves out, once for what it puts in its place.
    assert len(parts) <= 2
    assert sum(parts) <= 2 * most_parts


def test_replays_change_nothing(rows: Rows, story: Story) -> None:
    story.set(120, 10, 100, 0)
    story.set(60, 10, 100, 45)
    story.set(30, 20, 100, None)
    story.deliver()
    told = ("stock_levels", "stock_missing_history", "stock_presence_changes", "stock_movements", "stock_as_of")
    once = [without_beginning(rows(dataset)) for dataset in told]

    story.deliver()
    story.refresh()

    assert [without_beginning(rows(dataset)) for dataset in told] == once
    assert [row["расход за 28 дней, шт."] for row in rows("stock_cover")] == [50]


def test_a_period_reads_its_days_only(clickhouse: ClickHouse, story: Story) -> None:
    for day in range(1, 8):
        story.set(day * 24 * 60, 10, 100, day)
    story.deliver()

    with clickhouse.connect("bi") as bi:
        plan = bi.command(
            "EXPLAIN ESTIMATE SELECT sum(delta) FROM stock_changes_v WHERE committed_at > now() - INTERVAL 1 DAY"
        )

    _, _, parts, *_ = plan
    assert int(parts) <= 2


def test_heartbeats_tell_each_hop(rows: Rows, admin: Client) -> None:
    sent = datetime.now(UTC).replace(microsecond=0)
    hops = [sent + timedelta(milliseconds=ms) for ms in (100, 300, 700)]
    admin.insert("heartbeats", [["wms", sent, *hops]] * 2)

    assert [tuple(row.values())[1:] for row in rows("heartbeats")] == [(0.7, 0.1, 0.2, 0.4, 2)]


def without_beginning(found: list[dict[str, object]]) -> list[list[object]]:
    """Rows without their times: the beginning of the week moves on."""
    return sorted(([value for key, value in row.items() if key != "время"] for row in found), key=str)
