"""Are the stock balances in ClickHouse those of the WMS? Once an hour. The work is in sklad/verify."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import dag, task
from stock import assets

DOC = """
### Stock balances: ClickHouse against the WMS, hourly
Compares every row, while both are at work: a snapshot of the WMS, ClickHouse's state rolled back to it, checksums of
buckets of keys on both sides, then the rows of those that differ. Reads the table once on each side and changes
nothing. Every run is noted in ClickHouse's `verify_runs`, and its verdict with the rows compared in the run's note; the
last one shows in `make status`. The same by hand: `make verify`.

### When it fails
- **different**: the log names the first rows with both values. `sklad verify --repair` brings exactly those right;
  then find out how they came about (`docs/operations.md`, *verify says different*).
- **could not decide**: the reason says what stood in the way: a connector that does not run, a lost slot, ClickHouse
  far behind, a load at the same time. Mend that; the next hour's run, or the ▶ button, compares again.
"""


@dag(
    schedule="7 * * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(minutes=50),
    default_args={
        "owner": "stock",
        "retries": 2,
        "retry_delay": timedelta(minutes=1),
        "retry_exponential_backoff": 2,
        "max_retry_delay": timedelta(minutes=10),
        "execution_timeout": timedelta(minutes=15),
    },
    tags=["stock", "quality"],
    doc_md=DOC,
)
def wms_stock_verify() -> None:
    """Compare."""

    @task(task_display_name="Compare every row with the WMS", inlets=[assets.STOCK_BALANCES])
    def compare() -> str:
        from stock import comparison  # noqa: PLC0415

        return comparison.compare()

    compare()


wms_stock_verify()
