"""How fresh ClickHouse is: waiting for the first snapshot, and measuring commit-to-visible."""

from collections.abc import Callable

import psycopg

from sklad import clickhouse
from sklad.settings import Settings
from sklad.waiting import wait_until

SNAPSHOT_SECONDS = 600
CHANGE_SECONDS = 60


def wait_for_snapshot(settings: Settings, watch: Callable[[], None]) -> str:
    """Wait until the first snapshot is through: streaming has begun, and ClickHouse has as many balances as the WMS.

    A heartbeat alone, which only streaming sends, does not prove it: it travels on a topic of its own.

    Args:
        watch: called while it waits; raises what makes further waiting vain.
    """
    dsn = settings.wms_dsn("etl", settings.wms_etl_password)
    with clickhouse.admin_client(settings) as client, psycopg.connect(dsn, autocommit=True) as wms:

        def complete() -> int | None:
            watch()
            wanted = wms.execute("SELECT count(*) FROM stock_balances").fetchall()[0][0]
            beats, balances = client.query(
                "SELECT (SELECT count() FROM heartbeats), (SELECT count() FROM stock_balances_v)"
            ).result_rows[0]
            return balances + 1 if beats and balances >= wanted else None  # an empty table is complete too

        rows = wait_until(
            complete, "the first snapshot arrives in ClickHouse (see: make status)", SNAPSHOT_SECONDS, pause=1
        )
    return f"{rows - 1:,} balances"


def measure(settings: Settings, watch: Callable[[], None]) -> float:
    """Seconds from commit to visible of a heartbeat that was written after this call began; `watch` as above."""
    with clickhouse.admin_client(settings) as client:
        began = client.query("SELECT now64(6, 'UTC')").result_rows[0][0]

        def arrived() -> list[float]:
            watch()
            answer = client.query(
                "SELECT latency_seconds FROM freshness_v WHERE last_heartbeat_at > {began:DateTime64(6, 'UTC')}",
                parameters={"began": began},
            )
            return [row[0] for row in answer.result_rows]

        return wait_until(
            arrived, "a heartbeat written just now arrives in ClickHouse (see: make status)", CHANGE_SECONDS
        )[0]
