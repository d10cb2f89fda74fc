"""A WMS and a ClickHouse with the same balances, and changes that reach ClickHouse when a test says so."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from clickhouse_connect.driver.client import Client

from sklad.clickhouse import migrate
from sklad.settings import load_settings
from sklad.verify.report import Report
from sklad.verify.run import compare_at
from sklad.verify.source import Snapshot, snapshot
from sklad.verify.tables import STOCK_BALANCES
from tests.integration.clickhouse import ClickHouse
from tests.integration.postgres import Postgres, Wms
from tests.integration.reference.source import source

Key = tuple[int, int]
SEED_LSN = 1000


def nothing_on_the_way() -> None:
    """For comparisons of a ClickHouse that has everything."""


@dataclass
class Pair:
    """Both sides. What a test does to one of them does not reach the other by itself."""

    wms: Wms
    admin: Client
    etl: Client
    lsn: Iterator[int] = field(default_factory=lambda: itertools.count(SEED_LSN + 1))

    def copy(self) -> None:
        """Have ClickHouse read the whole table, as a load does."""
        self.admin.command(
            "INSERT INTO stock_balances (warehouse_id, product_id, quantity, updated_at, version, is_deleted) SELECT"
            f" warehouse_id, product_id, quantity, toTimeZone(updated_at, 'UTC'), {SEED_LSN}, 0"
            " FROM postgresql(wms_postgres, table = 'stock_balances')"
        )

    def write(self, connection: psycopg.Connection, statement: str) -> int:
        """Run a statement in the WMS; returns its transaction's id as the log carries it."""
        connection.execute(statement)
        row = connection.execute("SELECT pg_current_xact_id()::text::bigint % 4294967296").fetchone()
        assert row
        return int(row[0])

    def deliver(self, op: str, key: Key, tx_id: int, before: int = 0, after: int = 0) -> None:
        """What Debezium would have sent for a change of a quantity; `updated_at` is the same everywhere."""
        self.admin.insert(
            "kafka_wms_stock_balances",
            [[next(self.lsn), *key, op, after, before, MOMENT, MOMENT, tx_id, datetime.now(UTC), datetime.now(UTC)]],
            column_names=[
                "lsn", "warehouse_id", "product_id", "op", "quantity", "quantity_before", "updated_at",
                "updated_at_before", "tx_id", "committed_at", "arrived_at",
            ],
        )  # fmt: skip

    def snapshot(self) -> Any:
        return snapshot(self.wms.dsn("etl"), STOCK_BALANCES)

    def compare(self, at: Snapshot | None = None, catch_up: Callable[[], None] = nothing_on_the_way) -> Report:
        """Compare at a snapshot that is open, or at one of now."""
        report = Report(STOCK_BALANCES, datetime.now(UTC))
        if at:
            compare_at(at, self.etl, catch_up, 1000, report)
        else:
            with self.snapshot() as now:
                compare_at(now, self.etl, catch_up, 1000, report)
        return report


MOMENT = datetime(2026, 11, 1, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture(scope="package")
def sides(postgres: Postgres, clickhouse: ClickHouse, small_csv: Path) -> Iterator[tuple[Wms, Client, Client]]:
    """A WMS without foreign keys, and a migrated ClickHouse: the administrator's client, and that of user etl."""
    clickhouse.create_tables([])
    _migrate(clickhouse)
    with (
        source(postgres, small_csv) as wms,
        clickhouse.connect("admin") as admin,
        clickhouse.connect("etl") as etl,
    ):
        with wms.superuser() as connection:
            connection.execute("ALTER TABLE stock_balances DISABLE TRIGGER set_updated_at")
        yield wms, admin, etl
    clickhouse.create_tables([])


@pytest.fixture
def pair(sides: tuple[Wms, Client, Client]) -> Pair:
    """Both sides with ten balances: warehouse 1, products 1 to 10, quantity ten times the product."""
    wms, admin, etl = sides
    with wms.superuser() as connection:
        connection.execute("TRUNCATE stock_balances")
        connection.execute(
            "INSERT INTO stock_balances SELECT 1, number, 10 * number, %s FROM generate_series(1, 10) AS number",
            [MOMENT],
        )
    for table in (
        "stock_balances",
        "kafka_wms_stock_balances",
        "stock_balances_truncates",
        "stock_balances_loads",
        "verify_runs",
    ):
        admin.command(f"TRUNCATE TABLE {table}")
    found = Pair(wms, admin, etl)
    found.copy()
    return found


def _migrate(clickhouse: ClickHouse) -> None:
    settings = load_settings().model_copy(
        update={
            "clickhouse_host": "127.0.0.1",
            "clickhouse_port": clickhouse.port,
            "clickhouse_password": "admin-secret",
        }
    )
    migrate(settings, "stock")


def kinds(report: Report) -> dict[str, int]:
    """How many differences of each kind."""
    return dict(Counter(report.counts))
