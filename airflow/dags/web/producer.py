"""From files of JSON lines into Kafka: pseudonymised, keyed by user, each line accounted for. Needs no Airflow.

A line that is no record can't be searched for identifiers, so it stays where it is: Kafka gets a note with its position
and the reason in its place, which ends in events_rejected.
"""

from __future__ import annotations

import logging
from hashlib import blake2b
from typing import TYPE_CHECKING, TypedDict
from zlib import crc32

import msgspec
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from web.feeds import MARK, Feed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from web.pseudonyms import Pseudonyms

log = logging.getLogger(__name__)

SECONDS = 60
# What a broker takes at most, by default and with room for the message's own head.
LONGEST_LINE = 1_000_000
_POLL_EVERY = 10_000
_AT_A_TIME = 1_000_000
_encode = msgspec.json.Encoder().encode


class Loaded(TypedDict):
    """What a load did; plain JSON, since Airflow hands it on. `offsets`: of each partition, where to look for it."""

    lines: int
    set_aside: int
    checksum: int
    load: str
    offsets: dict[str, list[int]]


class NoSourceError(Exception):
    """There is no file to load."""


class NotDeliveredError(Exception):
    """Kafka did not take all messages."""


class NotTheSameError(Exception):
    """Kafka does not hold what the files do."""


class _SetAsideError(Exception):
    """A line that is no record; the message says why."""


def load(file: Path, feed: Feed, kafka: str, pseudonyms: Pseudonyms, load_id: str) -> Loaded:
    """Produce every line of a file; returns when Kafka has acknowledged all of them.

    Args:
        file: JSON lines of any number; memory does not depend on it.
        feed: which one.
        kafka: bootstrap servers.
        pseudonyms: made with the key of this installation.
        load_id: sent with each message, as a short hash.

    Raises:
        NoSourceError: the file can't be read.
        NotDeliveredError: Kafka refused messages or does not answer. What was acknowledged stays; a second load of
            the same file brings duplicates, which the layers above count once.
    """
    failures: list[str] = []
    producer = Producer(
        {
            "bootstrap.servers": kafka,
            "enable.idempotence": True,
            "compression.type": "lz4",
            "linger.ms": 50,
            "batch.size": 1_000_000,
            "queue.buffering.max.messages": 200_000,
            "queue.buffering.max.kbytes": 65_536,
            "message.timeout.ms": SECONDS * 1000,
            "partitioner": "murmur2_random",  # Java's: other producers send a user to the same partition
            # Acknowledged messages are counted by flush(); only failures need to be told one by one.
            "delivery.report.only.error": True,
            "on_delivery": lambda error, _: failures.append(str(error)),
            "log_level": 3,
        }
    )
    mark = _mark(load_id)

    def produce(key: str | None, message: bytes) -> None:
        while True:
            try:
                producer.produce(feed.name, message, key)
            except BufferError:
                producer.poll(1)
            else:
                return

    before = _ends(kafka, feed)
    lines = set_aside = checksum = 0
    try:
        with file.open("rb") as source:
            for line in _lines(source):
                lines += 1
                try:
                    key, message = sealed(line, feed, pseudonyms, mark)
                except _SetAsideError as error:
                    set_aside += 1
                    key, message = None, _note(feed, lines, error, mark)
                checksum += crc32(message)
                produce(key, message)
                if lines % _POLL_EVERY == 0:
                    producer.poll(0)
    except FileNotFoundError as error:
        raise NoSourceError(
            f"{file} is missing. Put the four feeds there (WEB_JSONL_DIR in .env), or make some: "
            "python -m data_generator web"
        ) from error
    waiting = producer.flush(SECONDS)
    if waiting or failures:
        raise NotDeliveredError(
            f"of {lines:,} messages for {feed.name}, Kafka at {kafka} did not take {waiting + len(failures):,}: "
            f"{failures[0] if failures else 'no answer'}. Mend that and load again."
        )
    after = _ends(kafka, feed)
    return Loaded(
        lines=lines,
        set_aside=set_aside,
        checksum=checksum,
        load=load_id,
        offsets={str(partition): [before[partition], end] for partition, end in after.items()},
    )


