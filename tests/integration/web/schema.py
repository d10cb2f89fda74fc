"""Database analytics on a throw-away ClickHouse."""

from collections.abc import Iterator
from contextlib import contextmanager

from clickhouse_connect.driver.client import Client

from sklad.clickhouse import migrate
from sklad.settings import Settings, load_settings
from tests.integration.clickhouse import ClickHouse


@contextmanager
def analytics(clickhouse: ClickHouse) -> Iterator[Settings]:
    """The database as the migrations leave it, gone at the end; settings that lead to it."""
    settings = load_settings().model_copy(
        update={
            "clickhouse_host": "127.0.0.1",
            "clickhouse_port": clickhouse.port,
            "clickhouse_password": "admin-secret",
            "products": "stock,web",
        }
    )
    migrate(settings, "web")
    yield settings
    with clickhouse.connect("admin") as client:
        client.command("DROP DATABASE IF EXISTS analytics SYNC")


def empty(admin: Client) -> None:
    """No rows in any of its tables. `admin`: the administrator, in that database."""
    tables = "SELECT name FROM system.tables WHERE database = 'analytics' AND engine LIKE '%MergeTree'"
    for (name,) in admin.query(f"{tables} AND name != 'schema_versions'").result_rows:
        admin.command(f"TRUNCATE TABLE {name}")
