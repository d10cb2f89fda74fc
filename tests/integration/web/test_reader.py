"""What Superset's user may read of the web product, on a real engine."""

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from tests.integration.clickhouse import ClickHouse

pytestmark = pytest.mark.usefixtures("admin")

DENIED = "ACCESS_DENIED|Not enough privileges"


@pytest.fixture
def reader(clickhouse: ClickHouse) -> Client:
    """Superset's user."""
    return clickhouse.connect("bi")


@pytest.mark.parametrize(
    "read",
    [
        *(f"SELECT * FROM analytics.events_{feed}_raw" for feed in ("browser", "device", "geo", "location")),
        "SELECT * FROM analytics.erased_users",
        "SELECT payload FROM analytics.events_rejected",
        "SELECT * FROM merge('analytics', '^events_')",
    ],
)
def test_staging_and_who_was_erased_are_closed(reader: Client, read: str) -> None:
    with pytest.raises(DatabaseError, match=DENIED):
        reader.query(read)


@pytest.mark.parametrize(
    "read",
    [
        "SELECT * FROM analytics.fact_events",
        "SELECT * FROM analytics.dim_users",
        "SELECT kafka_topic, reason, count() FROM analytics.events_rejected FINAL GROUP BY ALL",
        "SELECT * FROM analytics.quality_results",
    ],
)
def test_facts_and_what_is_known_of_quality_are_open(reader: Client, read: str) -> None:
    assert reader.query(read).result_rows == []
