"""DAG erase_web_user: forget a user, by hand. The work is in erasure.py."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import Param, dag, task
from shared.notes import note

DOC = """
### Erase a user of the web product
Deletes all that ClickHouse keeps of a user and counts aggregates and dimensions anew. Kafka keeps the user's messages,
under the pseudonym, until its retention ends (seven days); reading them again does not bring the user back.

Give the **pseudonym**, not the user's own id, which Airflow would keep with the run. How to get from one to the other:
`docs/web.md`, *Erasing a user*.

### When it fails
ClickHouse does not answer, or deleting takes longer than an hour: trigger it again; it goes on with what is left.
"""


@dag(
    schedule=None,
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
        # Not beside a build: that would write again what is deleted here.
        "pool": "web_layers",
    },
    params={"pseudonym": Param(type="string", title="Pseudonym of the user", pattern="^[0-9a-f-]{36}$")},
    tags=["web", "erasure"],
    doc_md=DOC,
)
def erase_web_user() -> None:
    """Erase."""

    @task(task_display_name="Erase the user")
    def erase(params: dict[str, Any]) -> None:
        from uuid import UUID  # noqa: PLC0415

        from web import erasure, links  # noqa: PLC0415

        with links.clickhouse() as client:
            note(erasure.erase(client, UUID(params["pseudonym"])))

    erase()


erase_web_user()
