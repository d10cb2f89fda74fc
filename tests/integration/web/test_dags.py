"""The four DAGs in a real Airflow, one after the other: files, Kafka, staging, facts, checks."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from data_generator.web import generate
from data_generator.web_options import Faults, WebOptions
from sklad.airflow.client import AirflowClient
from sklad.errors import ServiceError
from sklad.ports import free_ports
from sklad.settings import Settings
from tests.integration.airflow import empty_metadata, running_airflow
from tests.integration.clickhouse import ClickHouse
from tests.integration.postgres import Postgres
from tests.integration.receiver import Receiver, receiving

RUN_SECONDS = 240
EVENTS = 3000


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def running(
    *,
    postgres: Postgres,
    clickhouse: ClickHouse,
    schema: Settings,
    broker: Settings,
    receiver: Receiver,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Settings]:
    """Airflow up, with both products; files to load."""
    (port,) = free_ports(1)
    settings = schema.model_copy(
        update={
            "state_dir": tmp_path_factory.mktemp("state"),
            "airflow_port": port,
            "metadata_port": postgres.port,
            "clickhouse_port": clickhouse.port,
            "clickhouse_web_password": "web-secret",
            "kafka_port": broker.kafka_port,
            "web_jsonl_dir": tmp_path_factory.mktemp("feeds"),
            "alert_urls": receiver.address,
        }
    )
    with empty_metadata(postgres, settings), running_airflow(settings):
        yield settings


def run(settings: Settings, dag: str) -> str:
    """Run a DAG to its success; returns its note."""
    client = AirflowClient(settings.airflow_url, settings.airflow_user, settings.airflow_password)
    return client.run_dag(dag, RUN_SECONDS).note


def test_files_become_facts(running: Settings, clickhouse: ClickHouse, receiver: Receiver, bootstrap: str) -> None:  # noqa: ARG001
    with pytest.raises(ServiceError, match=r"browser_events\.jsonl is missing"):
        run(running, "init_data_pipeline")

    faults = Faults(duplicates=0.02, late=0.02, malformed=0.05)
    made = generate(WebOptions(events=EVENTS, days=2, until=datetime.now(UTC), faults=faults), running.web_jsonl_dir)
    loaded = run(running, "init_data_pipeline")
    assert f"browser_events: {made.lines['browser_events']:,} lines in the file" in loaded
    assert f"{made.lines['geo_events']:,} messages in Kafka" in loaded

    # Twice: a run of the schedule that was under way, and is joined, may have begun before the load ended.
    for dag in ("streaming_to_clickhouse", "build_dwh_layer"):
        for _ in range(2):
            run(running, dag)
    with clickhouse.connect("bi", database="analytics") as reader:
        rows, events = reader.query("SELECT count(), uniqExact(event_id) FROM fact_events").result_rows[0]
        counted = reader.query("SELECT countMerge(total_events) FROM agg_events_hourly").result_rows[0][0]
        users = reader.query("SELECT sum(events) FROM dim_users").result_rows[0][0]
    assert rows == events == counted == users
    assert 0.9 * made.events < events < made.events

    # A warning is told and fails nothing: one message in twenty is no record.
    report = run(running, "data_quality_checks")
    assert "most_messages_are_records" in report
    assert "⚠ Sklad: Много неразобранных сообщений" in receiver.titles()
