"""DAG build_dwh_layer: facts, aggregates, dimensions out of staging, every quarter of an hour. See layers.py."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import Param, dag, task
from airflow.sdk.exceptions import AirflowFailException
from shared.notes import note

DOC = """
### Web analytics: facts, aggregates, dimensions, every fifteen minutes
- **build_fact_events** joins what has arrived since the last build into `fact_events`, each event once; a part that
  comes late completes its event. Then it counts the changed days anew in the aggregates (`layers.AGGREGATES`), unless a
  check in `sql/quality/facts/` fails.
- **update_dim_users**, **update_dim_geo** count the dimensions anew when facts have changed, and users' retention.
- **optimize_tables** removes facts that a fuller row has replaced, so that reading without FINAL is exact.
- **verify_dwh_layer** runs the checks in `sql/quality/layers/`; only when they pass, **clear_staging_old_data** deletes
  staged records older than seven days whose events are complete.

Every step may be run again. To build a time anew, trigger with `since`: what has arrived since then is built again.
Were facts damaged, delete those first.

### When it fails
- a **check**: the log has what was found and where; readers keep the aggregates and dimensions of the last good build.
  Mend the facts (see above) and trigger the DAG again.
- anything else: ClickHouse does not answer, or memory is short; the next run goes on where this one stopped.
"""


@dag(
    schedule="*/15 * * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=3),
    default_args={
        "owner": "web",
        "retries": 2,
        "retry_delay": timedelta(seconds=30),
        "retry_exponential_backoff": 2,
        "max_retry_delay": timedelta(minutes=5),
        "execution_timeout": timedelta(minutes=60),
        "pool": "web_layers",
    },
    params={
        "since": Param(
            None,
            type=["null", "string"],
            format="date-time",
            title="Build again what has arrived since",
            description="Empty: since the last build.",
        )
    },
    tags=["web", "dwh"],
    doc_md=DOC,
)
def build_dwh_layer() -> None:
    """Facts, aggregates, dimensions, then what depends on them."""

    @task(task_display_name="Build facts and aggregates")
    def build_fact_events(params: dict[str, Any], run_id: str) -> None:
        from web import layers, links, quality  # noqa: PLC0415

        since = datetime.fromisoformat(params["since"]) if params["since"] else None
        with links.clickhouse() as client:
            built = layers.build_facts(client, since)
            note(str(built))
            try:
                quality.check(client, run_id, "facts")
            except quality.CheckFailedError as error:
                note(f"{built}\nNo aggregates and no dimensions are built on it: {error}")
                raise AirflowFailException(str(error)) from error
            note(f"{built}\n{layers.build_aggregates(client)}")

    def update(*names: str) -> None:
        from web import layers, links  # noqa: PLC0415

        with links.clickhouse() as client:
            note("\n".join(str(layers.build_whole(client, layer)) for layer in names))

    @task(task_display_name="Count users anew")
    def update_dim_users() -> None:
        update("users", "retention")

    @task(task_display_name="Count places anew")
    def update_dim_geo() -> None:
        update("geo")

    @task(task_display_name="Remove replaced facts")
    def optimize_tables() -> None:
        from web import layers, links  # noqa: PLC0415

        with links.clickhouse() as client:
            layers.optimize(client)

    @task(task_display_name="Check all layers")
    def verify_dwh_layer(run_id: str) -> None:
        from web import links, quality  # noqa: PLC0415

        with links.clickhouse() as client:
            try:
                results = quality.check(client, run_id, "layers")
            except quality.CheckFailedError as error:
                note(f"Staging is not cleared: {error}")
                raise AirflowFailException(str(error)) from error
        note(quality.report(results))

    @task(task_display_name="Clear old staging")
    def clear_staging_old_data() -> None:
        from web import layers, links  # noqa: PLC0415

        with links.clickhouse() as client:
            note(layers.clear_staging(client))

    built = build_fact_events()
    verified = verify_dwh_layer()
    built >> [update_dim_users(), update_dim_geo()] >> optimize_tables() >> verified >> clear_staging_old_data()


build_dwh_layer()
