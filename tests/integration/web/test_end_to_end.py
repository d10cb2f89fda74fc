"""From files of JSON lines through Kafka and ClickHouse to facts and dimensions, on real engines."""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from clickhouse_connect.driver.client import Client
from confluent_kafka import Consumer, Producer, TopicPartition

from data_generator.web import generate
from data_generator.web_options import Faults, WebOptions
from data_generator.web_records import FEEDS
from tests.integration.web.conftest import KEY

FAULTS = Faults(duplicates=0.02, late=0.02, missing=0.02, nulls=0.02, malformed=0.01)
# What must be the same however often it is built.
LAYERS = {
    "fact_events": "SELECT * FROM fact_events FINAL ORDER BY event_id",
    "agg_events_hourly": (
        "SELECT event_hour, event_type, browser_name, device_type, geo_country, countMerge(total_events),"
        " uniqMerge(unique_users) FROM agg_events_hourly GROUP BY ALL ORDER BY ALL"
    ),
    "agg_traffic_sources": (
        "SELECT event_hour, utm_source, utm_medium, utm_campaign, referer_medium, countMerge(total_events),"
        " uniqMerge(unique_users), countIfMerge(purchases) FROM agg_traffic_sources GROUP BY ALL ORDER BY ALL"
    ),
    "agg_user_days": "SELECT * FROM agg_user_days ORDER BY event_date, user_id",
    "agg_events_daily": (
        "SELECT event_date, geo_country, geo_region_name, device_type, browser_name, countMerge(total_events),"
        " uniqMerge(unique_users), countIfMerge(purchases) FROM agg_events_daily GROUP BY ALL ORDER BY ALL"
    ),
    "agg_page_flows": "SELECT * FROM agg_page_flows ORDER BY ALL",
    "agg_funnel_days": "SELECT * FROM agg_funnel_days ORDER BY ALL",
    "agg_retention": "SELECT * FROM agg_retention ORDER BY ALL",
    "dim_users": "SELECT * FROM dim_users ORDER BY user_id",
    "dim_geo": "SELECT * FROM dim_geo ORDER BY geo_country, geo_region_name",
}


@dataclass
class Flow:
    """The DAGs' steps, one after the other."""

    web: Callable[[str], ModuleType]
    kafka: str
    client: Client
    folder: Path

    def load(self, load_id: str = "first") -> dict[str, Any]:
        feeds, producer = self.web("feeds").FEEDS, self.web("producer")
        pseudonyms = self.web("pseudonyms").Pseudonyms(KEY)
        return {
            name: producer.load(self.folder / feed.file, feed, self.kafka, pseudonyms, load_id)
            for name, feed in feeds.items()
        }

    def consume(self, *, replay: bool = False, batch_rows: int = 2000) -> dict[str, Any]:
        consumer = self.web("consumer")
        return {
            name: consumer.consume(feed, self.kafka, self.client, seconds=60, replay=replay, batch_rows=batch_rows)
            for name, feed in self.web("feeds").FEEDS.items()
        }

    def build(self, **options: Any) -> Any:
        layers = self.web("layers")
        built = layers.build_facts(self.client, **options)
        layers.build_aggregates(self.client)
        for layer in layers.WHOLE:
            layers.build_whole(self.client, layer)
        layers.optimize(self.client)
        return built

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.client.query(query).result_rows]

    def layers(self) -> dict[str, list[tuple[Any, ...]]]:
        return {name: self.ask(query) for name, query in LAYERS.items()}


@pytest.fixture
def flow(web: Callable[[str], ModuleType], bootstrap: str, loader: Client, tmp_path: Path) -> Flow:
    return Flow(web, bootstrap, loader, tmp_path)


@pytest.fixture
def faulty(flow: Flow) -> Flow:
    """Files with every fault, in the flow's folder."""
    generate(WebOptions(events=4000, days=3, until=datetime.now(UTC), faults=FAULTS), flow.folder)
    return flow


