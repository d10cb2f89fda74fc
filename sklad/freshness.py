"""How fresh ClickHouse is: waiting for the first snapshot, and measuring commit-to-visible."""

from collections.abc import Callable

import psycopg

from sklad import clickhouse
from sklad.errors import DeadlineError
from sklad.settings import Settings
from sklad.waiting import wait_until

# A big table takes as long as it takes; nothing new for so long means that it stands still.
SNAPSHOT_STANDS_STILL_SECONDS = 300
CHANGE_SECONDS = 60


def wait_for_snapshot(settings: Settings, watch: Callable[[], None]) -> str:
    """Wait until the first snapshot is through: streaming has begun, and ClickHouse has as many balances as the WMS.

    A heartbeat alone, which only streaming sends, does not prove it: it travels on a topic of its own.

    Args:
        watch: called while it waits; raises what makes further waiting vain.
    """
    dsn = settings.wms_dsn("etl", settings.wms_etl_password)
    with clickhouse.admin_client(settings) as client, psycopg.connect(dsn, autocommit=True) as wms:

        def balances() -> int:
            return int(client.query("SELECT count() FROM stock_balances_v").result_rows[0][0])

        def complete() -> bool:
            watch()
            if not client.command("SELECT count() FROM heartbeats"):
                return False
            wanted = wms.execute("SELECT count(*) FROM stock_balances").fetchall()[0][0]
            return balances() >= int(wanted)

        what = "the first snapshot arrives in ClickHouse (see: make status)"
        before = -1
        while True:
            try:
                wait_until(complete, what, SNAPSHOT_STANDS_STILL_SECONDS, pause=1)
            except DeadlineError:
                if (arrived := balances()) == before:
                    raise
                before = arrived
            else:
                return f"{balances():,} balances"


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
