"""The whole schema of the stock product on an engine that was empty, as `make up` makes it; nobody answers as Kafka."""

from collections.abc import Iterator
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from sklad.clickhouse import migrate, open_sink
from sklad.settings import Settings, load_settings
from tests.integration import golden
from tests.integration.clickhouse import STOCK, ClickHouse, statements

# With the table that is inserted into on the way; the view behind it is the one behind ClickHouse's own consumer, too.
FILES = (
    *sorted((STOCK / "migrations").glob("*.sql")),
    *sorted((STOCK / "sinks" / "inserts").glob("*.sql")),
    *sorted((STOCK / "sinks").glob("*.sql")),
)


@pytest.fixture(scope="package")
def settings(clickhouse: ClickHouse) -> Settings:
    """Settings that lead to the throw-away ClickHouse."""
    return load_settings().model_copy(
        update={
            "clickhouse_host": "127.0.0.1",
            "clickhouse_port": clickhouse.port,
            "clickhouse_password": "admin-secret",
            "change_log_retention_days": 90,
            "sink": "engine",
        }
    )


@pytest.fixture(scope="package")
def migrated(clickhouse: ClickHouse, settings: Settings) -> Iterator[Client]:
    """The administrator, in database wms as migrations, sink, policies and views leave it."""
    clickhouse.create_tables([])
    migrate(settings, "stock")
    open_sink(settings, "stock")
    with clickhouse.connect("admin") as client:
        yield client
    clickhouse.create_tables([])


@pytest.fixture
def stock(migrated: Client) -> Client:
    """The same, with empty tables."""
    tables = "SELECT name FROM system.tables WHERE database = 'wms' AND engine LIKE '%MergeTree'"
    for (name,) in rows(migrated, f"{tables} AND name != 'schema_versions'"):
        migrated.command(f"TRUNCATE TABLE {name}")
    return migrated


@pytest.fixture(scope="module")
def scratch(clickhouse: ClickHouse) -> Iterator[Client]:
    """A database with all tables and views, fed through stock_balances_queue by INSERT."""
    with clickhouse.connect("admin", database="default") as client:
        client.command("CREATE DATABASE scratch")
    with clickhouse.connect("admin", database="scratch") as client:
        for file in FILES:
            for statement in statements(file):
                client.command(statement)
        yield client
        client.command("DROP DATABASE scratch SYNC")


@pytest.fixture
def empty(scratch: Client) -> Client:
    """The same, with empty tables."""
    for table in ("kafka_wms_stock_balances", "ingest_errors", "heartbeats"):
        scratch.command(f"TRUNCATE TABLE {table}")
    return scratch


def rows(client: Client, query: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """What a query returns."""
    return [tuple(row) for row in client.query(query, parameters=parameters).result_rows]


def made_schema(client: Client) -> str:
    """All that is in the database, as schema.golden.sql has it."""
    return golden.made_schema(client, "stock")
