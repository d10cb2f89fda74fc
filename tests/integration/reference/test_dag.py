"""The DAG in a real Airflow, as the embedded runtime runs it: bootstrap, three processes, the REST client."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sklad.airflow.client import AirflowClient
from sklad.errors import DeadlineError, ServiceError
from sklad.ports import free_ports
from sklad.settings import Settings, load_settings
from tests.integration.airflow import bootstrap, empty_metadata, running_airflow
from tests.integration.clickhouse import ClickHouse
from tests.integration.postgres import Postgres, Wms
from tests.integration.receiver import Receiver, receiving
from tests.integration.reference.source import SCHEMA, source

DAG = "wms_reference_daily"
ASKED_BY_ALERTS = (
    "migrations/0005_create_heartbeats.sql",
    "migrations/0020_create_verify_runs.sql",
    "views/freshness_objective_v.sql",
    "views/stalled_refreshes_v.sql",
)
RUN_SECONDS = 120


def client(settings: Settings) -> AirflowClient:
    return AirflowClient(settings.airflow_url, settings.airflow_user, settings.airflow_password)


@pytest.fixture(scope="module")
def wms(postgres: Postgres, small_csv: Path) -> Iterator[Wms]:
    with source(postgres, small_csv) as wms:
        yield wms


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def settings(
    postgres: Postgres, clickhouse: ClickHouse, receiver: Receiver, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """The project's settings on ports and folders of this test, with an empty metadata database."""
    (port,) = free_ports(1)
    settings = load_settings().model_copy(
        update={
            "state_dir": tmp_path_factory.mktemp("state"),
            "airflow_port": port,
            "metadata_port": postgres.port,
            "clickhouse_port": clickhouse.port,
            "clickhouse_etl_password": "etl-secret",
            "alert_urls": receiver.address,
        }
    )
    with empty_metadata(postgres, settings):
        yield settings


@pytest.fixture(scope="module")
def running(settings: Settings, clickhouse: ClickHouse, wms: Wms) -> Iterator[Settings]:  # noqa: ARG001 - a source first
    """Airflow up, with everything the DAG needs."""
    clickhouse.create_tables((*SCHEMA, *ASKED_BY_ALERTS))
    with running_airflow(settings):
        yield settings


def products(clickhouse: ClickHouse) -> int:
    with clickhouse.connect("bi") as reader:
        return int(reader.query("SELECT count() FROM products").result_rows[0][0])


def token_status(settings: Settings, user: str, password: str) -> int:
    answer = httpx.post(f"{settings.airflow_url}/auth/token", json={"username": user, "password": password}, timeout=30)
    return answer.status_code


def ask(settings: Settings, path: str, **parameters: str | int) -> dict[str, Any]:
    """What Airflow's REST API answers."""
    login = {"username": settings.airflow_user, "password": settings.airflow_password}
    with httpx.Client(base_url=settings.airflow_url, timeout=30) as http:
        token = http.post("/auth/token", json=login).raise_for_status().json()["access_token"]
        answer = http.get(f"/api/v2/{path}", params=parameters, headers={"Authorization": f"Bearer {token}"})
        found: dict[str, Any] = answer.raise_for_status().json()
    return found


def asset_events(settings: Settings, run_id: str) -> dict[str, int]:
    """Rows of each table that a run wrote."""
    events = ask(settings, "assets/events", source_run_id=run_id)["asset_events"]
    return {event["name"]: event["extra"]["rows"] for event in events}


def dags_of_asset(settings: Settings, name: str) -> set[str]:
    """DAGs with a task that reads or writes it."""
    (asset,) = ask(settings, "assets", name_pattern=name)["assets"]
    return {task["dag_id"] for task in (*asset["consuming_tasks"], *asset["producing_tasks"])}


def test_the_dag_loads_the_reference_data(running: Settings, clickhouse: ClickHouse) -> None:
    run = client(running).run_dag(DAG, RUN_SECONDS)

    assert run.state == "success"
    assert products(clickhouse) == 50
    assert client(running).last_run(DAG) == run
    assert run.note.startswith("Rows loaded: products 50, regions 2, warehouses 4.")


def test_a_load_tells_what_reads_its_tables(running: Settings) -> None:
    run = client(running).run_dag(DAG, RUN_SECONDS)

    assert asset_events(running, run.run_id) == {"products": 50, "regions": 2, "warehouses": 4}
    assert {"wms_reference_daily", "wms_stock_alerts"} <= dags_of_asset(running, "warehouses")
    assert {"wms_stock_alerts", "wms_stock_reload", "wms_stock_verify"} <= dags_of_asset(running, "stock_balances")