def sealed(
    line: bytes, feed: Feed, pseudonyms: Pseudonyms, mark: str | msgspec.UnsetType = msgspec.UNSET
) -> tuple[str | None, bytes]:
    """Key and message of a line: the feed's fields and no others, identifiers as pseudonyms. Raises _SetAsideError."""
    if len(line) > LONGEST_LINE:
        raise _SetAsideError(f"longer than {LONGEST_LINE:,} bytes")
    try:
        record = feed.decoder.decode(line)
    except (ValueError, RecursionError) as error:  # msgspec's own errors are ValueErrors
        raise _SetAsideError(_what_is_wrong(line)) from error
    record.load = mark
    for name in feed.identifiers:
        value = getattr(record, name)
        if value is not None and value is not msgspec.UNSET:
            setattr(record, name, pseudonyms.of_any(name, value))
    key = record.user_id
    return (None if key is msgspec.UNSET else key), _encode(record)


def _what_is_wrong(line: bytes) -> str:
    try:
        msgspec.json.decode(line)
    except (ValueError, RecursionError):
        return "not JSON"
    return "no JSON object"


def verify(file: Path, feed: Feed, kafka: str, loaded: Loaded) -> str:
    """Read back what a load sent and hold it against the file: lines, messages, their checksum; says what it found.

    Raises:
        NotTheSameError: something is missing, doubled or altered.
    """
    with file.open("rb") as source:
        lines = sum(1 for _ in _lines(source))
    messages = checksum = 0
    for message in _messages(kafka, feed, loaded):
        messages += 1
        checksum += crc32(message)
    found = (
        f"{feed.name}: {lines:,} lines in the file, {messages:,} messages in Kafka, {loaded['set_aside']:,} set aside"
    )
    if (lines, messages, checksum) != (loaded["lines"], loaded["lines"], loaded["checksum"]):
        raise NotTheSameError(
            f"{found}, {loaded['lines']:,} lines loaded, and the checksums are "
            f"{'the same' if checksum == loaded['checksum'] else 'different'}. Was the file changed meanwhile, or are "
            "messages older than the topic keeps them? Load again; events that come twice count once."
        )
    return found


def _lines(source: BinaryIO) -> Iterator[bytes]:
    """Lines without their ends; of one that is too long, its beginning."""
    rest = b""
    while more := source.read(_AT_A_TIME):
        *lines, rest = (rest + more).split(b"\n")
        yield from lines
        rest = rest[: LONGEST_LINE + 1]
    if rest:
        yield rest


def _note(feed: Feed, line: int, reason: _SetAsideError, mark: str) -> bytes:
    return _encode({MARK: mark, "set_aside": f"{reason}: line {line} of {feed.file}"})


def _mark(load_id: str) -> str:
    return blake2b(load_id.encode(), digest_size=6).hexdigest()


def _ends(kafka: str, feed: Feed) -> dict[int, int]:
    """The next offset of each partition."""
    consumer = Consumer({"bootstrap.servers": kafka, "group.id": "analytics.ends", "log_level": 3})
    try:
        topic = consumer.list_topics(feed.name, SECONDS).topics[feed.name]
        if topic.error:
            raise NotDeliveredError(f"topic {feed.name}: {topic.error}. The task create_kafka_topics makes it.")
        return {
            number: consumer.get_watermark_offsets(TopicPartition(feed.name, number), SECONDS)[1]
            for number in topic.partitions
        }
    except KafkaException as error:
        raise NotDeliveredError(f"Kafka at {kafka} does not answer: {error}") from error
    finally:
        consumer.close()


def _messages(kafka: str, feed: Feed, loaded: Loaded) -> Iterator[bytes]:
    """The load's messages, as Kafka has them."""
    ranges = {int(partition): offsets for partition, offsets in loaded["offsets"].items()}
    ours = _encode({MARK: _mark(loaded["load"])})[:-1]
    left = {partition: end - first for partition, (first, end) in ranges.items() if end > first}
    consumer = Consumer(
        {
            "bootstrap.servers": kafka,
            "group.id": "analytics.verify",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "queued.max.messages.kbytes": 32_768,
            "fetch.queue.backoff.ms": 20,
            "log_level": 3,
        }
    )
    try:
        consumer.assign([TopicPartition(feed.name, partition, ranges[partition][0]) for partition in left])
        while left:
            # No more than there are: it would wait for the rest.
            messages = consumer.consume(min(10_000, sum(left.values())), SECONDS)
            if not messages:
                raise NotTheSameError(f"Kafka at {kafka} sent nothing of {feed.name} for {SECONDS} s.")
            for message in messages:
                if message.error():
                    raise NotTheSameError(f"{feed.name} can't be read back: {message.error()}")
                partition, end = message.partition(), ranges[message.partition()][1]
                value = message.value() or b""
                if message.offset() < end and value.startswith(ours):
                    yield value
                if partition in left:
                    left[partition] = end - 1 - message.offset()
                    if left[partition] <= 0:
                        del left[partition]
    finally:
        consumer.close()
