"""What is no record is kept aside with its position and the reason, and disturbs nothing."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from sklad.settings import ROOT
from tests.integration.web.messages import event, identifier, put

NOW = datetime.now(UTC).replace(microsecond=0)
SOUND = event(1, 7, NOW - timedelta(hours=1))


def browser(**changed: Any) -> dict[str, Any]:
    return {name: value for name, value in (SOUND["browser"] | changed).items() if value != "absent"}


def geo(**changed: Any) -> dict[str, Any]:
    return SOUND["geo"] | changed


WRONG: list[tuple[str, bytes | dict[str, Any], str]] = [
    ("browser", b"", "not JSON"),
    ("browser", b"\xff\xfe\x00", "not JSON"),
    ("browser", b'{"event_id": "cut o', "not JSON"),
    ("browser", b"[1, 2]", "event_id is no UUID"),
    ("browser", browser(event_id="absent"), "event_id is no UUID"),
    ("browser", browser(event_id=17), "event_id is no UUID"),
    ("browser", browser(event_id="00000000-0000-0000-0000-000000000000"), "event_id is no UUID"),
    ("browser", browser(user_id="user-000000017"), "user_id is no pseudonym"),
    ("browser", browser(user_id=None), "user_id is no pseudonym"),
    ("browser", browser(event_timestamp={"seconds": 1}), "event_timestamp is no time"),
    ("browser", browser(event_timestamp="absent"), "event_timestamp is no time"),
    ("browser", browser(event_timestamp="yesterday"), "event_timestamp is no time"),
    ("browser", browser(event_timestamp="1970-01-01T00:00:00Z"), "event_timestamp lies more than a year back"),
    ("browser", browser(event_timestamp="2200-01-01T00:00:00Z"), "event_timestamp lies in the future"),
    ("browser", browser(event_type="teleport"), "unknown event_type"),
    ("browser", browser(event_type=5), "unknown event_type"),
    ("browser", browser(event_type="absent"), "no event_type"),
    ("browser", browser(browser_name={"name": "Chrome"}), "an object or a list where a value should be"),
    ("browser", browser(browser_name=["Chrome"]), "an object or a list where a value should be"),
    ("browser", {"set_aside": "not JSON: line 3 of browser_events.jsonl"}, "not JSON: line 3 of browser_events.jsonl"),
    ("device", SOUND["device"] | {"device_is_mobile": "maybe"}, "device_is_mobile is neither true nor false"),
    ("geo", geo(ip_address="203.0.113.7"), "ip_address is no pseudonym"),
    ("geo", geo(geo_latitude="north"), "a coordinate is no number"),
    ("geo", geo(geo_longitude=[37]), "a coordinate is no number"),
    ("geo", geo(geo_latitude=91), "a coordinate is not on Earth"),
    ("location", SOUND["location"] | {"page_url": {"host": "x"}}, "an object or a list where a value should be"),
]


@pytest.mark.parametrize(("feed", "message", "reason"), WRONG, ids=range(len(WRONG)))
def test_it_is_kept_with_position_and_reason_and_the_next_record_arrives(
    loader: Client, feed: str, message: bytes | dict[str, Any], reason: str
) -> None:
    put(loader, feed, [message, SOUND[feed]], first_offset=41, partition=2)

    kept = loader.query("SELECT kafka_topic, kafka_partition, kafka_offset, reason FROM events_rejected").result_rows
    assert kept == [(f"{feed}_events", 2, 41, reason)]
    arrived = loader.query(f"SELECT kafka_offset, event_id FROM events_{feed}_raw").result_rows
    assert [(offset, str(event_id)) for offset, event_id in arrived] == [(42, identifier(1))]


def test_nulls_and_unknown_fields_are_no_reason(loader: Client) -> None:
    bare = {name: SOUND["geo"][name] for name in ("event_id", "user_id", "event_timestamp")}
    put(loader, "geo", [geo(geo_country=None, geo_latitude=None, ip_address=None), bare, geo(new_field=1)])
    put(loader, "browser", [browser(browser_name="Chrome {beta} [1]")])

    assert loader.query("SELECT count() FROM events_rejected").result_rows == [(0,)]
    assert loader.query("SELECT count() FROM events_geo_raw").result_rows == [(3,)]
    assert loader.query("SELECT browser_name FROM events_browser_raw").result_rows == [("Chrome {beta} [1]",)]


@pytest.mark.parametrize(
    "message",
    [
        b'{"user_id": "user-000000017", "ip_address" : "203.0.113.7"}',
        b'{"ip_address":"203.0.113.7","user_id":"user-0000',
        b'{"user_id":  203, "user_id":"user-000000017", "ip_address":"203.0.113.7"',
    ],
)
def test_identifiers_that_are_no_pseudonyms_are_blotted_out(loader: Client, message: bytes) -> None:
    put(loader, "geo", [message])

    [(payload,)] = loader.query("SELECT payload FROM events_rejected").result_rows
    assert '"user_id":"…"' in payload
    assert "user-0" not in payload
    assert "203" not in payload


def test_a_message_that_is_read_again_is_kept_once(loader: Client, admin: Client) -> None:
    for _ in range(2):
        put(loader, "geo", [b"nonsense"], queued_at=NOW)
    admin.command("OPTIMIZE TABLE events_rejected FINAL")

    assert loader.query("SELECT count() FROM events_rejected").result_rows == [(1,)]


def test_the_loader_may_not_make_tables_or_look_elsewhere(loader: Client, admin: Client) -> None:
    admin.command("CREATE OR REPLACE TABLE wms.of_another_product (a UInt8) ENGINE = MergeTree ORDER BY a")

    for statement in (
        "CREATE TABLE more (a UInt8) ENGINE = Memory",
        "DROP TABLE fact_events",
        "SELECT count() FROM wms.of_another_product",
        "SELECT * FROM file('/etc/passwd', LineAsString)",
        "ALTER TABLE fact_events ADD COLUMN more UInt8",
    ):
        with pytest.raises(DatabaseError, match="ACCESS_DENIED"):
            loader.command(statement)
    admin.command("DROP TABLE wms.of_another_product")


def test_a_line_becomes_a_message_without_what_nobody_asked_for(web: Callable[[str], ModuleType]) -> None:
    producer, feeds = web("producer"), web("feeds").FEEDS
    pseudonyms = web("pseudonyms").Pseudonyms(bytes(32))
    line = b'{"event_id":"x","user_id":"anna@example.org","ip_address":"203.0.113.7","e_mail":"anna@example.org"}'

    key, message = producer.sealed(line, feeds["geo_events"], pseudonyms)

    assert key == pseudonyms.of("user_id", "anna@example.org")
    assert message == (
        f'{{"event_id":"x","user_id":"{key}","ip_address":"{pseudonyms.of("ip_address", "203.0.113.7")}"}}'.encode()
    )


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "no JSON object"),
        (b"1" * 1_000_001, "longer than 1,000,000 bytes"),
    ],
    ids=range(5),
)
def test_a_line_that_is_no_record_stays_where_it_is(web: Callable[[str], ModuleType], line: bytes, reason: str) -> None:
    producer = web("producer")

    with pytest.raises(producer._SetAsideError, match=reason):
        producer.sealed(line, web("feeds").FEEDS["geo_events"], web("pseudonyms").Pseudonyms(bytes(32)))


def test_pseudonyms_depend_on_key_field_and_value_and_on_nothing_else(web: Callable[[str], ModuleType]) -> None:
    make = web("pseudonyms").Pseudonyms
    first, second = make(bytes(32)), make(bytes([1] * 32))

    assert first.of("user_id", "anna") == make(bytes(32)).of("user_id", "anna")
    others = [first.of("user_id", "bert"), first.of("ip_address", "anna"), second.of("user_id", "anna")]
    assert len({first.of("user_id", "anna"), *others}) == 4
    assert first.of_any("user_id", 17) == first.of_any("user_id", 17) != first.of_any("user_id", {"id": 17})
    with pytest.raises(ValueError, match="has 3 bytes instead of 32"):
        make(b"abc")


def test_a_pseudonym_can_be_asked_for_by_key_and_id(web: Callable[[str], ModuleType]) -> None:
    asked = subprocess.run(
        [sys.executable, "-m", "web.pseudonyms"],
        cwd=ROOT / "airflow" / "dags", input=f"{bytes(32).hex()}\nanna\n", capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert asked.stdout == web("pseudonyms").Pseudonyms(bytes(32)).of("user_id", "anna") + "\n"