def test_each_run_is_noted_under_its_own_id(running: Settings, clickhouse: ClickHouse) -> None:
    run = client(running).run_dag(DAG, RUN_SECONDS)

    with clickhouse.connect("bi") as reader:
        tables = reader.query("SELECT count() FROM reference_loads WHERE run_id = {run:String}", {"run": run.run_id})
    assert tables.result_rows == [(3,)]


def test_bad_data_fails_the_run_at_once_and_the_message_names_it(
    running: Settings, clickhouse: ClickHouse, wms: Wms
) -> None:
    with wms.superuser() as connection:
        name = connection.execute("SELECT product_name FROM products WHERE product_id = 7").fetchall()[0][0]
        connection.execute("UPDATE products SET product_name = '' WHERE product_id = 7")

    with pytest.raises(ServiceError) as raised:
        client(running).run_dag(DAG, RUN_SECONDS)
    with wms.superuser() as connection:
        connection.execute("UPDATE products SET product_name = %s WHERE product_id = 7", [name])

    message = str(raised.value)
    assert "task check: failed, try 1" in message
    assert "products: product_name of key 7 is empty" in message
    assert f"{running.airflow_url}/dags/{DAG}/runs/" in message
    assert products(clickhouse) == 50
    last = client(running).last_run(DAG)
    assert last and last.state == "failed"
    assert last.note.startswith("Nothing is published")
    assert "product_name of key 7 is empty" in last.note


def test_a_run_that_can_not_end_in_time_tells_what_it_is_retrying(running: Settings, wms: Wms) -> None:
    with wms.superuser() as connection:
        connection.execute("ALTER TABLE products RENAME TO goods")

    with pytest.raises(DeadlineError) as raised:
        client(running).run_dag(DAG, 10)
    with wms.superuser() as connection:
        connection.execute("ALTER TABLE goods RENAME TO products")

    assert "task stage: up_for_retry" in str(raised.value)
    assert "ClickHouse could not read products from the WMS" in str(raised.value)
    # The next try, with the table back, ends well; joining the run that is under way sees it.
    assert client(running).run_dag(DAG, RUN_SECONDS).state == "success"


def test_alerts_are_told_once(running: Settings, receiver: Receiver) -> None:
    """Nothing ever arrived here, so data is late."""
    first, second = (client(running).run_dag("wms_stock_alerts", RUN_SECONDS) for _ in range(2))

    assert (first.state, second.state) == ("success", "success")
    assert second.note.startswith("Told: nothing new. Wrong: 2 of 5 looked at.\nДанные опаздывают: ")
    assert receiver.titles().count("⚠ Sklad: Данные опаздывают") == 1


def test_a_dag_that_does_not_exist_is_not_waited_for_for_ever(running: Settings) -> None:
    with pytest.raises(DeadlineError, match="Airflow knows the DAG no_such_dag"):
        client(running).run_dag("no_such_dag", 1)
    assert client(running).last_run("no_such_dag") is None


def test_a_wrong_password_is_refused_with_advice(running: Settings) -> None:
    with pytest.raises(ServiceError, match="AIRFLOW_PASSWORD"):
        AirflowClient(running.airflow_url, running.airflow_user, "wrong").last_run(DAG)


def test_nobody_gets_in_without_a_login(running: Settings) -> None:
    assert httpx.get(f"{running.airflow_url}/api/v2/dags", timeout=30).status_code == httpx.codes.UNAUTHORIZED


def test_bootstrap_is_quick_when_nothing_has_changed(running: Settings) -> None:
    assert bootstrap(running) < 3


def test_a_changed_password_holds_after_the_next_bootstrap(running: Settings) -> None:
    changed = running.model_copy(update={"airflow_password": "changed"})

    bootstrap(changed)

    assert token_status(running, "admin", "changed") == httpx.codes.CREATED
    assert token_status(running, "admin", running.airflow_password) == httpx.codes.UNAUTHORIZED
    bootstrap(running)


def test_an_administrator_of_an_earlier_name_is_locked_out(running: Settings) -> None:
    renamed = running.model_copy(update={"airflow_user": "boss"})

    bootstrap(renamed)

    assert token_status(running, "boss", running.airflow_password) == httpx.codes.CREATED
    assert token_status(running, running.airflow_user, running.airflow_password) == httpx.codes.UNAUTHORIZED
    bootstrap(running)
    assert token_status(running, running.airflow_user, running.airflow_password) == httpx.codes.CREATED


def test_a_pool_is_given_back_its_slots(running: Settings, postgres: Postgres) -> None:
    assert ask(running, "pools/web_layers")["slots"] == 1
    with postgres.connect("airflow") as metadata:
        metadata.execute("UPDATE slot_pool SET slots = 5 WHERE pool = 'web_layers'")

    bootstrap(running)

    assert ask(running, "pools/web_layers")["slots"] == 1
