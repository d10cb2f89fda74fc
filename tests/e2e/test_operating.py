"""What an operator does: status, env, REST calls with curl's own file, starting again, a process that dies."""

import json
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

import httpx
import psycopg
import pytest
from clickhouse_connect.driver.exceptions import ClickHouseError

from sklad.airflow.client import AirflowClient
from sklad.connect import ConnectClient
from sklad.errors import ServiceError
from sklad.waiting import answers, wait_until
from tests.e2e import people
from tests.e2e.conftest import ROOT, Stack, eventually

CONNECTOR = ROOT / "kafka" / "connectors" / "postgresql" / "stock_balances.json"


def test_status_says_that_all_is_well(stack: Stack) -> None:
    # At midnight a daily load is under way.
    eventually(lambda: stack.status()["last_reference_load"]["state"], "success", seconds=120)
    status = stack.status()
    assert status["problems"] == []
    assert {service["state"] for service in status["services"]} == {"RUNNING"}
    assert status["rows_in_source"] == status["rows_in_clickhouse"] > 80_000
    assert status["freshness"]["staleness_seconds"] < 10
    assert status["memory_mb"] > 500


def test_up_again_is_safe(stack: Stack) -> None:
    before = stack.balances()
    again = stack.sklad("up")
    assert again.returncode == 0, again.stdout + again.stderr
    assert stack.balances() == before


def test_connect_answers_as_documented_and_tells_no_secret(stack: Stack) -> None:
    status = httpx.get(f"{stack['CONNECT_URL']}/connectors/wms.stock_balances/status").json()
    assert status["connector"]["state"] == "RUNNING"
    assert [task["state"] for task in status["tasks"]] == ["RUNNING"]
    config = httpx.get(f"{stack['CONNECT_URL']}/connectors/wms.stock_balances").text
    assert "dev-only" not in config
    assert "PostgresConnector" in httpx.get(f"{stack['CONNECT_URL']}/connector-plugins").text


def test_the_connector_can_be_deleted_and_posted_again(stack: Stack) -> None:
    with httpx.Client(base_url=stack["CONNECT_URL"], timeout=30) as connect:
        assert connect.delete("/connectors/wms.stock_balances").status_code == 204
        with stack.wms() as wms:
            wms.execute("UPDATE stock_balances SET quantity = quantity + 1 WHERE warehouse_id = 1")
        eventually(
            lambda: connect.post("/connectors", json=json.loads(CONNECTOR.read_text())).status_code in (201, 409), True
        )
        eventually(
            lambda: [
                task["state"] for task in connect.get("/connectors/wms.stock_balances/status").json().get("tasks", [])
            ],
            ["RUNNING"],
            seconds=60,
        )
    with stack.wms() as wms:
        wanted = wms.execute(
            "SELECT warehouse_id, product_id, quantity FROM stock_balances WHERE warehouse_id = 1 ORDER BY 2"
        ).fetchall()
    eventually(lambda: stack.balances("warehouse_id = 1"), wanted, seconds=60)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('"slot.name"', '"slot.nmae"', "no connector reads the key slot.nmae. Did you mean slot.name?"),
        ('"initial"', '"initail"', "Value must be one of"),
        ("PostgresConnector", "PostgresConector", "Failed to find any class"),
        ("WMS_DEBEZIUM_PASSWORD", "WMS_DEBEZIUM_PASWORD", "password authentication failed"),
    ],
)
def test_a_slip_in_a_connector_is_refused_and_what_runs_is_left_alone(
    stack: Stack, tmp_path: Path, right: str, wrong: str, said: str
) -> None:
    file = tmp_path / "stock_balances.json"
    file.write_text(CONNECTOR.read_text().replace(right, wrong))
    connect = ConnectClient(stack["CONNECT_URL"])
    with pytest.raises(ServiceError, match=re.escape(said)):
        connect.apply(file)
    state = connect.state("wms.stock_balances")
    assert state
    assert state.is_running


def test_a_task_that_failed_runs_again_once_its_connector_is_mended(stack: Stack, tmp_path: Path) -> None:
    file = tmp_path / "stock_balances.json"
    file.write_text(
        CONNECTOR.read_text().replace('"publication.name": "sklad_stock"', '"publication.name": "sklad_stok"')
    )
    connect = ConnectClient(stack["CONNECT_URL"])
    try:
        with pytest.raises(ServiceError, match="Publication autocreation is disabled"):
            connect.apply(file)
            wait_until(lambda: connect.watch(file), "the task fails", 60)
    finally:
        connect.apply(CONNECTOR)
    eventually(lambda: stack.status()["problems"], [], seconds=60)


@pytest.mark.parametrize("name", ["clickhouse", "connect", "ingest", "kafka", "wms"])
def test_a_killed_engine_comes_back_and_the_state_is_exact(stack: Stack, name: str) -> None:
    process = next(service for service in stack.status()["services"] if service["name"] == name)
    os.kill(process["pid"], signal.SIGKILL)
    wanted = raise_all_balances_of(stack, warehouse=2)
    eventually(lambda: answer_of(lambda: stack.balances("warehouse_id = 2")), wanted, seconds=120)
    eventually(lambda: stack.status()["problems"], [], seconds=120)


def test_airflow_and_superset_come_back_when_all_of_both_is_killed(stack: Stack) -> None:
    """Their database included, at the same moment."""
    services = {service["name"]: service["pid"] for service in stack.status()["services"]}
    killed = [name for name in services if name.startswith(("airflow-", "superset", "metadata"))]
    assert len(killed) == 5
    for name in killed:
        os.kill(services[name], signal.SIGKILL)
    airflow = AirflowClient(stack["AIRFLOW_URL"], stack["AIRFLOW_USER"], stack["AIRFLOW_PASSWORD"])
    wait_until(lambda: airflow.run_dag("wms_reference_daily", 300), "Airflow runs a daily load", 300)
    wait_until(lambda: answers(f"{stack['SUPERSET_URL']}/health"), "Superset answers", 120)
    with people.administrator(stack) as admin:
        assert "stock" in people.ids(admin, "dashboard", "slug")
    eventually(lambda: stack.status()["problems"], [], seconds=120)


def raise_all_balances_of(stack: Stack, warehouse: int) -> list[tuple[int, int, int]]:
    """Add a unit to each of a warehouse's balances as soon as the WMS takes it; returns them as they are then."""

    def rows() -> list[tuple[int, int, int]] | str:
        with stack.wms() as wms:
            return wms.execute(
                "UPDATE stock_balances SET quantity = quantity + 1 WHERE warehouse_id = %s"
                " RETURNING warehouse_id, product_id, quantity",
                [warehouse],
            ).fetchall()

    return sorted(wait_until(rows, "the WMS takes an update", 60, not_yet=(psycopg.Error,)))


def answer_of(ask: Callable[[], object]) -> object:
    """What `ask()` returns, or what it fails with: a server that restarts refuses connections."""
    try:
        return ask()
    except ClickHouseError as error:
        return repr(error)


def test_logs_and_their_refusal(stack: Stack) -> None:
    assert "Kafka Server started" in stack.sklad("logs", "kafka", "--lines", "100000").stdout
    wrong = stack.sklad("logs", "zookeeper")
    assert wrong.returncode == 1
    assert "Services: wms, metadata, kafka" in wrong.stderr


def test_no_secret_in_any_log(stack: Stack) -> None:
    for log in (Path(stack.environment["STATE_DIR"]) / "logs").glob("*.log"):
        assert "dev-only" not in log.read_text(errors="replace"), log.name
