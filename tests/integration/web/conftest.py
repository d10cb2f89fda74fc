"""The web product on a real engine and a real Kafka: its whole schema, and the DAGs' code found as Airflow finds it."""

import importlib
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest
from clickhouse_connect.driver.client import Client
from confluent_kafka.admin import AdminClient

from sklad import topics
from sklad.settings import ROOT, Settings
from sklad.waiting import wait_until
from tests.integration.clickhouse import ClickHouse
from tests.integration.kafka import running_broker
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
    with running_broker() as broker:
        yield broker.settings


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
