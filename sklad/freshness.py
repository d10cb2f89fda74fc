"""How fresh ClickHouse is: waiting for the first snapshot, and measuring commit-to-visible."""

from sklad import clickhouse
from sklad.settings import Settings
from sklad.waiting import wait_until

SNAPSHOT_SECONDS = 600
CHANGE_SECONDS = 60


def wait_for_snapshot(settings: Settings) -> str:
    """Wait until Debezium's snapshot is through: a heartbeat, which only streaming sends, has arrived behind it."""
    with clickhouse.admin_client(settings) as client:
        wait_until(
            lambda: client.query("SELECT count() FROM heartbeats").result_rows[0][0],
            "a heartbeat arrives in ClickHouse behind the first snapshot (see: make status)",
            SNAPSHOT_SECONDS,
        )
        rows = client.query("SELECT count() FROM stock_balances_v").result_rows[0][0]
    return f"{rows:,} balances"


def measure(settings: Settings) -> float:
    """Seconds from commit to visible of a heartbeat that was written after this call began."""
    with clickhouse.admin_client(settings) as client:
        began = client.query("SELECT now64(6, 'UTC')").result_rows[0][0]

        def arrived() -> list[float]:
            answer = client.query(
                "SELECT latency_seconds FROM freshness_v WHERE last_heartbeat_at > {began:DateTime64(6, 'UTC')}",
                parameters={"began": began},
            )
            return [row[0] for row in answer.result_rows]

        return wait_until(
            arrived, "a heartbeat written just now arrives in ClickHouse (see: make status)", CHANGE_SECONDS
        )[0]
