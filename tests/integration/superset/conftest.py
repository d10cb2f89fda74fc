"""The tables on a real engine, and the datasets' queries run as Superset runs them: by `bi`, as subqueries."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from sklad.clickhouse import views_in_order
from tests.integration.clickhouse import STOCK, ClickHouse
from tests.integration.superset.parser import asked_by_superset, at_moment
from tests.integration.web.schema import analytics, empty

# What the queries read, and the way in for changes: no more, so that a test starts in a moment. Views come after what
# they read.
SCHEMA = (
    "migrations/0001_create_stock_balances_log.sql",
    "migrations/0002_create_reference_tables.sql",
    "migrations/0003_create_stock_balances.sql",
    "migrations/0004_create_stock_truncates.sql",
    "migrations/0005_create_heartbeats.sql",
    "migrations/0006_create_ingest_errors.sql",
    "migrations/0007_create_stock_balances_inbox.sql",
    "migrations/0008_create_stock_balances_log_mv.sql",
    "migrations/0009_create_stock_balances_mv.sql",
    "migrations/0010_create_stock_truncates_mv.sql",
    "migrations/0020_create_verify_runs.sql",
    "migrations/0021_create_stock_balances_loads.sql",
    "migrations/0023_create_freshness_minutes.sql",
    "migrations/0024_create_slot_health.sql",
    "migrations/0025_alter_stock_balances_loads.sql",
    "migrations/0080_create_stock_activity.sql",
    "migrations/0081_create_stock_activity_mv.sql",
    "migrations/0082_create_stock_bands.sql",
    "migrations/0083_create_stock_bands_mv.sql",
    "migrations/0084_alter_stock_activity.sql",
    "migrations/0085_create_stock_activity_mv.sql",
    "migrations/0086_create_stock_bands_with_shelves.sql",
    "migrations/0088_create_stock_hours.sql",
    "migrations/0089_create_stock_hours_mv.sql",
    "migrations/0093_create_stock_bands_for_sums.sql",
    "migrations/0094_create_stock_activity_mv_anew.sql",
    "migrations/0095_create_stock_turnover.sql",
    "migrations/0096_create_stock_turnover_mv.sql",
    "migrations/0097_alter_stock_activity_codecs.sql",
    "migrations/0099_create_stock_activity_mv_anew.sql",
    *(f"views/{file.name}" for file in views_in_order(STOCK / "views")),
)

Rows = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="package")
def web_schema(clickhouse: ClickHouse) -> Iterator[None]:
    """The web product's tables."""
    with analytics(clickhouse):
        yield


@pytest.fixture
def no_web_events(web_schema: None, clickhouse: ClickHouse) -> None:  # noqa: ARG001 - tables first
    """The web product's tables, empty."""
    with clickhouse.connect("admin", database="analytics") as client:
        empty(client)


@pytest.fixture
def admin(clickhouse: ClickHouse) -> Iterator[Client]:
    """The administrator, in a database with empty tables."""
    clickhouse.create_tables(SCHEMA)
    with clickhouse.connect("admin") as client:
        yield client


@pytest.fixture
def rows(admin: Client, clickhouse: ClickHouse) -> Iterator[Rows]:
    """rows(dataset, join_use_nulls=0, moment=None): what a stock dataset's query returns for the user that
    Superset is, row by row.

    Without the sets (#…), which are for metrics alone. `moment`: the one that the dashboard's filter chose.

    That user can't change settings: with join_use_nulls=1 the administrator asks.
    """
    with clickhouse.connect("bi") as client:

        def read(dataset: str, join_use_nulls: int = 0, moment: str | None = None) -> list[dict[str, Any]]:
            query = at_moment(asked_by_superset()[f"stock/{dataset}"], moment)
            wrapped = f"SELECT * EXCEPT '^#' FROM (\n{query}\n) AS virtual_table ORDER BY ALL"
            if join_use_nulls:
                return list(admin.query(wrapped, settings={"join_use_nulls": 1}).named_results())
            return list(client.query(wrapped).named_results())

        yield read
