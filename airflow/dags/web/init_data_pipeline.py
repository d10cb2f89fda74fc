"""DAG init_data_pipeline: the four feeds from files of JSON lines into Kafka, by hand. The work is in producer.py."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowFailException
from shared.notes import note

if TYPE_CHECKING:
    from web.producer import Loaded

DOC = """
### Load the web feeds into Kafka, by hand
Produces `browser_events.jsonl`, `device_events.jsonl`, `geo_events.jsonl` and `location_events.jsonl` of
`WEB_JSONL_DIR` (`.env`) into the topics of the same names, then reads them back and compares. Users and IP addresses
leave as pseudonyms; their key is made by the first run and kept in Airflow's variable `web_pseudonym_secret`. A line
that is no record stays in its file: Kafka gets its position and the reason, which end in `analytics.events_rejected`.

Files to try it with: `python -m data_generator web`. Loading files twice does no harm: an event counts once.

### When it fails
- **load**, "is missing": no such file in `WEB_JSONL_DIR`.
- **load**, "did not take": is Kafka up (`make status`)? The retry sends the file again; what came twice counts once.
- **verify_data_load**: the message says whether the file, the number of messages or their content differs.
"""


@dag(
    schedule=None,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=6),
    default_args={
        "owner": "web",
        "retries": 2,
        "retry_delay": timedelta(seconds=15),
        "retry_exponential_backoff": 2,
        "max_retry_delay": timedelta(minutes=5),
        "execution_timeout": timedelta(minutes=120),
    },
    tags=["web", "load"],
    doc_md=DOC,
)
def init_data_pipeline() -> None:
    """Make topics, load, verify."""

    @task(task_display_name="Make what is missing of topics and key")
    def create_kafka_topics() -> None:
        from web import links  # noqa: PLC0415

        from sklad import topics  # noqa: PLC0415
        from sklad.settings import ROOT  # noqa: PLC0415

        topics.apply(links.kafka(), ROOT / "kafka" / "topics" / "web.json")
        if links.make_key():
            note("A new key of pseudonyms was made.")

    def loading(name: str) -> object:
        @task(task_id=f"load_{name}", task_display_name=f"Load {name.replace('_', ' ')}", multiple_outputs=False)
        def load(run_id: str) -> Loaded:
            from web import links, producer  # noqa: PLC0415
            from web.feeds import FEEDS  # noqa: PLC0415

            feed = FEEDS[name]
            # Its first try and its second are told apart: what the first one sent is not the second one's.
            load_id = f"{run_id} {datetime.now(UTC):%FT%T.%f}"
            try:
                return producer.load(links.source() / feed.file, feed, links.kafka(), links.pseudonyms(), load_id)
            except producer.NoSourceError as error:
                raise AirflowFailException(str(error)) from error

        return load()

    @task(task_display_name="Compare files and topics")
    def verify_data_load(loads: list[Loaded]) -> None:
        from web import links, producer  # noqa: PLC0415
        from web.feeds import FEEDS  # noqa: PLC0415

        found = [
            producer.verify(links.source() / feed.file, feed, links.kafka(), loaded)
            for feed, loaded in zip(FEEDS.values(), loads, strict=True)
        ]
        note("\n".join(found))

    loads = [loading(name) for name in ("browser_events", "device_events", "geo_events", "location_events")]
    create_kafka_topics() >> loads
    verify_data_load(loads)


init_data_pipeline()
