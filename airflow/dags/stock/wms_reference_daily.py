"""DAG wms_reference_daily: the WMS's products, regions and warehouses, once a day. The work is in reference_load.py."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param, dag, task
from airflow.sdk.exceptions import AirflowFailException
from shared.notes import note
from stock import assets, links, reference_load

if TYPE_CHECKING:
    from airflow.sdk.execution_time.context import OutletEventAccessors

DOC = """
### Reference data of the WMS, daily
Reads `products`, `regions` and `warehouses` from the WMS into ClickHouse: **stage** (ClickHouse pulls them into
`<table>_stage`), **check** (rules as SQL files), **publish** (`EXCHANGE TABLES`). People never see a half-loaded or
empty table: until *publish*, nothing that they read is touched. Loads are noted in `reference_loads`.

Running it again at any time is safe. A run's note has the rows of each table, or why nothing was published.

### When it fails
Readers keep the last good load, so there is no hurry; meanwhile names of new products and warehouses are missing.
The failed task's log says why. Mend that, then trigger the DAG again.

- **stage**, the WMS or ClickHouse does not answer: is the WMS up, and do `WMS_HOST`, `WMS_PORT` and
  `WMS_ETL_PASSWORD` in `.env` fit it?
- **stage**, "do not fit": the WMS changed between two reads; when four tries in a row fail, rows of the WMS
  contradict each other, and the log names them.
- **check**: the log lists the bad rows; mend them in the WMS. Is a large loss of rows meant? Trigger with a larger
  `max_shrink_share`.
- **publish**, "changed after the checks": another load ran at the same time; let it end.

### Going back to the load before
Until the next load begins, the twins hold it. Run `EXCHANGE TABLES products AND products_stage` (and so on for each
table), and pause this DAG until the WMS is mended.
"""


@dag(
    schedule="@daily",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    # Two loads at once would fill the same staging tables. `publish` also finds out by itself when that happens.
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=1),
    default_args={
        "owner": "stock",
        "retries": 3,
        "retry_delay": timedelta(seconds=15),
        "retry_exponential_backoff": 2,
        "max_retry_delay": timedelta(minutes=5),
        "execution_timeout": timedelta(minutes=10),
    },
    params={
        "max_shrink_share": Param(
            0.5,
            type="number",
            minimum=0,
            maximum=1,
            title="Largest loss of rows",
            description="Share of its published rows, 0 to 1, that a table may lose in one load.",
        )
    },
    tags=["stock", "reference"],
    doc_md=DOC,
)
def wms_reference_daily() -> None:
    """Stage, check and publish the reference tables."""

    @task(task_display_name="Read the WMS into staging tables", multiple_outputs=False)
    def stage() -> dict[str, reference_load.Staged]:
        return reference_load.stage(links.clickhouse())

    @task(task_display_name="Hold them against the rules", multiple_outputs=False)
    def check(staged: dict[str, reference_load.Staged], *, params: dict[str, Any]) -> dict[str, Any]:
        try:
            reference_load.check(links.clickhouse(), params["max_shrink_share"])
        except reference_load.BadReferenceDataError as error:
            note(str(error))
            # Reading the same staged rows again can't mend them: no retry.
            raise AirflowFailException(str(error)) from error
        return staged

    @task(task_display_name="Publish them to readers", outlets=list(assets.REFERENCE.values()))
    def publish(checked: dict[str, reference_load.Staged], *, run_id: str, outlet_events: OutletEventAccessors) -> None:
        try:
            reference_load.publish(links.clickhouse(), checked, run_id)
        except reference_load.StageChangedError as error:
            note(str(error))
            raise AirflowFailException(str(error)) from error
        for table, asset in assets.REFERENCE.items():
            outlet_events[asset].extra = {"rows": checked[table]["rows"]}
        note(reference_load.summary(checked))

    publish(check(stage()))


wms_reference_daily()
