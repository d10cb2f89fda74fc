"""The stock product's topics, read in batches: what has come, as soon as something has."""

import time
from collections.abc import Generator, Iterator
from typing import NamedTuple

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from sklad.verify.tables import STOCK_BALANCES

TOPICS = (STOCK_BALANCES.topic, "wms.public.wms_heartbeat")
# The group of ClickHouse's own consumer: whichever of the two reads goes on where the other ended.
GROUP = STOCK_BALANCES.groups[0]
# A batch ends there, whatever is left in Kafka: it is held in memory.
MOST_MESSAGES = 20_000
MOST_BYTES = 16 * 2**20
_AT_ONCE = 1_000
_WAIT_SECONDS = 1.0


class Delivered(NamedTuple):
    """A message, where it stands, and when Kafka took it (milliseconds since 1970)."""

    message: bytes
    topic: str
    partition: int
    offset: int
    queued_ms: int


def batches(servers: str, interval: float) -> Generator[list[Delivered], None, None]:
    """Batches without an end; when the next one is asked for, the one before counts as done with.

    Args:
        servers: Kafka's addresses.
        interval: seconds from one batch to the next at least, while messages come without a break.

    Raises:
        KafkaException: Kafka refuses, or a topic is gone. Brokers that are away are waited for.
    """
    consumer = Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": GROUP,
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "auto.offset.reset": "earliest",
            # What a dead reader still holds is free after this; the default is 45 s.
            "session.timeout.ms": 6000,
            "heartbeat.interval.ms": 2000,
            # An answer that has nothing yet may wait as long; one that has something never does.
            "fetch.wait.max.ms": 500,
            "queued.max.messages.kbytes": MOST_BYTES // 1024,
        }
    )
    try:
        consumer.subscribe(list(TOPICS))
        earliest = time.monotonic()
        while True:
            first = consumer.consume(1, _WAIT_SECONDS)
            if not first:
                continue
            time.sleep(max(0.0, earliest - time.monotonic()))
            earliest = time.monotonic() + interval
            delivered = [_delivered(message) for message in (*first, *_waiting(consumer))]
            # One without a value, or with an empty one, says nothing: ClickHouse's own consumer passes over it, too.
            yield [each for each in delivered if each.message]
            # Named one by one: a commit that names none takes what has been handed out when it is sent, which may
            # be after its call (https://github.com/confluentinc/librdkafka/issues/4534).
            done = {(each.topic, each.partition): each.offset + 1 for each in delivered}
            consumer.commit(offsets=[TopicPartition(*place, at) for place, at in done.items()], asynchronous=True)
    finally:
        consumer.close()


def _waiting(consumer: Consumer) -> Iterator[Message]:
    """What has been fetched already, up to a batch."""
    count = size = 0
    while count < MOST_MESSAGES and size < MOST_BYTES and (some := consumer.consume(_AT_ONCE, 0)):
        count += len(some)
        size += sum(len(message) for message in some)
        yield from some


def _delivered(message: Message) -> Delivered:
    if error := message.error():
        raise KafkaException(error)
    # The types allow None, which only a message that is yet to be produced has.
    place = (message.topic() or "", message.partition() or 0, message.offset() or 0)
    _, queued_ms = message.timestamp()
    return Delivered(message.value() or b"", *place, max(0, queued_ms))
