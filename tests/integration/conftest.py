"""One throw-away PostgreSQL and one throw-away ClickHouse for all integration tests, linked as in the stack.

The engine reads the database REFERENCE_DATABASE through wms_postgres. It has one database, `wms`: each folder of tests
makes in it what it needs.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree

import pytest

from data_generator.stock import generate
from data_generator.stock_options import StockOptions
from sklad.ports import free_ports
from tests.integration.clickhouse import ClickHouse, running_clickhouse
from tests.integration.postgres import PASSWORDS, REFERENCE_DATABASE, Postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    # A short path: a socket's is limited to 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="sklad-pg-"))
    (port,) = free_ports(1)
    server = Postgres(folder, port)
    try:
        server.create()
        server.start()
        yield server
        server.stop()
    finally:
        rmtree(folder)


@pytest.fixture(scope="session")
def small_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seed data of 4 warehouses and 50 products. Not to be changed: copy it first."""
    folder = tmp_path_factory.mktemp("csv")
    generate(StockOptions(regions=2, warehouses=4, products=50), folder)
    return folder


@pytest.fixture(scope="session")
def clickhouse(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    links = {
        "WMS_HOST": "127.0.0.1",
        "WMS_PORT": str(postgres.port),
        "WMS_DB": REFERENCE_DATABASE,
        "WMS_ETL_PASSWORD": PASSWORDS["WMS_ETL_PASSWORD"],
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",  # nobody listens: consumers wait
    }
    with running_clickhouse(tmp_path_factory.mktemp("clickhouse"), links) as server:
        yield server
