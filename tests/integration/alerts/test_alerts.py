"""What people are told: each condition on a real engine, and messages that a real HTTP receiver gets."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import ModuleType

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client

from sklad.waiting import wait_until
from tests.integration.clickhouse import ROOT, STOCK, ClickHouse
from tests.integration.receiver import Receiver, receiving
from tests.integration.superset.conftest import SCHEMA

THRESHOLDS = {"out_of_stock_share": 0.25}
NO_ONE = "json://127.0.0.1:1/"  # nothing listens there


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def alerts(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module, found as Airflow finds it."""
    monkeypatch.syspath_prepend(str(ROOT / "airflow" / "dags"))
    from stock import alerts  # noqa: PLC0415

    return alerts


@pytest.fixture
def notices(alerts: ModuleType) -> ModuleType:  # noqa: ARG001 - finds the folder
    """How people are told, found as Airflow finds it."""
    from shared import notices  # noqa: PLC0415

    return notices


@pytest.fixture
def admin(clickhouse: ClickHouse) -> Iterator[Client]:
    """Ten positions, all on the shelf; a heartbeat every two seconds of the last hour, on time."""
    clickhouse.create_tables(SCHEMA)
    with clickhouse.connect("admin") as client:
        client.insert("regions", [[1, "Север"]])
        client.insert("warehouses", [[1, "А", 1], [2, "Б", 1]])
        client.insert("products", [[number, f"Товар {number}", "Матрица"] for number in range(5)])
        client.command(
            "INSERT INTO stock_balances SELECT w.warehouse_id, p.product_id, 7, now64(6), 1, 0"
            " FROM warehouses AS w CROSS JOIN products AS p"
        )
        beat(client, late=0)
        yield client


@pytest.fixture
def look(admin: Client, clickhouse: ClickHouse, alerts: ModuleType) -> Callable[[], dict[str, object]]:  # noqa: ARG001
    """look(): what is found wrong, by condition, by the user that Airflow is."""
    return lambda: {
        finding.name: finding.message
        for finding in alerts.look(lambda: clickhouse.connect("etl"), THRESHOLDS)
        if finding.wrong
    }


def beat(admin: Client, late: float) -> None:
    """Heartbeats of the last hour, each so many seconds late."""
    admin.command("TRUNCATE TABLE heartbeats")
    now = datetime.now(UTC)
    sent = [now - timedelta(seconds=seconds) for seconds in range(2, 3600, 2)]
    columns = ["source", "sent_at", "arrived_at"]
    rows = [["wms", at, at + timedelta(seconds=0.1 + late)] for at in sent]
    admin.insert("heartbeats", rows, column_names=columns)


def compared(admin: Client, verdict: str, minutes_ago: int, missing: int = 0) -> None:
    started = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    row = [started, "stock_balances", verdict, missing]
    admin.insert("verify_runs", [row], column_names=["started_at", "table_name", "verdict", "missing"])


def test_nothing_is_wrong_with_full_shelves_fresh_data_and_no_comparison_yet(look: Callable[[], dict]) -> None:
    assert look() == {}


def test_missing_stock_is_told_from_the_threshold_on(admin: Client, look: Callable[[], dict]) -> None:
    admin.command("INSERT INTO stock_balances SELECT 1, number, 0, now64(6), 2, 0 FROM numbers(2)")
    assert look() == {}

    admin.command("INSERT INTO stock_balances SELECT 1, 2, 0, now64(6), 2, 1")  # deleted
    assert look() == {"out_of_stock_share": "Отсутствует 30 % товарной матрицы, порог 25 %: позиций 3 из 10"}


def test_no_warehouses_and_no_products_are_no_missing_stock(admin: Client, look: Callable[[], dict]) -> None:
    for table in ("warehouses", "products", "stock_balances"):
        admin.command(f"TRUNCATE TABLE {table}")

    assert look() == {}


def test_late_data_is_told(admin: Client, look: Callable[[], dict]) -> None:
    beat(admin, late=30)

    assert "вместо 99 %" in look()["freshness_objective"]


def test_data_that_never_came_is_told(admin: Client, look: Callable[[], dict]) -> None:
    admin.command("TRUNCATE TABLE heartbeats")

    assert "вовремя 0 % изменений вместо 99 %" in look()["freshness_objective"]


def test_a_first_load_is_no_late_data(admin: Client, look: Callable[[], dict]) -> None:
    """The first heartbeat waits behind the first load, and there is none while it goes on."""
    loaded = datetime.now(UTC) - timedelta(minutes=2)
    first = ["wms", loaded - timedelta(seconds=40), loaded]
    on_time = [loaded + timedelta(seconds=seconds) for seconds in range(2, 120, 2)]
    admin.command("TRUNCATE TABLE heartbeats")
    admin.insert(
        "heartbeats",
        [first, *(["wms", at, at + timedelta(seconds=0.1)] for at in on_time)],
        column_names=["source", "sent_at", "arrived_at"],
    )

    assert look() == {}

    admin.command(
        "ALTER TABLE heartbeats DELETE WHERE sent_at > now64(6) - INTERVAL 1 MINUTE SETTINGS mutations_sync = 1"
    )
    assert "не дошло" in look()["freshness_objective"]


