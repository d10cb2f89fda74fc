"""`make up` without Docker: the steps from nothing to a live dashboard, and what each builds on."""

import hashlib
import subprocess
import sys
from functools import partial
from pathlib import Path

import psycopg
from clickhouse_connect.driver.client import Client
from psycopg import sql
from rich.console import Console

from sklad import clickhouse, topics
from sklad.airflow.client import AirflowClient
from sklad.connect import ConnectClient
from sklad.embedded import airflow, install, postgres, preflight, services, superset
from sklad.embedded.layout import Layout
from sklad.embedded.service import base_environment
from sklad.embedded.supervision import Supervisor
from sklad.errors import ServiceError
from sklad.freshness import measure, wait_for_snapshot
from sklad.settings import ROOT, Settings
from sklad.steps import Step, run_steps
from sklad.superset.client import import_assets
from sklad.waiting import answers, listens, wait_until

PRODUCT = "stock"
CONNECTORS = ROOT / "kafka" / "connectors" / "postgresql"
START_SECONDS = 180


class Startup:
    """One run of `make up`. Every step may be run again at any time: it adds what is missing."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.supervisor = Supervisor(settings)
        self.layout = Layout.of(settings)

    def run(self, console: Console) -> None:
        """Run all steps. Raises the first failure."""
        run_steps(self.steps(), console)

    def steps(self) -> list[Step]:
        """The table of contents."""
        settings = self.settings
        steps = [
            Step("Pre-flight checks", lambda: preflight.check(settings)),
            Step("Install Kafka", lambda: install.kafka(settings), ["Pre-flight checks"]),
            Step("Install Debezium", lambda: install.debezium(settings), ["Pre-flight checks"]),
            Step("Install Superset", lambda: install.superset(settings), ["Pre-flight checks"]),
            Step("Install Airflow", lambda: install.airflow(settings), ["Pre-flight checks"]),
            Step("Supervisor", self.supervise, ["Pre-flight checks"]),
            Step("WMS: tables and seed data", self.wms, ["Supervisor"]),
            Step("Metadata databases", self.metadata, ["Supervisor"]),
            Step("ClickHouse", self.clickhouse, ["Supervisor"]),
            Step("Kafka and its topics", self.kafka, ["Supervisor", "Install Kafka"]),
            Step("ClickHouse: tables and views", self.schema, ["ClickHouse", "Kafka and its topics"]),
            Step("Kafka Connect", self.connect, ["Kafka and its topics", "Install Debezium"]),
            Step("Connector wms.stock_balances", self.connector, ["Kafka Connect", "WMS: tables and seed data"]),
            Step("Superset: metadata", self.superset_bootstrap, ["Metadata databases", "Install Superset"]),
            Step("Superset", self.superset, ["Superset: metadata"]),
            Step("Superset: dashboards", self.dashboards, ["Superset", "ClickHouse: tables and views"]),
            Step("Airflow: metadata", self.airflow_bootstrap, ["Metadata databases", "Install Airflow"]),
            Step("Airflow", self.airflow, ["Airflow: metadata"]),
            Step(
                "Reference data: first load",
                self.reference_data,
                ["Airflow", "ClickHouse: tables and views", "WMS: tables and seed data"],
            ),
            Step(
                "First snapshot in ClickHouse",
                self.snapshot,
                ["Connector wms.stock_balances", "ClickHouse: tables and views"],
            ),
        ]
        if "live" in services.names(settings):
            steps.append(Step("Live workload", self.live, ["First snapshot in ClickHouse"]))
        last = [step.name for step in steps]
        return [*steps, Step("Check: a change arrives", self.check, last)]

    def supervise(self) -> str:
        """Boot supervisord. Settings or engines that changed since it was booted take effect by a restart of all."""
        self.layout.run.mkdir(mode=0o700, parents=True, exist_ok=True)
        stamp = self.layout.run / "definition"
        definition = _definition(self.settings)
        if self.supervisor.is_running():
            if stamp.exists() and stamp.read_text() == definition:
                return "was running"
            self.supervisor.stop()
        self.supervisor.boot()
        stamp.write_text(definition)
        return ""

    def wms(self) -> str:
        settings = self.settings
        if settings.wms_external:
            return _check_external_wms(settings)
        self._start_postgres("wms")
        names = ("WMS_USER", "WMS_PASSWORD", "WMS_DEBEZIUM_PASSWORD", "WMS_ETL_PASSWORD", "WMS_APP_PASSWORD")
        environment = settings.as_environment()
        _call(
            [f"{ROOT}/wms/on_start.sh"],
            postgres.administrator_environment(settings, "wms")
            | {name: environment[name] for name in names}
            | {"PGDATABASE": settings.wms_db},
        )
        with psycopg.connect(settings.wms_dsn("etl", settings.wms_etl_password)) as connection:
            count = connection.execute("SELECT count(*) FROM stock_balances").fetchone()
        return f"{count[0]:,} balances" if count else ""

    def metadata(self) -> None:
        settings = self.settings
        self._start_postgres("metadata")
        owners = {"airflow": settings.airflow_db_password, "superset": settings.superset_db_password}
        with postgres.administrator_connection(settings, "metadata") as connection:
            for owner, password in owners.items():
                _own_database(connection, owner, password)

    def kafka(self) -> str:
        self._start("kafka", self.settings.kafka_port)
        created = topics.apply(self.settings.kafka_bootstrap_servers, ROOT / "kafka" / "topics" / f"{PRODUCT}.json")
        return f"{created} topics created" if created else ""

    def clickhouse(self) -> None:
        self._start_web("clickhouse", f"{self.settings.clickhouse_url}/ping")

    def schema(self) -> str:
        ran = clickhouse.migrate(self.settings, PRODUCT)
        return f"{ran} migrations" if ran else ""

    def connect(self) -> None:
        self._start("connect", self.settings.connect_port)
        client = ConnectClient(self.settings.connect_url)
        wait_until(client.is_ready, f"Kafka Connect answers on {self.settings.connect_url}", START_SECONDS)

    def connector(self) -> None:
        client = ConnectClient(self.settings.connect_url)
        client.apply(CONNECTORS / "stock_balances.json")

    def airflow_bootstrap(self) -> None:
        self.layout.data("airflow").mkdir(parents=True, exist_ok=True)
        _call(
            airflow.bootstrap_command(self.settings),
            base_environment(self.layout.state) | airflow.environment(self.settings),
        )

    def airflow(self) -> None:
        for name in ("airflow-scheduler", "airflow-dag-processor"):
            self.supervisor.start(name)
        self._start_web("airflow-apiserver", f"{self.settings.airflow_url}/execution/health")

    def reference_data(self) -> str:
        settings = self.settings
        with clickhouse.admin_client(settings) as client:
            loaded = _products(client)
        if loaded:
            return f"{loaded:,} products from the last load"
        airflow_client = AirflowClient(settings.airflow_url, settings.airflow_user, settings.airflow_password)
        airflow_client.run_dag("wms_reference_daily", seconds=START_SECONDS)
        with clickhouse.admin_client(settings) as client:
            return f"{_products(client):,} products"

    def superset_bootstrap(self) -> None:
        self.layout.data("superset").mkdir(parents=True, exist_ok=True)
        _call(
            superset.bootstrap_command(self.settings),
            base_environment(self.layout.state) | superset.environment(self.settings),
        )

    def superset(self) -> None:
        self._start_web("superset", f"{self.settings.superset_url}/health")

    def dashboards(self) -> str:
        settings = self.settings
        return str(
            import_assets(
                base_url=settings.superset_url,
                user=settings.superset_user,
                password=settings.superset_password,
                clickhouse_host=settings.clickhouse_host,
                clickhouse_port=settings.clickhouse_port,
                bi_password=settings.clickhouse_bi_password,
            )
        )

    def snapshot(self) -> str:
        return wait_for_snapshot(self.settings)

    def live(self) -> str:
        self.supervisor.start("live")
        return f"{self.settings.live_rate:g} changes/s"

    def check(self) -> str:
        return f"commit to visible {measure(self.settings):.2f} s"

    def _start(self, name: str, port: int) -> None:
        self.supervisor.start(name)
        host = self.settings.bind_address
        self.supervisor.wait_ready(name, lambda: listens(host, port), f"{name} listens on port {port}", START_SECONDS)

    def _start_postgres(self, name: str) -> None:
        self.supervisor.start(name)
        ready = partial(postgres.accepts_connections, self.settings, name)
        self.supervisor.wait_ready(name, ready, f"PostgreSQL cluster {name} accepts connections", START_SECONDS)

    def _start_web(self, name: str, health_url: str) -> None:
        self.supervisor.start(name)
        self.supervisor.wait_ready(name, lambda: answers(health_url), f"{name} answers on {health_url}", START_SECONDS)


def _products(client: Client) -> int:
    return int(client.query("SELECT count() FROM products").result_rows[0][0])


def _definition(settings: Settings) -> str:
    """A digest of what decides how the services run: settings, lock files, this interpreter."""
    digest = hashlib.sha256(sys.executable.encode())
    for name, value in sorted(settings.as_environment().items()):
        digest.update(f"{name}={value}\n".encode())
    for lock in sorted(
        (*ROOT.glob("*/requirements.lock"), *ROOT.glob("requirements/*.lock"), *ROOT.glob("kafka/jars/*/*.lock.toml"))
    ):
        digest.update(lock.read_bytes())
    return digest.hexdigest()


def _own_database(connection: psycopg.Connection, owner: str, password: str) -> None:
    role = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [owner])
    verb = sql.SQL("ALTER ROLE {}" if role.rowcount else "CREATE ROLE {}")
    connection.execute(
        sql.SQL(" ").join([verb.format(sql.Identifier(owner)), sql.SQL("LOGIN PASSWORD {}").format(password)])
    )
    if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [owner]).rowcount:
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(owner), sql.Identifier(owner)))


def _check_external_wms(settings: Settings) -> str:
    """A WMS that isn't ours: can it be captured from? Raises ServiceError that names what is missing."""
    try:
        with psycopg.connect(
            settings.wms_dsn("debezium", settings.wms_debezium_password), connect_timeout=10
        ) as connection:
            row = connection.execute(
                "SELECT current_setting('wal_level'), count(*) FROM pg_publication_tables WHERE pubname = 'sklad_stock'"
            ).fetchone()
    except psycopg.OperationalError as error:
        raise ServiceError(
            f"the WMS at {settings.wms_host}:{settings.wms_port} refuses role debezium: {str(error).strip()}\n"
            'Check WMS_HOST, WMS_PORT, WMS_DB and WMS_DEBEZIUM_PASSWORD; README, "Your own WMS", has the steps.'
        ) from error
    wal_level, published = row or ("", 0)
    if wal_level != "logical":
        raise ServiceError(
            f"the WMS at {settings.wms_host} has wal_level={wal_level}. Set wal_level=logical there and restart it."
        )
    if not published:
        raise ServiceError(
            f'the WMS at {settings.wms_host} has no publication sklad_stock. README, "Your own WMS", has the steps.'
        )
    return f"external, {settings.wms_host}:{settings.wms_port}"


def _call(command: list[str], environment: dict[str, str]) -> None:
    """Run a program to its end. Raises ServiceError with what it printed if it fails."""
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip())[-3000:]
        raise ServiceError(f"{Path(command[-1]).relative_to(ROOT)} failed (exit code {done.returncode}):\n{said}")
