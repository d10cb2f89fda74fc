"""A throw-away WMS and ClickHouse, linked as in the stack: the engine reads the WMS through wms_postgres."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client

from sklad.waiting import listens, wait_until

# The same throw-away PostgreSQL that the WMS's own tests run on.
from tests.integration.wms.conftest import PASSWORDS, Server, Wms, server, small_csv  # noqa: F401 - fixtures

ROOT = Path(__file__).resolve().parents[3]
STOCK = ROOT / "clickhouse" / "stock"
DATABASE = "wms_reference"
START_SECONDS = 60
# Only what the load touches: the rest of the schema wants a Kafka.
SCHEMA = (
    "migrations/0002_create_reference_tables.sql",
    "migrations/0003_create_stock_balances.sql",
    "migrations/0004_create_stock_truncates.sql",
    "views/stock_balances_v.sql",
)


@dataclass(frozen=True)
class ClickHouse:
    """A running server and how to get in."""

    port: int

    def connect(self, user: str, database: str = "wms") -> Client:
        return clickhouse_connect.get_client(
            host="127.0.0.1",
            port=self.port,
            username=user,
            password=f"{user}-secret",
            database=database,
            autogenerate_session_id=False,
        )


@pytest.fixture(scope="session")
def clickhouse(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:  # noqa: F811
    folder = tmp_path_factory.mktemp("clickhouse")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "WMS_HOST": "127.0.0.1",
        "WMS_PORT": str(server.port),
        "WMS_DB": DATABASE,
        "WMS_ETL_PASSWORD": PASSWORDS["WMS_ETL_PASSWORD"],
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "CLICKHOUSE_PASSWORD": "admin-secret",
        "CLICKHOUSE_ETL_PASSWORD": "etl-secret",
        "CLICKHOUSE_BI_PASSWORD": "bi-secret",
        "CLICKHOUSE_MEMORY_BYTES": str(1_000_000_000),
    }
    command = [sys.executable, "-m", "sklad.clickhouse_server", "--port", str(port), "--data-dir", str(folder / "data")]
    configuration = [f"--config={ROOT}/embedded/clickhouse/config.xml", f"--users={ROOT}/clickhouse/users.d/sklad.xml"]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, *configuration], cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        wait_until(lambda: listens("127.0.0.1", port), f"ClickHouse listens (log: {folder}/server.log)", START_SECONDS)
        yield ClickHouse(port)
    finally:
        process.terminate()
        process.wait(timeout=30)


def create_tables(clickhouse: ClickHouse) -> None:
    """The database wms, with empty tables."""
    with clickhouse.connect("admin", database="default") as client:
        client.command("DROP DATABASE IF EXISTS wms SYNC")
        client.command("CREATE DATABASE wms")
    with clickhouse.connect("admin") as client:
        for name in SCHEMA:
            for statement in (STOCK / name).read_text().split(";\n"):
                if statement.strip():
                    client.command(statement)


@contextmanager
def source(server: Server, csv: Path) -> Iterator[Wms]:  # noqa: F811
    """A WMS of 2 regions, 4 warehouses, 50 products. Its constraints are dropped, so that faults can be planted."""
    wms = Wms(server, DATABASE, csv)
    result = wms.on_start()
    assert result.returncode == 0, result.stderr
    with wms.superuser() as connection:
        for statement in (
            "ALTER TABLE warehouses DROP CONSTRAINT warehouses_region_id_fkey",
            "ALTER TABLE stock_balances DROP CONSTRAINT stock_balances_product_id_fkey",
            "ALTER TABLE stock_balances DROP CONSTRAINT stock_balances_warehouse_id_fkey",
            "ALTER TABLE products DROP CONSTRAINT products_product_name_check, DROP CONSTRAINT products_pkey CASCADE",
            "ALTER TABLE products ALTER product_name DROP NOT NULL",
        ):
            connection.execute(statement)
    try:
        yield wms
    finally:
        with server.connect("postgres") as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{DATABASE}" WITH (FORCE)')


@pytest.fixture
def wms(server: Server, small_csv: Path) -> Iterator[Wms]:  # noqa: F811
    with source(server, small_csv) as wms:
        yield wms


@pytest.fixture
def admin(clickhouse: ClickHouse) -> Iterator[Client]:
    """The administrator, in a database with empty tables."""
    create_tables(clickhouse)
    with clickhouse.connect("admin") as client:
        yield client


@pytest.fixture
def etl(admin: Client, clickhouse: ClickHouse) -> Iterator[Client]:  # noqa: ARG001 - tables first
    """The user that Airflow loads as."""
    with clickhouse.connect("etl") as client:
        yield client


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The load's module, found as Airflow finds it: in its DAG folder."""
    monkeypatch.syspath_prepend(str(ROOT / "airflow" / "dags"))
    from stock import reference_load  # noqa: PLC0415

    return reference_load
