"""DAG data_quality_checks: is what we show true? Once an hour. The work is in quality.py, the checks in sql/quality."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta

from airflow.sdk import Variable, dag, task
from airflow.sdk.exceptions import AirflowFailException
from shared import notices
from shared.notes import note

# What people were told and is not over, by check.
BEGUN = "web_quality_begun"
# What each task is called, and the folders of its checks. Those of `facts` and `layers` stop builds as well.
TASKS = {
    "freshness": ("Is it fresh", ("freshness",)),
    "nulls": ("Is nothing empty", ("nulls",)),
    "duplicates": ("Is everything there once", ("duplicates", "facts")),
    "referential_integrity": ("Does everything belong together", ("referential_integrity",)),
    "consistency": ("Does it add up", ("consistency", "layers")),
}

DOC = """
### Web analytics: data quality, hourly
Runs the checks in `airflow/dags/web/sql/quality/<group>/`, keeps their results in `analytics.quality_results` and tells
`ALERT_URLS` when one begins to fail and when it is over. A check is an SQL file that returns `title`, `severity`,
`threshold`, `value` and `message`; one more file is one more check. An `error` fails its task; a `warning` is told.
What must not be built on bad facts is stopped by `build_dwh_layer` itself, with the checks in `facts` and `layers`.

### When it fails
The report's note lists what failed, with figures. `quality_results` has the history of each check.

- **records_arrive**, **no_feed_stands_still**: do producers run, and `streaming_to_clickhouse`?
- **facts_follow_staging**: does `build_dwh_layer` run?
- **most_messages_are_records**: `SELECT reason, count() FROM analytics.events_rejected GROUP BY reason` says why.
- the others: `docs/web.md`, *When a check fails*.
"""


@dag(
    schedule="@hourly",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(minutes=50),
    default_args={
        "owner": "web",
        "retries": 1,
        "retry_delay": timedelta(seconds=30),
        "retry_exponential_backoff": 2,
        "max_retry_delay": timedelta(minutes=5),
        "execution_timeout": timedelta(minutes=15),
    },
    tags=["web", "quality"],
    doc_md=DOC,
)
def data_quality_checks() -> None:
    """Check, then report."""

    def checking(name: str, title: str, groups: tuple[str, ...]) -> object:
        @task(task_id=f"check_{name}", task_display_name=title)
        def check(run_id: str) -> None:
            from web import links, quality  # noqa: PLC0415

            with links.clickhouse() as client:
                try:
                    quality.check(client, run_id, *groups)
                except quality.CheckFailedError as error:
                    # Looking again would find the same.
                    raise AirflowFailException(str(error)) from error

        return check()

    @task(task_display_name="Report what was found", trigger_rule="all_done")
    def generate_quality_report(run_id: str) -> None:
        from web import links, quality  # noqa: PLC0415

        with links.clickhouse() as client:
            results = quality.of_run(client, run_id)
        report = quality.report(results)
        note(report)
        if addresses := os.environ.get("ALERT_URLS", ""):
            notices.settle(
                quality.findings(results),
                begun=json.loads(Variable.get(BEGUN, default="{}")),
                send=notices.send_by_apprise(addresses),
                keep=lambda known: Variable.set(BEGUN, json.dumps(known, ensure_ascii=False)),
            )
        ran = {result.check_group for result in results}
        missing = sorted({group for _, groups in TASKS.values() for group in groups} - ran)
        if missing:
            raise AirflowFailException(f"These checks could not be run: {', '.join(missing)}.\n{report}")
        if any(not result.passed and result.severity == "error" for result in results):
            raise AirflowFailException(report)

    [checking(name, *about) for name, about in TASKS.items()] >> generate_quality_report()


data_quality_checks()