def truth(folder: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """What the files say, read by other means: the first sound record of each event, by feed."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for file in folder.glob("*.jsonl"):
        records = found.setdefault(file.stem, {})
        for line in file.open():
            try:
                record = json.loads(line)
                year = datetime.fromisoformat(record["event_timestamp"]).year
            except (ValueError, TypeError):
                continue
            # Of 1970 or 2200, as some faults have it.
            if abs(year - datetime.now(UTC).year) <= 1:
                records.setdefault(record["event_id"], record)
    return found


def test_facts_are_what_the_files_say(faulty: Flow) -> None:
    said = truth(faulty.folder)
    faulty.load()
    faulty.consume()
    faulty.build(slice_events=750)

    browser = said["browser_events"]
    facts = {str(row[0]): row[1:] for row in faulty.ask(
        "SELECT event_id, event_type, event_at, browser_name, device_type, geo_country, page_url, utm_source, parts"
        " FROM fact_events"
    )}  # fmt: skip
    assert facts.keys() == browser.keys()
    for event, (kind, at, browser_name, device, country, page, source, parts) in facts.items():
        told = {feed: records.get(event, {}) for feed, records in said.items()}
        moment = datetime.fromisoformat(told["browser_events"]["event_timestamp"]).astimezone(UTC)
        assert at.replace(tzinfo=UTC) == moment
        assert kind == told["browser_events"]["event_type"]
        assert browser_name == (told["browser_events"]["browser_name"] or "")
        assert device == (told["device_events"].get("device_type") or "")
        assert country == (told["geo_events"].get("geo_country") or "")
        assert page == told["location_events"].get("page_url", "")
        assert source == (told["location_events"].get("utm_source") or "")
        assert parts == sum(bit for bit, feed in zip((1, 2, 4, 8), FEEDS, strict=True) if told[feed])


def test_a_day_that_is_built_in_many_slices_is_merged(faulty: Flow) -> None:
    faulty.load()
    faulty.consume()
    faulty.build(slice_events=50)

    parts = faulty.ask("SELECT uniqExact(_part) FROM fact_events GROUP BY toDate(event_at)")
    assert max(parts) <= (faulty.web("layers").DAY_PARTS,)


def test_the_references_queries_run_as_they_are(faulty: Flow) -> None:
    faulty.load()
    faulty.consume()
    faulty.build()

    by_type = dict(faulty.ask("SELECT event_type, count() FROM analytics.fact_events GROUP BY event_type"))
    countries = faulty.ask(
        "SELECT geo_country, count() as events FROM analytics.fact_events GROUP BY geo_country"
        " ORDER BY events DESC LIMIT 10;"
    )
    sources = faulty.ask(
        """
        SELECT
            utm_source,
            utm_campaign,
            countMerge(total_events) as total_events,
            uniqMerge(unique_users) as unique_users
        FROM analytics.agg_traffic_sources
        GROUP BY utm_source, utm_campaign
        ORDER BY total_events DESC;
        """
    )
    hours = faulty.ask(
        """
        SELECT
            event_hour,
            event_type,
            countMerge(total_events) as events,
            uniqMerge(unique_users) as users
        FROM analytics.agg_events_hourly
        WHERE event_hour >= now() - INTERVAL 24 HOUR
        GROUP BY event_hour, event_type
        ORDER BY event_hour DESC;
        """
    )

    events = Counter(record["event_type"] for record in truth(faulty.folder)["browser_events"].values())
    assert by_type == events
    assert countries[0][0] == "RU"
    assert sum(row[2] for row in sources) == sum(events.values())
    assert 0 < sum(row[2] for row in hours) < sum(events.values())


def test_every_message_is_in_staging_or_set_aside_with_its_reason(faulty: Flow) -> None:
    loaded = faulty.load()
    consumed = faulty.consume()

    statements = faulty.web("statements")
    for name, feed in faulty.web("feeds").FEEDS.items():
        assert consumed[name]["messages"] == loaded[name]["lines"]
        faulty.web("consumer").validate(faulty.client, feed, consumed[name], statements.text("consumed"))
    reasons = Counter(
        (topic, reason.partition(":")[0])
        for topic, reason in faulty.ask("SELECT kafka_topic, reason FROM events_rejected")
    )
    for feed in faulty.web("feeds").FEEDS:
        assert reasons[feed, "not JSON"] == loaded[feed]["set_aside"] > 0
        assert reasons[feed, "event_timestamp is no time"] > 0
        assert reasons[feed, "event_timestamp lies more than a year back"] > 0
        assert reasons[feed, "event_timestamp lies in the future"] > 0


def test_a_load_is_held_against_kafka(faulty: Flow) -> None:
    loaded = faulty.load()
    producer, feed = faulty.web("producer"), faulty.web("feeds").FEEDS["geo_events"]
    file = faulty.folder / feed.file
    # Somebody else's message does not disturb it.
    other = Producer({"bootstrap.servers": faulty.kafka})
    other.produce("geo_events", b"{}")
    other.flush(30)

    said = producer.verify(file, feed, faulty.kafka, loaded["geo_events"])
    assert f"{loaded['geo_events']['lines']:,} messages in Kafka" in said
    with file.open("ab") as more:
        more.write(b'{"event_id": "one more"}\n')
    with pytest.raises(producer.NotTheSameError, match="Was the file changed"):
        producer.verify(file, feed, faulty.kafka, loaded["geo_events"])
    altered = loaded["geo_events"] | {"checksum": 1}
    with pytest.raises(producer.NotTheSameError, match="different"):
        producer.verify(file, feed, faulty.kafka, altered)


def test_no_raw_identifier_is_in_kafka_or_clickhouse(faulty: Flow) -> None:
    raw = re.compile(rb"user-\d{9}|100\.\d+\.\d+\.\d+")
    assert len(set(raw.findall((faulty.folder / "geo_events.jsonl").read_bytes()))) > 100
    faulty.load()
    faulty.consume()
    faulty.build()

    messages = b"\n".join(in_kafka(faulty))
    assert len(messages) > 1_000_000
    assert raw.findall(messages) == []
    tables = faulty.ask("SELECT name FROM system.tables WHERE database = 'analytics' AND engine LIKE '%MergeTree'")
    for (table,) in tables:
        content = faulty.client.raw_query(f"SELECT * FROM {table} FORMAT JSONEachRow")
        assert raw.findall(content) == [], table
    assert KEY.hex().encode() not in messages


def in_kafka(flow: Flow) -> list[bytes]:
    """All messages with their keys and headers."""
    found: list[bytes] = []
    consumer = Consumer({"bootstrap.servers": flow.kafka, "group.id": "test", "enable.partition.eof": True})
    wanted = [TopicPartition(feed, number, 0) for feed in flow.web("feeds").FEEDS for number in range(3)]
    consumer.assign(wanted)
    ended = 0
    while ended < len(wanted):
        for message in consumer.consume(10_000, 1):
            if message.error():
                ended += 1
            else:
                found += [message.value(), message.key() or b"", repr(message.headers()).encode()]
    consumer.close()
    return found


def test_a_users_records_go_to_one_partition(faulty: Flow) -> None:
    faulty.load()
    faulty.consume()

    partitions = faulty.ask(
        "SELECT uniqExact(kafka_partition) FROM merge(currentDatabase(), '^events_(browser|device|geo|location)_raw$')"
        " GROUP BY user_id"
    )
    assert set(partitions) == {(1,)}
    assert faulty.ask("SELECT uniqExact(kafka_partition) FROM events_geo_raw") == [(3,)]


def test_replays_and_rebuilds_give_the_same_rows(faulty: Flow) -> None:
    faulty.load()
    faulty.consume()
    faulty.build()
    first = faulty.layers()
    assert all(first.values())

    # All of Kafka once more, in other batches.
    faulty.consume(replay=True, batch_rows=777)
    faulty.build()
    assert faulty.layers() == first
    # The same files once more: every event again, at other positions.
    faulty.load("second")
    faulty.consume()
    faulty.build()
    assert faulty.layers() == first
    # A window again, in place; then all of it, from nothing.
    faulty.build(since=datetime.now(UTC) - timedelta(hours=1))
    assert faulty.layers() == first
    with_admin = faulty.web("layers")
    for table in ("fact_events", *with_admin.AGGREGATES, *with_admin.WHOLE.values()):
        faulty.client.command(f"TRUNCATE TABLE {table}")
    faulty.build(since=with_admin.EPOCH, slice_events=250)
    assert faulty.layers() == first


def test_nothing_is_built_when_nothing_has_arrived(faulty: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faulty.web("layers"), "OVERLAP", timedelta(0))  # nothing is on its way
    faulty.load()
    faulty.consume()
    faulty.build()

    assert faulty.build().rows == 0


def test_what_shows_after_later_arrivals_is_built_though_nothing_comes_behind_it(faulty: Flow) -> None:
    faulty.load()
    faulty.consume()
    faulty.build()
    facts = faulty.ask("SELECT count() FROM fact_events FINAL")[0][0]
    faulty.client.command(
        "INSERT INTO events_browser_raw SELECT * REPLACE (generateUUIDv4() AS event_id,"
        " arrived_at - INTERVAL 1 SECOND AS arrived_at, kafka_offset + 1000000 AS kafka_offset)"
        " FROM events_browser_raw ORDER BY arrived_at DESC LIMIT 1"
    )

    faulty.build()

    assert faulty.ask("SELECT count() FROM fact_events FINAL") == [(facts + 1,)]


def test_a_batch_that_was_inserted_and_not_committed_counts_once(faulty: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    faulty.load()
    consumer, feed = faulty.web("consumer"), faulty.web("feeds").FEEDS["geo_events"]
    inserted = consumer._insert

    def die_behind(*arguments: Any) -> None:
        inserted(*arguments)
        raise ConnectionResetError

    monkeypatch.setattr(consumer, "_insert", die_behind)
    with pytest.raises(ConnectionResetError):
        consumer.consume(feed, faulty.kafka, faulty.client, seconds=60, batch_rows=1000)
    monkeypatch.undo()
    consumed = consumer.consume(feed, faulty.kafka, faulty.client, seconds=60)

    assert consumed["ranges"]["0"][0] == 0
    consumer.validate(faulty.client, feed, consumed, faulty.web("statements").text("consumed"))
    rows, positions = faulty.ask("SELECT count(), uniqExact(kafka_partition, kafka_offset) FROM events_geo_raw FINAL")[
        0
    ]
    assert rows == positions > 0


def test_a_user_is_erased_everywhere_and_a_replay_does_not_bring_them_back(faulty: Flow) -> None:
    faulty.load()
    faulty.consume()
    faulty.build()
    (user, events) = faulty.ask(
        "SELECT user_id, count() AS events FROM fact_events GROUP BY user_id ORDER BY events DESC LIMIT 1"
    )[0]
    raw = next(
        each
        for each in {record["user_id"] for record in truth(faulty.folder)["browser_events"].values()}
        if faulty.web("pseudonyms").Pseudonyms(KEY).of("user_id", each) == str(user)
    )
    before = faulty.ask("SELECT count() FROM fact_events")[0][0]

    said = faulty.web("erasure").erase(faulty.client, UUID(str(user)))
    assert f"{events} events" in said
    for _ in ("at once", "after a replay"):
        tables = faulty.ask("SELECT name FROM system.tables WHERE database = 'analytics' AND engine LIKE '%MergeTree'")
        for (table,) in tables:
            if table != "erased_users":
                content = faulty.client.raw_query(f"SELECT * FROM {table} FORMAT JSONEachRow")
                assert str(user).encode() not in content, table
                assert raw.encode() not in content, table
        assert faulty.ask("SELECT count() FROM fact_events") == [(before - events,)]
        assert faulty.ask("SELECT countMerge(total_events) FROM agg_events_hourly") == [(before - events,)]
        assert faulty.ask("SELECT sum(events) FROM dim_users") == [(before - events,)]
        consumed = faulty.consume(replay=True)
        faulty.build()
    for name, feed in faulty.web("feeds").FEEDS.items():
        faulty.web("consumer").validate(faulty.client, feed, consumed[name], faulty.web("statements").text("consumed"))
    assert faulty.ask("SELECT count() > 0 FROM events_rejected WHERE reason = 'the user was erased'") == [(True,)]


def test_a_topic_that_was_deleted_is_named(flow: Flow) -> None:
    consumer, feeds = flow.web("consumer"), flow.web("feeds")
    gone = feeds.Feed("no_such_events", ())

    with pytest.raises(consumer.NotConsumedError, match=r"topic no_such_events: .*Was it deleted\?"):
        consumer.consume(gone, flow.kafka, flow.client, seconds=10)


def test_missing_files_are_named(flow: Flow) -> None:
    with pytest.raises(
        flow.web("producer").NoSourceError, match=r"browser_events\.jsonl is missing.*data_generator web"
    ):
        flow.load()
