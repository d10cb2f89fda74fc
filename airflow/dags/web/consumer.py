"""From Kafka into ClickHouse's staging, batch by batch. Needs no Airflow, so that tests can run it.

Offsets are committed behind the insert: what a crash cuts off is read again, and collapses in staging by its position.
Messages are not looked into here: ClickHouse judges them (clickhouse/web/migrations/0020 to 0043).
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypedDict

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

if TYPE_CHECKING:
    from collections.abc import Callable

    from clickhouse_connect.driver.client import Client
    from confluent_kafka import Message
    from web.feeds import Feed

log = logging.getLogger(__name__)

SECONDS = 30
# What a batch holds at most: rows, and bytes of payload, whichever comes first. Memory follows from them.
BATCH_ROWS = 100_000
BATCH_BYTES = 32_000_000
_AT_A_TIME = 10_000
# While a broker starts, nobody knows yet who keeps a group's offsets.
_NOT_YET = {KafkaError.NOT_COORDINATOR, KafkaError.COORDINATOR_NOT_AVAILABLE, KafkaError.COORDINATOR_LOAD_IN_PROGRESS}
COLUMNS = ("kafka_topic", "kafka_partition", "kafka_offset", "queued_at", "payload")


class Consumed(TypedDict):
    """What a run took in; plain JSON. `ranges`: of each partition the first offset and the one behind the last.

    `queued_from`: when Kafka took the oldest message, in milliseconds since 1970. A topic that was made anew counts its
    offsets anew, so these alone don't tell its messages from those of the topic before it.
    """

    feed: str
    messages: int
    lost: int
    ranges: dict[str, list[int]]
    queued_from: int
    seconds: float


@dataclass
class Batch:
    """Messages by column. Kafka's own objects, several times as large, are gone as soon as they are read."""

    partitions: list[int] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    queued_at: list[int] = field(default_factory=list)  # milliseconds since 1970, as ClickHouse's DateTime64(3) has it
    payloads: list[bytes] = field(default_factory=list)
    size: int = 0

    def __len__(self) -> int:
        return len(self.payloads)

    def add(self, messages: list[Message]) -> None:
        """Raises KafkaException: one of them is an error."""
        for message in messages:
            if error := message.error():
                raise KafkaException(error)
        payloads = [message.value() or b"" for message in messages]
        self.payloads += payloads
        self.partitions += [message.partition() for message in messages]
        self.offsets += [message.offset() for message in messages]
        self.queued_at += [message.timestamp()[1] for message in messages]
        self.size += sum(map(len, payloads))


class NotConsumedError(Exception):
    """Kafka can't be read."""


class NotInStagingError(Exception):
    """ClickHouse lacks messages that were consumed."""


def group(feed: Feed) -> str:
    """The consumer group that a feed's offsets are kept under."""
    return f"analytics.{feed.name}"


def consume(
    feed: Feed,
    kafka: str,
    client: Client,
    *,
    seconds: float,
    replay: bool = False,
    batch_rows: int = BATCH_ROWS,
) -> Consumed:
    """Take in what the topic holds at this moment, as much as the time allows; the next run goes on from there.

    Args:
        feed: which one.
        kafka: bootstrap servers.
        client: ClickHouse as user web, in database analytics.
        seconds: after so many no further batch is begun.
        replay: begin with the oldest message that Kafka still has. Nothing is counted twice.
        batch_rows: messages in one insert, at most.

    Raises:
        NotConsumedError: the topic is missing, or Kafka does not answer.
    """
    began = time.monotonic()
    consumer = Consumer(
        {
            "bootstrap.servers": kafka,
            "group.id": group(feed),
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "queued.max.messages.kbytes": BATCH_BYTES // 1024,
            "fetch.message.max.bytes": 4_000_000,
            # A full queue is looked at again after so long. By default a second: longer than it takes to empty.
            "fetch.queue.backoff.ms": 20,
            "log_level": 3,
        }
    )
    try:
        starts, ends, lost = _span(consumer, feed, replay=replay)
        positions = dict(starts)
        # Without a group's rebalancing, which takes seconds: the DAG runs once at a time.
        consumer.assign([TopicPartition(feed.name, number, start) for number, start in starts.items()])
        messages, queued_from = 0, 0
        while time.monotonic() - began < seconds and _left(positions, ends):
            batch = _batch(consumer, positions, ends, batch_rows)
            if batch:
                _insert(client, feed, batch)
                messages += len(batch)
                oldest = min(batch.queued_at)
                queued_from = min(queued_from or oldest, oldest)
            read = [TopicPartition(feed.name, number, at) for number, at in positions.items()]
            _of_group(lambda read=read: consumer.commit(offsets=read, asynchronous=False))
    except KafkaException as error:
        raise NotConsumedError(f"Kafka at {kafka} can't be read: {error}. What was inserted is committed.") from error
    finally:
        consumer.close()
    return Consumed(
        feed=feed.name,
        messages=messages,
        lost=lost,
        ranges={str(number): [start, positions[number]] for number, start in starts.items()},
        queued_from=queued_from,
        seconds=round(time.monotonic() - began, 3),
    )


