"""Read the stock balances anew beside a new replication slot. By hand only. The work is in sklad/resync."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from airflow.sdk import dag, task
from shared.notes import note
from stock import assets

log = logging.getLogger(__name__)

DOC = """
### Stock balances: read anew
For a lost replication slot, or a stream that is hopelessly behind: stops the connector, makes a new slot, has
ClickHouse read the whole table and publish it in one step, lets the stream go on from the slot, compares. Readers
keep reading; the WMS is only read. A run's note has the steps it made and the rows it read. The same by hand:
`sklad resync`.

### When it fails
Nothing is half-published: what readers see is whole, old until it is new. The connector may be left stopped, so data
gets old. The log says which step failed and why; mend that and trigger the DAG again: it begins anew. Never start the
connector by hand in between: it would read the table itself and keep rows that no longer exist.
"""


@dag(
    schedule=None,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=3),
    default_args={
        "owner": "stock",
        "retries": 2,
        "retry_delay": timedelta(seconds=30),
        "retry_exponential_backoff": 2,
        "max_retry_delay": timedelta(minutes=5),
        "execution_timeout": timedelta(hours=1),
    },
    tags=["stock", "reload"],
    doc_md=DOC,
)
def wms_stock_reload() -> None:
    """Load, then compare."""

    @task(task_display_name="Read the balances beside a new slot", outlets=[assets.STOCK_BALANCES])
    def reload() -> None:
        from stock import links  # noqa: PLC0415

        from sklad.connect import SOURCE  # noqa: PLC0415
        from sklad.resync.run import resync  # noqa: PLC0415

        done: list[str] = []

        def say(line: str) -> None:
            log.info("%s", line)
            done.append(line)

        try:
            resync(links.for_resync(), SOURCE, say)
        finally:
            note(f"{'; '.join(done) or 'nothing was changed'}.")

    @task(task_display_name="Compare every row with the WMS", inlets=[assets.STOCK_BALANCES])
    def compare() -> str:
        from stock import comparison  # noqa: PLC0415

        return comparison.compare()

    reload() >> compare()


wms_stock_reload()