def test_what_can_not_be_counted_is_told(admin: Client, look: Callable[[], dict]) -> None:
    view = (STOCK / "views" / "stalled_refreshes_v.sql").read_text(encoding="utf-8")
    half_an_hour = "INTERVAL 30 MINUTE"
    assert half_an_hour in view
    admin.command(
        "CREATE MATERIALIZED VIEW counted_mv REFRESH EVERY 1 SECOND (answer UInt8) ENGINE = Memory"
        " AS SELECT throwIf(number = 0, 'too dear to count') AS answer FROM numbers(1)"
    )
    refresh = "SELECT exception FROM system.view_refreshes WHERE database = currentDatabase() AND view = 'counted_mv'"
    wait_until(lambda: admin.command(refresh), "the view fails", 20)
    assert look() == {}

    admin.command(view.replace(half_an_hour, "INTERVAL 0 SECOND").rstrip().rstrip(";"))
    wait_until(lambda: "stalled_refreshes" in look(), "the view's failure is a second old", 20)

    assert "counted_mv" in look()["stalled_refreshes"]
    assert "too dear to count" in look()["stalled_refreshes"]


def test_a_difference_is_told_until_the_next_equal_comparison(admin: Client, look: Callable[[], dict]) -> None:
    compared(admin, "different", minutes_ago=20, missing=3)
    assert "нет в ClickHouse 3" in look()["verify"]

    compared(admin, "undecided", minutes_ago=10)
    assert "verify" in look()

    compared(admin, "equal", minutes_ago=1)
    assert look() == {}


def test_a_clickhouse_that_does_not_answer_is_told_alone(alerts: ModuleType) -> None:
    def connect() -> Client:
        return clickhouse_connect.get_client(host="127.0.0.1", port=1)

    (finding,) = alerts.look(connect, THRESHOLDS)

    assert (finding.name, finding.wrong) == (alerts.UNREACHABLE, True)


def test_it_is_said_once_when_it_begins_and_once_when_it_is_over(
    admin: Client, clickhouse: ClickHouse, alerts: ModuleType, notices: ModuleType, receiver: Receiver
) -> None:
    known: dict[str, str] = {}

    def run() -> None:
        findings = alerts.look(lambda: clickhouse.connect("etl"), THRESHOLDS)
        notices.settle(findings, dict(known), notices.send_by_apprise(receiver.address), keep)

    def keep(now: dict[str, str]) -> None:
        known.clear()
        known.update(now)

    run()
    assert receiver.titles() == []
    compared(admin, "different", minutes_ago=20, missing=3)
    run()
    run()
    assert receiver.titles() == ["⚠ Sklad: Остатки расходятся с WMS"]
    assert "нет в ClickHouse 3" in receiver.received[0]["message"]
    compared(admin, "equal", minutes_ago=1)
    run()
    run()
    assert receiver.titles()[1:] == ["✓ Sklad: Остатки расходятся с WMS: прошло"]


def test_a_runs_note_says_what_was_told_and_what_is_still_wrong(notices: ModuleType) -> None:
    late = notices.Finding("freshness_objective", "Данные опаздывают", True, "опоздало 7")
    equal = notices.Finding("verify", "Остатки расходятся с WMS", False, "Сверка")

    assert notices.summary([late, equal], []) == (
        "Told: nothing new. Wrong: 1 of 2 looked at.\nДанные опаздывают: опоздало 7"
    )
    assert notices.summary([equal], ["✓ Sklad: Данные опаздывают: прошло"]) == (
        "Told: ✓ Sklad: Данные опаздывают: прошло. Wrong: 0 of 1 looked at."
    )


def test_what_no_address_took_is_not_taken_for_said(notices: ModuleType) -> None:
    kept: list[dict[str, str]] = []
    finding = notices.Finding("verify", "Остатки расходятся с WMS", True, "…")

    with pytest.raises(notices.NotSentError, match=r"address 1 \(json\) did not take it"):
        notices.settle([finding], {}, notices.send_by_apprise(NO_ONE), kept.append)

    assert kept == []


def test_an_address_that_fails_does_not_keep_the_others_from_hearing_it_once(
    notices: ModuleType, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    kept: list[dict[str, str]] = []
    finding = notices.Finding("verify", "Остатки расходятся с WMS", True, "…")

    notices.settle([finding], {}, notices.send_by_apprise(f"{NO_ONE} {receiver.address}"), kept.append)

    assert len(receiver.received) == 1
    assert kept == [{"verify": finding.title}]
    assert "address 1 (json) did not take it" in caplog.text


def test_an_address_that_is_none_is_named_without_its_secrets(notices: ModuleType) -> None:
    with pytest.raises(notices.NotSentError) as told:
        notices.send_by_apprise("nonsense://key-of-mine@host")(notices.Notice("x", "y"))

    assert "address 1 is none that apprise knows" in str(told.value)
    assert "key-of-mine" not in str(told.value)