def _span(consumer: Consumer, feed: Feed, *, replay: bool) -> tuple[dict[int, int], dict[int, int], int]:
    """Where to begin and to end in each partition, and how many messages Kafka deleted before they were read."""
    topic = consumer.list_topics(feed.name, SECONDS).topics[feed.name]
    if topic.error:
        raise NotConsumedError(
            f"topic {feed.name}: {topic.error}. Was it deleted? `make up` or the DAG init_data_pipeline makes it."
        )
    wanted = [TopicPartition(feed.name, number) for number in topic.partitions]
    starts, ends, lost = {}, {}, 0
    for committed in _of_group(lambda: consumer.committed(wanted, SECONDS)):
        low, high = consumer.get_watermark_offsets(committed, SECONDS)
        number, start = committed.partition, committed.offset
        if replay or start < 0 or start > high:
            # Never read before, or a topic that was made anew under its old name.
            start = low
        elif start < low:
            log.error("%s, partition %d: Kafka deleted offsets %d to %d unread", feed.name, number, start, low - 1)
            lost += low - start
            start = low
        starts[number], ends[number] = start, high
    return starts, ends, lost


def _of_group(ask: Callable[[], list[TopicPartition]]) -> list[TopicPartition]:
    """Ask Kafka for something of a consumer group, again while nobody there keeps it yet. Raises KafkaException."""
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            return ask()
        except KafkaException as error:
            if error.args[0].code() not in _NOT_YET or time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def _batch(consumer: Consumer, positions: dict[int, int], ends: dict[int, int], rows: int) -> Batch:
    """Messages up to the limits of a batch; moves `positions` behind them. Empty: what is left holds no messages.

    Raises:
        NotConsumedError: Kafka has sent nothing for SECONDS though there is more.
    """
    batch = Batch()
    heard = time.monotonic()
    while (left := _left(positions, ends)) and len(batch) < rows and batch.size < BATCH_BYTES:
        # No more than there are: it would wait for the rest.
        messages = consumer.consume(min(_AT_A_TIME, rows - len(batch), left), 1)
        batch.add(messages)
        if messages:
            heard = time.monotonic()
        elif time.monotonic() - heard > SECONDS:
            raise NotConsumedError(f"Kafka has sent nothing for {SECONDS} s and {left:,} messages are left. Is it up?")
        _advance(consumer, positions, ends, messages)
    return batch


def _left(positions: dict[int, int], ends: dict[int, int]) -> int:
    return sum(max(end - positions[number], 0) for number, end in ends.items())


def _advance(consumer: Consumer, positions: dict[int, int], ends: dict[int, int], messages: list[Message]) -> None:
    for message in messages:
        positions[message.partition()] = message.offset() + 1
    if not messages:
        # Offsets that hold no message, as transactions leave them.
        wanted = [TopicPartition(topic.topic, topic.partition) for topic in consumer.assignment()]
        for found in consumer.position(wanted):
            positions[found.partition] = max(positions[found.partition], min(found.offset, ends[found.partition]))


def _insert(client: Client, feed: Feed, batch: Batch) -> None:
    columns = [[feed.name] * len(batch), batch.partitions, batch.offsets, batch.queued_at, batch.payloads]
    client.insert(feed.inbox, columns, column_names=COLUMNS, column_oriented=True)


def validate(client: Client, feed: Feed, consumed: Consumed, count_sql: str) -> str:
    """Hold ClickHouse against what a run consumed: every offset is in staging or set aside; says how many.

    Raises:
        NotInStagingError: some are in neither.
    """
    kept = rejected = 0
    for partition, (first, end) in consumed["ranges"].items():
        parameters = {
            "staging": feed.staging, "topic": feed.name, "partition": int(partition), "first": first, "end": end,
            "queued_from": consumed["queued_from"],
        }  # fmt: skip
        in_staging, set_aside = client.query(count_sql, parameters=parameters).result_rows[0]
        kept, rejected = kept + in_staging, rejected + set_aside
    found = f"{feed.name}: {consumed['messages']:,} messages, {kept:,} in {feed.staging}, {rejected:,} set aside"
    if consumed["lost"]:
        found += f", {consumed['lost']:,} LOST: Kafka had deleted them before they were read"
    if kept + rejected != consumed["messages"]:
        raise NotInStagingError(
            f"{found}: some are in neither. Trigger the DAG with `replay`, which reads again all that Kafka has."
        )
    return found
