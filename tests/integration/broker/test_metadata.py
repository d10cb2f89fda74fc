"""A broker that lost the log of its own metadata has its topics, and what is in them, from the last snapshot."""

import time
from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from sklad.waiting import wait_until
from tests.integration.kafka import Broker, running_broker

TOPIC = "kept"
MESSAGES = 100
# As often as a test can wait for.
OFTEN = ("--override", "metadata.log.max.snapshot.interval.ms=1000")


@pytest.fixture
def broker() -> Iterator[Broker]:
    with running_broker(*OFTEN) as running:
        yield running


def write(broker: Broker) -> None:
    producer = Producer({"bootstrap.servers": broker.settings.kafka_bootstrap_servers, "enable.idempotence": True})
    for _ in range(MESSAGES):
        producer.produce(TOPIC, b"x", partition=0)
    assert producer.flush(30) == 0


def messages(broker: Broker) -> int:
    consumer = Consumer({"bootstrap.servers": broker.settings.kafka_bootstrap_servers, "group.id": "test"})
    first, end = consumer.get_watermark_offsets(TopicPartition(TOPIC, 0), 30)
    consumer.close()
    return int(end - first)


def test_topics_and_messages_survive_the_loss_of_the_metadatas_log(broker: Broker) -> None:
    admin = AdminClient({"bootstrap.servers": broker.settings.kafka_bootstrap_servers})
    admin.create_topics([NewTopic(TOPIC, 1, 1)])[TOPIC].result(30)
    write(broker)
    metadata = broker.data / "__cluster_metadata-0"
    made_at = time.time()
    wait_until(
        lambda: any(file.stat().st_mtime > made_at for file in metadata.glob("*.checkpoint")), "a snapshot is there", 30
    )

    broker.stop()
    # What Kafka does itself where it finds "invalid offset during recovery".
    for pattern in ("*.log", "*.index", "*.timeindex", "*.snapshot"):
        for file in metadata.glob(pattern):
            file.unlink()
    broker.start(*OFTEN)

    assert messages(broker) == MESSAGES
    write(broker)
    assert messages(broker) == 2 * MESSAGES
