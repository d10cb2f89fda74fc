"""DAG streaming_to_clickhouse: from the four topics into staging, every five minutes. The work is in consumer.py."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param, dag, task
from shared.notes import note

if TYPE_CHECKING:
    from web.consumer import Consumed

# A run ends before the next one is due; what is left is the next one's.
SECONDS = 240

DOC = """
### Web feeds: from Kafka into staging, every five minutes
Reads each topic from the offsets of its consumer group (`analytics.<topic>`) and inserts batches into ClickHouse, which
judges each message: records go to `events_*_raw`, what is none to `events_rejected`, with position and reason. Offsets
are committed behind the insert; what is read twice collapses by its position. A backlog is taken in over several runs.

### When it fails
- **consume**, "Was it deleted?": the topic is gone; `make up` makes it anew. What is in staging stays.
- **consume**, Kafka or ClickHouse does not answer: mend that; the next run goes on from the last commit.
- **validate_ingestion**, "in neither": staging lacks messages that were read. Trigger the DAG with `replay`.
- A note says LOST: Kafka deleted messages before they were read (seven days). Load their files again.
"""


@dag(
    schedule="*/5 * * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(minutes=30),
    default_args={
        "owner": "web",
        "retries": 2,
        "retry_delay": timedelta(seconds=15),
        "retry_exponential_backoff": 2,
        "max_retry_delay": timedelta(minutes=5),
        "execution_timeout": timedelta(minutes=10),
    },
    params={
        "replay": Param(
            False,
            type="boolean",
            title="Read everything again",
            description="Begin with the oldest messages that Kafka has. Nothing counts twice.",
        )
    },
    tags=["web", "staging"],
    doc_md=DOC,
)
def streaming_to_clickhouse() -> None:
    """Consume each topic, then validate."""

    def consuming(name: str) -> object:
        @task(task_id=f"consume_{name}", task_display_name=f"Take in {name.replace('_', ' ')}", multiple_outputs=False)
        def consume(params: dict[str, Any]) -> Consumed:
            from web import consumer, links  # noqa: PLC0415
            from web.feeds import FEEDS  # noqa: PLC0415

            with links.clickhouse() as client:
                return consumer.consume(FEEDS[name], links.kafka(), client, seconds=SECONDS, replay=params["replay"])

        return consume()

    @task(task_display_name="Hold staging against what was read")
    def validate_ingestion(runs: list[Consumed]) -> None:
        from web import consumer, links, statements  # noqa: PLC0415
        from web.feeds import FEEDS  # noqa: PLC0415

        with links.clickhouse() as client:
            found = [
                consumer.validate(client, feed, consumed, statements.text("consumed"))
                for feed, consumed in zip(FEEDS.values(), runs, strict=True)
            ]
        note("\n".join(found))

    validate_ingestion(
        [consuming(name) for name in ("browser_events", "device_events", "geo_events", "location_events")]
    )


streaming_to_clickhouse()
