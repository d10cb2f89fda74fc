"""What a consumer meets in Kafka: messages deleted unread, topics made anew, backlogs larger than a batch or a run."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from sklad import topics
from tests.integration.web.conftest import TOPICS, no_topics
from tests.integration.web.messages import event

FEED = "geo_events"


def produce(kafka: str, first: int, count: int, partition: int = 0) -> None:
    """Records of events by number, into one partition."""
    producer = Producer({"bootstrap.servers": kafka})
    for number in range(first, first + count):
        record = event(number, 1, datetime.now(UTC))["geo"]
        producer.produce(FEED, json.dumps(record).encode(), partition=partition)
    assert producer.flush(30) == 0


@pytest.fixture
def consume(web: Callable[[str], ModuleType], bootstrap: str, loader: Client) -> Callable[..., dict[str, Any]]:
    """consume(): one run of the feed's consumer."""
    feed = web("feeds").FEEDS[FEED]
    return lambda **options: web("consumer").consume(feed, bootstrap, loader, **({"seconds": 60} | options))


def staged(client: Client) -> int:
    return int(client.query("SELECT uniqExact(event_id) FROM events_geo_raw").result_rows[0][0])


def test_messages_that_kafka_deleted_unread_are_counted_and_said(
    consume: Callable[..., dict[str, Any]], bootstrap: str, loader: Client, web: Callable[[str], ModuleType]
) -> None:
    produce(bootstrap, 1, 10)
    consume()
    produce(bootstrap, 11, 10)
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for future in admin.delete_records([TopicPartition(FEED, 0, 15)]).values():
        future.result(30)

    consumed = consume()

    assert (consumed["lost"], consumed["messages"], staged(loader)) == (5, 5, 15)
    count = web("statements").text("consumed")
    said = web("consumer").validate(loader, web("feeds").FEEDS[FEED], consumed, count)
    assert "5 LOST" in said


def test_a_topic_that_was_made_anew_is_read_from_its_beginning(
    consume: Callable[..., dict[str, Any]], bootstrap: str, loader: Client, web: Callable[[str], ModuleType]
) -> None:
    produce(bootstrap, 1, 20)
    consume()
    # The first five are set aside, too: what was there before at an offset counts for nothing now.
    rejected = "INSERT INTO events_rejected SELECT now64(3), queued_at, '{}', 0, kafka_offset, '', '' FROM {}"
    feed = web("feeds").FEEDS[FEED]
    loader.command(f"{rejected.format(feed.name, feed.staging)} WHERE kafka_offset < 5")
    no_topics(bootstrap)
    topics.apply(bootstrap, TOPICS)
    produce(bootstrap, 101, 5)

    consumed = consume()

    # At the same offsets as events before them, which stay.
    assert (consumed["messages"], staged(loader)) == (5, 25)
    said = web("consumer").validate(loader, feed, consumed, web("statements").text("consumed"))
    assert "5 messages, 5 in events_geo_raw, 0 set aside" in said


def test_no_insert_is_larger_than_a_batch(
    consume: Callable[..., dict[str, Any]],
    bootstrap: str,
    loader: Client,
    web: Callable[[str], ModuleType],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for partition in range(3):
        produce(bootstrap, 1 + 100 * partition, 50, partition)
    consumer = web("consumer")
    sizes: list[int] = []
    insert = consumer._insert

    def noted(client: Client, feed: Any, batch: list[Any]) -> None:
        sizes.append(len(batch))
        insert(client, feed, batch)

    monkeypatch.setattr(consumer, "_insert", noted)
    consumed = consume(batch_rows=40)

    assert consumed["messages"] == sum(sizes) == staged(loader) == 150
    assert max(sizes) <= 40


def test_what_a_run_has_no_time_for_is_the_next_ones(
    consume: Callable[..., dict[str, Any]], bootstrap: str, loader: Client
) -> None:
    produce(bootstrap, 1, 30)

    first = consume(seconds=0)
    second = consume()

    assert (first["messages"], second["messages"], staged(loader)) == (0, 30, 30)
    assert consume()["messages"] == 0


def test_a_kafka_that_falls_silent_is_not_waited_for_for_ever(
    consume: Callable[..., dict[str, Any]],
    bootstrap: str,
    web: Callable[[str], ModuleType],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    produce(bootstrap, 1, 3)
    consumer = web("consumer")
    span = consumer._span

    def more_than_there_is(*arguments: Any, **options: Any) -> Any:
        starts, ends, lost = span(*arguments, **options)
        return starts, ends | {0: ends[0] + 7}, lost

    monkeypatch.setattr(consumer, "_span", more_than_there_is)
    monkeypatch.setattr(consumer, "SECONDS", 3)

    with pytest.raises(consumer.NotConsumedError, match="sent nothing for 3 s and 7 messages are left"):
        consume()


def test_a_run_that_lacks_rows_in_staging_is_not_valid(
    consume: Callable[..., dict[str, Any]],
    bootstrap: str,
    loader: Client,
    admin: Client,
    web: Callable[[str], ModuleType],
) -> None:
    produce(bootstrap, 1, 30)
    consumed = consume()
    admin.command("ALTER TABLE events_geo_raw DELETE WHERE kafka_offset = 7 SETTINGS mutations_sync = 1")
    consumer, feed = web("consumer"), web("feeds").FEEDS[FEED]
    count = web("statements").text("consumed")

    with pytest.raises(
        consumer.NotInStagingError, match=r"30 messages, 29 in events_geo_raw, 0 set aside: some are in"
    ):
        consumer.validate(loader, feed, consumed, count)
    again = consume(replay=True)
    assert "30 in events_geo_raw" in consumer.validate(loader, feed, again, count)
