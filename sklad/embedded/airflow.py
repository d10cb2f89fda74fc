"""Airflow of the embedded runtime: one environment for its three services and for the bootstrap before them."""

import json
from pathlib import Path

from dotenv import dotenv_values

from sklad.embedded.layout import Layout
from sklad.embedded.service import Need, Service
from sklad.settings import ROOT, Settings


def api_server(settings: Settings) -> Service:
    return _service(settings, "airflow-apiserver", "api-server")


def scheduler(settings: Settings) -> Service:
    # Its log server would listen on every address; the log files lie where the API server reads them itself.
    return _service(settings, "airflow-scheduler", "scheduler", "--skip-serve-logs")


def dag_processor(settings: Settings) -> Service:
    return _service(settings, "airflow-dag-processor", "dag-processor")


def bootstrap_command(settings: Settings) -> list[str]:
    """Brings the metadata database to the wanted state; run with `environment`, before the services start."""
    return [str(Layout.of(settings).airflow_python), f"{ROOT}/airflow/bootstrap.py"]


def environment(settings: Settings) -> dict[str, str]:
    """What airflow/airflow.env leaves to the runtime: addresses, folders, secrets."""
    layout = Layout.of(settings)
    shared = {key: value for key, value in dotenv_values(ROOT / "airflow" / "airflow.env").items() if value is not None}
    home = layout.data("airflow")
    return shared | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": f"{ROOT}/airflow/dags",
        "AIRFLOW__CORE__PLUGINS_FOLDER": f"{ROOT}/airflow/plugins",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": settings.metadata_uri("airflow", settings.airflow_db_password),
        "AIRFLOW__API__HOST": settings.bind_address,
        "AIRFLOW__API__PORT": str(settings.airflow_port),
        "AIRFLOW__API__BASE_URL": settings.airflow_url,
        "AIRFLOW__API__SECRET_KEY": settings.airflow_secret_key,
        "AIRFLOW__API_AUTH__JWT_SECRET": settings.airflow_jwt_secret,
        "AIRFLOW__CORE__FERNET_KEY": settings.airflow_fernet_key,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{settings.airflow_url}/execution/",
        **_connections(settings),
        "PRODUCTS": settings.products,
        "WEB_JSONL_DIR": str(settings.web_jsonl_dir),
        "ALERT_URLS": settings.alert_urls,
        "ALERT_OUT_OF_STOCK_SHARE": str(settings.alert_out_of_stock_share),
        "AIRFLOW_USER": settings.airflow_user,
        "AIRFLOW_PASSWORD": settings.airflow_password,
        # `airflow` starts helpers by name.
        "PATH": f"{layout.airflow_python.parent}:/usr/local/bin:/usr/bin:/bin",
    }


def _connections(settings: Settings) -> dict[str, str]:
    """What DAGs connect to, each as the role that its work takes."""
    wms = {"conn_type": "postgres", "host": settings.wms_host, "port": settings.wms_port, "schema": settings.wms_db}
    clickhouse = {"conn_type": "clickhouse", "host": settings.clickhouse_host, "port": settings.clickhouse_port}
    etl = {"login": "etl", "password": settings.clickhouse_etl_password, "schema": "wms"}
    web = {"login": "web", "password": settings.clickhouse_web_password, "schema": "analytics"}
    connections = {
        "CLICKHOUSE_ETL": clickhouse | etl,
        "CLICKHOUSE_WEB": clickhouse | web,
        "WMS_ETL": wms | {"login": "etl", "password": settings.wms_etl_password},
        "WMS_DEBEZIUM": wms | {"login": "debezium", "password": settings.wms_debezium_password},
        "KAFKA": {"conn_type": "generic", "host": settings.bind_address, "port": settings.kafka_port},
        "KAFKA_CONNECT": {"conn_type": "generic", "host": settings.bind_address, "port": settings.connect_port},
    }
    return {f"AIRFLOW_CONN_{name}": json.dumps(connection) for name, connection in connections.items()}


def _service(settings: Settings, name: str, *arguments: str) -> Service:
    layout = Layout.of(settings)
    home = layout.data("airflow")

    def prepare() -> None:
        home.mkdir(parents=True, exist_ok=True)
        # A process id file that a killed process left behind keeps the next one from starting.
        for stale in Path(home).glob("airflow-*.pid"):
            stale.unlink(missing_ok=True)

    return Service(
        name=name,
        command=(str(layout.airflow_python), "-m", "airflow", *arguments),
        environment=environment(settings),
        needs=(Need("the metadata database", settings.bind_address, settings.metadata_port),),
        prepare=prepare,
    )
