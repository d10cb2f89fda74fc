"""The web product on a real engine and a real Kafka: its whole schema, and the DAGs' code found as Airflow finds it."""

import importlib
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import rmtree
from types import ModuleType

import pytest
from clickhouse_connect.driver.client import Client
from confluent_kafka.admin import AdminClient

from sklad import topics
from sklad.embedded import kafka
from sklad.embedded.service import base_environment
from sklad.ports import free_ports
from sklad.settings import ROOT, Settings, load_settings
from sklad.waiting import listens, wait_until
from tests.integration.clickhouse import ClickHouse
from tests.integration.web.schema import analytics, empty

KEY = bytes(range(32))
TOPICS = ROOT / "kafka" / "topics" / "web.json"


@pytest.fixture(scope="package")
def schema(clickhouse: ClickHouse) -> Iterator[Settings]:
    """Database analytics as the migrations leave it; settings that lead to it."""
    with analytics(clickhouse) as settings:
        yield settings


@pytest.fixture
def admin(schema: Settings, clickhouse: ClickHouse) -> Iterator[Client]:  # noqa: ARG001 - tables first
    """The administrator, in a database with empty tables."""
    with clickhouse.connect("admin", database="analytics") as client:
        empty(client)
        yield client


@pytest.fixture
def loader(admin: Client, clickhouse: ClickHouse) -> Iterator[Client]:  # noqa: ARG001 - tables first
    """The user that the DAGs are."""
    with clickhouse.connect("web", database="analytics") as client:
        yield client


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """web("layers"): a module of the DAGs, found as Airflow finds it."""
    monkeypatch.syspath_prepend(str(ROOT / "airflow" / "dags"))
    return lambda name: importlib.import_module(f"web.{name}")


@pytest.fixture(scope="package")
def broker() -> Iterator[Settings]:
    """A Kafka of its own, empty; settings that lead to it."""
    folder = Path(tempfile.mkdtemp(prefix="sklad-kafka-"))
    port, controller_port = free_ports(2)
    settings = load_settings().model_copy(
        update={"state_dir": folder, "kafka_port": port, "kafka_controller_port": controller_port}
    )
    service = kafka.broker(settings)
    (folder / "data").mkdir()
    service.prepare()
    with (folder / "kafka.log").open("wb") as log:
        process = subprocess.Popen(
            service.command, env=base_environment(folder) | dict(service.environment), stdout=log, stderr=log
        )
    try:
        wait_until(lambda: listens("127.0.0.1", settings.kafka_port), f"Kafka listens (log: {folder}/kafka.log)", 60)
        yield settings
    finally:
        process.terminate()
        process.wait(timeout=60)
        rmtree(folder)


@pytest.fixture
def bootstrap(broker: Settings) -> str:
    """Kafka's address, with the declared topics, empty."""
    no_topics(broker.kafka_bootstrap_servers)
    topics.apply(broker.kafka_bootstrap_servers, TOPICS)
    return broker.kafka_bootstrap_servers


def no_topics(address: str) -> None:
    """Delete the product's topics that a test before has left."""
    client = AdminClient({"bootstrap.servers": address})

    def ours() -> list[str]:
        return [name for name in client.list_topics(timeout=30).topics if name.endswith("_events")]

    if names := ours():
        for future in client.delete_topics(names).values():
            future.result(30)
        wait_until(lambda: not ours(), "the topics of the test before are gone", 30)
