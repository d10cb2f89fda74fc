"""Every check finds the fault that it is there for, and finds nothing where there is none."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from clickhouse_connect.driver.client import Client

from sklad.settings import ROOT
from tests.integration.receiver import receiving
from tests.integration.web.messages import event, identifier, put

NOW = datetime.now(UTC).replace(microsecond=0)
FEEDS = ("browser", "device", "geo", "location")
EVENTS = 40
GROUPS = ("freshness", "nulls", "duplicates", "referential_integrity", "consistency", "facts", "layers")
STATUS = ROOT / "clickhouse" / "web" / "status" / "product.sql"
NOBODY = "00000000-0000-0000-0000-000000000000"
FACT = "INSERT INTO fact_events (event_id, event_at, event_type, user_id, parts, version, geo_country, geo_region_name)"


def arrive(client: Client, first: int, count: int, **changed: Any) -> None:
    """Events of the last hours, whole."""
    told = [
        event(first + number, number % 7 + 1, NOW - timedelta(minutes=3 * number + 1), **changed)
        for number in range(count)
    ]
    for feed in FEEDS:
        put(client, feed, [each[feed] for each in told], first_offset=first)


def build(client: Client, web: Callable[[str], ModuleType]) -> None:
    layers = web("layers")
    layers.build_facts(client)
    layers.build_aggregates(client)
    for layer in layers.WHOLE:
        layers.build_whole(client, layer)


@pytest.fixture
def sound(loader: Client, web: Callable[[str], ModuleType]) -> Client:
    """Everything built, nothing wrong."""
    arrive(loader, 1, EVENTS)
    build(loader, web)
    return loader


@pytest.fixture
def failed(loader: Client, web: Callable[[str], ModuleType]) -> Callable[[], set[str]]:
    """failed(): the checks that fail now, as group/name, all groups run."""
    quality = web("quality")

    def run() -> set[str]:
        run_id = datetime.now(UTC).isoformat()
        for group in GROUPS:
            try:
                quality.check(loader, run_id, group)
            except quality.CheckFailedError:
                continue
        return {f"{each.check_group}/{each.check_name}" for each in quality.of_run(loader, run_id) if not each.passed}

    return run


def older(admin: Client, table: str, hours: float) -> None:
    """What has arrived in a table has done so hours earlier."""
    rows = admin.query(f"SELECT * REPLACE (arrived_at - INTERVAL {hours * 60:.0f} MINUTE AS arrived_at) FROM {table}")
    admin.command(f"TRUNCATE TABLE {table}")
    admin.insert(table, rows.result_rows, column_names=rows.column_names)


def silence(admin: Client, _: Callable[[str], ModuleType]) -> None:
    for feed in FEEDS:
        older(admin, f"events_{feed}_raw", 1.1)


def one_feed_stops(admin: Client, _: Callable[[str], ModuleType]) -> None:
    older(admin, "events_geo_raw", 0.75)


def nothing_is_built(admin: Client, _: Callable[[str], ModuleType]) -> None:
    for feed in FEEDS:
        older(admin, f"events_{feed}_raw", 1.1)
    admin.command("TRUNCATE TABLE layer_builds")
    admin.command("INSERT INTO layer_builds VALUES ('facts', now64(6), now64(6) - INTERVAL 5 HOUR, 1, [], 1)")


def holes(**fields: Any) -> Callable[[Client, Callable[[str], ModuleType]], None]:
    def plant(admin: Client, web: Callable[[str], ModuleType]) -> None:
        arrive(admin, 101, 4, **fields)
        build(admin, web)

    return plant


def repeated(admin: Client, web: Callable[[str], ModuleType]) -> None:
    told = [event(number, 1, NOW) for number in range(1, 11)]
    put(admin, "geo", [each["geo"] for each in told], first_offset=1001)
    build(admin, web)


def without_parts(admin: Client, web: Callable[[str], ModuleType]) -> None:
    for number in range(201, 206):
        put(admin, "browser", [event(number, 1, NOW)["browser"]], first_offset=number)
    build(admin, web)


def without_browser(admin: Client, web: Callable[[str], ModuleType]) -> None:
    told = [event(number, 1, NOW) for number in range(201, 221)]
    put(admin, "geo", [each["geo"] for each in told], first_offset=201)
    build(admin, web)
    older(admin, "events_geo_raw", 1.1)


def rejected(admin: Client, _: Callable[[str], ModuleType]) -> None:
    put(admin, "geo", [b"nonsense"] * 3, first_offset=901)


def as_built(statement: str) -> Callable[[Client, Callable[[str], ModuleType]], None]:
    """Something that happened to the tables after they were built."""

    def plant(admin: Client, _: Callable[[str], ModuleType]) -> None:
        admin.command(statement)

    return plant


def as_facts(values: str) -> Callable[[Client, Callable[[str], ModuleType]], None]:
    """A row among the facts that a build would not have made; the layers above are not built on it yet."""

    def plant(admin: Client, _: Callable[[str], ModuleType]) -> None:
        admin.command(f"{FACT} VALUES ({values})")
        admin.command("INSERT INTO layer_builds VALUES ('facts', now64(6), now64(6), 1, [today(), today() + 3], 1)")

    return plant


def at(moment: datetime) -> str:
    return f"'{moment:%Y-%m-%d %H:%M:%S}'"


FAULTS: dict[str, tuple[Callable[[Client, Callable[[str], ModuleType]], None], set[str]]] = {
    "nothing arrives any more": (silence, {"freshness/records_arrive"}),
    "one feed stops": (one_feed_stops, {"freshness/no_feed_stands_still"}),
    "facts are not built": (nothing_is_built, {"freshness/facts_follow_staging", "freshness/records_arrive"}),
    "pages are empty": (holes(page_url_path=None), {"nulls/pages_are_known"}),
    "countries are empty": (holes(geo_country=None), {"nulls/countries_are_known"}),
    "devices are empty": (holes(device_type=None), {"nulls/devices_are_known"}),
    "browsers are empty": (holes(browser_name=None), {"nulls/browsers_are_known"}),
    "phones that are not mobile": (holes(device_is_mobile=False), {"consistency/phones_are_mobile"}),
    "a feed repeats itself": (repeated, {"duplicates/feeds_seldom_repeat"}),
    "parts are missing": (without_parts, {"referential_integrity/facts_have_all_parts"}),
    "parts of no event": (
        without_browser,
        {"referential_integrity/parts_belong_to_events", "freshness/no_feed_stands_still"},
    ),
    "messages that are no records": (rejected, {"consistency/most_messages_are_records"}),
    "a day of hours is lost": (as_built("TRUNCATE TABLE agg_events_hourly"), {"layers/aggregates_add_up"}),
    "days are lost": (as_built("TRUNCATE TABLE agg_events_daily"), {"layers/aggregates_add_up"}),
    "traffic counts twice": (
        as_built("INSERT INTO agg_traffic_sources SELECT * FROM agg_traffic_sources"),
        {"layers/aggregates_add_up"},
    ),
    "days of users are lost": (as_built("TRUNCATE TABLE agg_user_days"), {"layers/aggregates_add_up"}),
    "users are lost": (
        as_built("TRUNCATE TABLE dim_users"),
        {"referential_integrity/users_of_facts_are_in_dim_users"},
    ),
    "places are lost": (
        as_built("TRUNCATE TABLE dim_geo"),
        {"referential_integrity/places_of_facts_are_in_dim_geo"},
    ),
    "facts are lost": (
        as_built("TRUNCATE TABLE fact_events"),
        {"layers/staged_events_are_facts", "layers/aggregates_add_up"},
    ),
    "an event at two times": (
        as_facts(f"'{identifier(1)}', {at(NOW)}, 'click', '{identifier(1)}', 15, 4, 'RU', 'Москва'"),
        {"facts/each_event_is_there_once"},
    ),
    "an event of nobody": (
        as_facts(f"'{identifier(999)}', {at(NOW)}, 'click', '{NOBODY}', 15, 4, 'RU', 'Москва'"),
        {"facts/no_event_is_of_nobody"},
    ),
    "a user who should be gone": (
        as_built(f"INSERT INTO erased_users (user_id) SELECT toUUID('{identifier(1)}')"),
        {"consistency/erased_users_are_gone"},
    ),
    "an event of the future": (
        as_facts(
            f"'{identifier(999)}', {at(NOW + timedelta(days=3))}, 'click', '{identifier(1)}', 15, 4, 'RU', 'Москва'"
        ),
        {"consistency/events_are_not_of_the_future"},
    ),
}


def test_nothing_is_found_where_nothing_is_wrong(sound: Client, failed: Callable[[], set[str]]) -> None:  # noqa: ARG001
    assert failed() == set()


def test_nothing_is_found_before_anything_has_arrived(failed: Callable[[], set[str]]) -> None:
    assert failed() == set()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(
    fault: str,
    sound: Client,  # noqa: ARG001
    admin: Client,
    web: Callable[[str], ModuleType],
    failed: Callable[[], set[str]],
) -> None:
    plant, expected = FAULTS[fault]

    plant(admin, web)

    # Facts with empty fields or parts can be so for more than one reason; what is expected is among them.
    found = failed()
    assert expected <= found
    assert {name for name in found - expected if not name.startswith(("nulls/", "referential_integrity/"))} == set()


def test_every_check_has_a_fault_that_it_finds(web: Callable[[str], ModuleType]) -> None:
    quality = web("quality")
    checks = {f"{group}/{name}" for group in GROUPS for name in quality.names(group)}

    assert checks == set().union(*(expected for _, expected in FAULTS.values()))


def test_results_are_kept_with_severity_threshold_and_message(sound: Client, web: Callable[[str], ModuleType]) -> None:
    web("quality").check(sound, "a run", "duplicates", "facts")

    kept = sound.query(
        "SELECT run_id, check_group, check_name, severity, threshold, passed FROM quality_results"
    ).result_rows
    assert kept == [
        ("a run", "facts", "each_event_is_there_once", "error", 0.0, True),
        ("a run", "duplicates", "feeds_seldom_repeat", "warning", 0.05, True),
        ("a run", "facts", "no_event_is_of_nobody", "error", 0.0, True),
    ]


def test_a_failing_check_stops_what_must_not_be_built_on_it(
    sound: Client, admin: Client, web: Callable[[str], ModuleType]
) -> None:
    quality, layers = web("quality"), web("layers")
    before = sound.query("SELECT countMerge(total_events) FROM agg_events_hourly").result_rows
    FAULTS["an event at two times"][0](admin, web)

    with pytest.raises(quality.CheckFailedError, match="error: each_event_is_there_once 1 "):
        quality.check(sound, "a run", "facts")
    # The DAG ends here; what readers see is what it was, and the days wait to be counted.
    assert sound.query("SELECT countMerge(total_events) FROM agg_events_hourly").result_rows == before
    assert layers.pending(sound, "aggregates")[0]
    admin.command(f"ALTER TABLE fact_events DELETE WHERE event_id = '{identifier(1)}' SETTINGS mutations_sync = 1")
    build(sound, web)
    layers.build_facts(sound, layers.EPOCH)
    quality.check(sound, "the next run", "facts")


def test_people_are_told_once_when_a_check_begins_to_fail_and_when_it_is_over(
    sound: Client, admin: Client, web: Callable[[str], ModuleType]
) -> None:
    from shared import notices  # noqa: PLC0415 - found as Airflow finds it

    quality = web("quality")
    known: dict[str, str] = {}

    def report(run_id: str, address: str) -> None:
        with suppress(quality.CheckFailedError):
            quality.check(sound, run_id, "consistency")
        findings = quality.findings(quality.of_run(sound, run_id))
        notices.settle(findings, dict(known), notices.send_by_apprise(address), keep)

    def keep(now: dict[str, str]) -> None:
        known.clear()
        known.update(now)

    with receiving() as receiver:
        report("sound", receiver.address)
        assert receiver.titles() == []
        rejected(admin, web)
        report("first", receiver.address)
        report("second", receiver.address)
        assert receiver.titles() == ["⚠ Sklad: Много неразобранных сообщений"]
        admin.command("TRUNCATE TABLE events_rejected")
        report("mended", receiver.address)
    assert receiver.titles()[1:] == ["✓ Sklad: Много неразобранных сообщений: прошло"]


def test_status_tells_what_was_built_and_which_checks_fail(
    loader: Client, admin: Client, web: Callable[[str], ModuleType], failed: Callable[[], set[str]]
) -> None:
    def told() -> list[tuple[str, ...]]:
        return [tuple(row) for row in admin.query(STATUS.read_text()).result_rows]

    assert told() == [("web: facts", "nothing has been built yet", ""), ("web: checks", "0 of 0 passed", "")]

    arrive(loader, 1, EVENTS)
    build(loader, web)
    assert failed() == set()
    (_, facts, _), (_, checks, problem) = told()
    assert facts.startswith(f"{EVENTS} events, built 20")
    assert problem == ""

    admin.command(f"INSERT INTO erased_users (user_id) SELECT toUUID('{identifier(1)}')")
    failed()
    passed, _, ran, _ = checks.split()
    [_, (_, checks, problem)] = told()
    assert passed == ran
    assert checks == f"{int(ran) - 1} of {ran} passed"
    assert problem == "web checks fail: erased_users_are_gone. docs/web.md says what to do."


def test_a_day_of_an_erased_user_alone_is_empty(loader: Client, web: Callable[[str], ModuleType]) -> None:
    for feed, record in event(1, 1, NOW - timedelta(days=5)).items():
        put(loader, feed, [record])
    build(loader, web)
    assert loader.query("SELECT count() FROM dim_users").result_rows == [(1,)]

    web("erasure").erase(loader, UUID(identifier(1)))

    for table in ("fact_events", *web("layers").AGGREGATES, *web("layers").WHOLE.values()):
        assert loader.query(f"SELECT count() FROM {table}").result_rows == [(0,)], table


@pytest.mark.parametrize("statements", range(1, 12))
def test_an_erasure_that_was_cut_off_is_gone_on_with(
    loader: Client, web: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch, statements: int
) -> None:
    for feed, record in event(1, 1, NOW - timedelta(days=5)).items():
        put(loader, feed, [record])
    build(loader, web)
    run, left = web("statements").run, iter(range(statements))

    def cut_off(client: Client, name: str, **parameters: Any) -> None:
        next(left)
        run(client, name, **parameters)

    with monkeypatch.context() as patch, pytest.raises(StopIteration):
        patch.setattr(web("statements"), "run", cut_off)
        web("erasure").erase(loader, UUID(identifier(1)))

    web("erasure").erase(loader, UUID(identifier(1)))

    for table in ("fact_events", *web("layers").AGGREGATES, *web("layers").WHOLE.values()):
        assert loader.query(f"SELECT count() FROM {table}").result_rows == [(0,)], table


def test_old_staging_is_cleared_of_whole_events_only(
    sound: Client, admin: Client, web: Callable[[str], ModuleType]
) -> None:
    layers = web("layers")
    put(admin, "browser", [event(501, 1, NOW)["browser"]], first_offset=501)  # its parts may still come
    put(admin, "geo", [event(502, 1, NOW)["geo"]], first_offset=502)  # so may its event
    build(sound, web)
    facts = sound.query("SELECT * FROM fact_events FINAL ORDER BY event_id").result_rows

    assert layers.clear_staging(sound) == "nothing is old enough"
    later = datetime.now(UTC) + timedelta(days=8)
    assert "2 records of incomplete events kept" in layers.clear_staging(sound, now=later)
    assert layers.clear_staging(sound, now=later) == "nothing is old enough"

    left = [sound.query(f"SELECT event_id FROM events_{feed}_raw").result_rows for feed in FEEDS]
    assert [[str(event_id) for (event_id,) in rows] for rows in left] == [[identifier(501)], [], [identifier(502)], []]
    # What comes late completes its event; what comes twice after all this changes nothing.
    for feed in ("device", "geo", "location"):
        put(admin, feed, [event(501, 1, NOW)[feed]], first_offset=601)
    put(
        admin,
        "browser",
        [event(1, 1, NOW - timedelta(minutes=1))["browser"] | {"browser_name": "Other"}],
        first_offset=602,
    )
    build(sound, web)
    after = sound.query("SELECT * FROM fact_events FINAL ORDER BY event_id").result_rows
    assert [row for row in after if str(row[0]) != identifier(501)] == [
        row for row in facts if str(row[0]) != identifier(501)
    ]
    parts = sound.query("SELECT parts FROM fact_events FINAL WHERE event_id = {id:UUID}", {"id": identifier(501)})
    assert parts.result_rows == [(15,)]
