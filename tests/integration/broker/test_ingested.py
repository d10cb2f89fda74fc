"""Where sklad.ingest's group stands: never behind what it may still fail to write."""

from contextlib import closing

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from sklad.ingest import topics
from tests.integration.kafka import running_broker

MESSAGES = 40


def test_what_is_handed_out_next_is_not_committed_with_the_batch_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit that names no offsets takes those of the moment in which it is sent, and by then more was handed out."""
    monkeypatch.setattr(topics, "MOST_MESSAGES", 0)  # one message a batch
    topic = topics.STOCK_BALANCES.topic
    with running_broker() as broker:
        servers = broker.settings.kafka_bootstrap_servers
        admin = AdminClient({"bootstrap.servers": servers})
        for made in admin.create_topics([NewTopic(each, 1) for each in topics.TOPICS]).values():
            made.result(30)
        producer = Producer({"bootstrap.servers": servers})
        for number in range(MESSAGES):
            producer.produce(topic, str(number).encode())
        assert producer.flush(30) == 0

        with closing(topics.batches(servers, 0)) as reading:
            for number in range(MESSAGES):
                assert [each.message for each in next(reading)] == [str(number).encode()]

        group = Consumer({"bootstrap.servers": servers, "group.id": topics.GROUP})
        (stands,) = group.committed([TopicPartition(topic, 0)], 30)
        group.close()
    # The last message was handed out, and nobody has asked for more.
    assert stands.offset == MESSAGES - 1
