"""The web feeds: the same each time, of one piece over the four, like people, with the faults that were asked for."""

import hashlib
import json
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data_generator.web import FILES, generate
from data_generator.web_options import Faults, WebOptions
from data_generator.web_records import FEEDS

UNTIL = datetime(2026, 11, 16, tzinfo=UTC)  # a Monday


def options(**changed) -> WebOptions:
    return WebOptions(**({"events": 20_000, "days": 14, "until": UNTIL} | changed))


def read(folder: Path) -> dict[str, list[dict]]:
    return {feed: [json.loads(line) for line in (folder / f"{feed}.jsonl").open()] for feed in FEEDS}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict]]:
    folder = tmp_path_factory.mktemp("sound")
    generate(options(), folder)
    return read(folder)


def digest(folder: Path) -> str:
    return hashlib.sha256(b"".join((folder / name).read_bytes() for name in FILES)).hexdigest()


def test_the_same_options_give_the_same_bytes_and_another_seed_gives_others(tmp_path: Path) -> None:
    faults = Faults(duplicates=0.02, late=0.02, missing=0.02, nulls=0.02, malformed=0.02)
    for name, seed in (("first", 1), ("second", 1), ("other", 2)):
        generate(options(seed=seed, events=3000, faults=faults), tmp_path / name)

    assert digest(tmp_path / "first") == digest(tmp_path / "second")
    assert digest(tmp_path / "first") != digest(tmp_path / "other")


def test_the_four_feeds_tell_of_the_same_events(sound: dict[str, list[dict]]) -> None:
    told = [{(each["event_id"], each["user_id"], each["event_timestamp"]) for each in sound[feed]} for feed in FEEDS]

    assert told[0] == told[1] == told[2] == told[3]
    assert len(told[0]) == len(sound["browser_events"])
    assert len(sound["browser_events"]) == pytest.approx(20_000, rel=0.05)


def test_events_lie_within_the_period_and_say_their_offset_from_utc(sound: dict[str, list[dict]]) -> None:
    moments = [datetime.fromisoformat(each["event_timestamp"]) for each in sound["browser_events"]]

    # A session that begins in the last minute goes on past the end.
    assert min(moments) >= datetime(2026, 11, 2, tzinfo=UTC)
    assert max(moments) < datetime(2026, 11, 16, 2, tzinfo=UTC)
    assert len({moment.utcoffset() for moment in moments}) > 5


def test_visitors_keep_their_place_device_and_address_and_return(sound: dict[str, list[dict]]) -> None:
    kept = defaultdict(set)
    days = defaultdict(set)
    for geo, device in zip(sound["geo_events"], sound["device_events"], strict=True):
        kept[geo["user_id"]].add((geo["ip_address"], geo["geo_region_name"], device["os_name"], device["device_type"]))
        days[geo["user_id"]].add(geo["event_timestamp"][:10])

    assert {len(seen) for seen in kept.values()} == {1}
    returning = sum(len(each) > 1 for each in days.values()) / len(days)
    assert 0.3 < returning < 0.95


def test_fewer_come_at_each_step_of_the_funnel(sound: dict[str, list[dict]]) -> None:
    kinds = Counter(each["event_type"] for each in sound["browser_events"])

    assert kinds["pageview"] > kinds["click"] > kinds["add_to_cart"] > kinds["checkout"] > kinds["purchase"] > 0


def test_people_sleep_and_rest_on_some_days_wherever_they_live(sound: dict[str, list[dict]]) -> None:
    local = [datetime.fromisoformat(each["event_timestamp"]) for each in sound["browser_events"]]
    east = [moment for moment in local if moment.utcoffset().total_seconds() >= 6 * 3600]  # type: ignore[union-attr]

    for moments in (local, east):
        hours = Counter(moment.hour for moment in moments)
        assert sum(hours[hour] for hour in range(19, 22)) > 3 * sum(hours[hour] for hour in range(2, 5))
    weekdays = Counter(moment.weekday() for moment in local)
    assert weekdays[5] > weekdays[1]


def test_campaigns_bring_sessions_and_bots_come_directly(sound: dict[str, list[dict]]) -> None:
    bots = {each["user_id"] for each in sound["device_events"] if each["device_type"] == "bot"}
    sources = Counter((each["utm_source"], each["user_id"] in bots) for each in sound["location_events"])

    assert bots
    assert {source for source, _ in sources} >= {None, "google", "yandex", "newsletter"}
    assert {source for source, is_bot in sources if is_bot} == {None}


def test_referers_lead_from_page_to_page(sound: dict[str, list[dict]]) -> None:
    internal = [each for each in sound["location_events"] if each["referer_medium"] == "internal"]

    assert internal
    assert all(each["referer_url"].startswith("https://shop.example.com/") for each in internal)


@pytest.mark.parametrize("kind", ["duplicates", "late", "missing", "nulls", "malformed"])
def test_faults_come_at_the_rate_that_was_asked_for(kind: str, tmp_path: Path) -> None:
    made = generate(options(faults=Faults(**{kind: 0.05})), tmp_path)

    for feed in FEEDS:
        assert made.faults[feed][kind] == pytest.approx(0.05 * made.events, rel=0.15)
        assert sum(made.faults[feed].values()) == made.faults[feed][kind]


def test_each_fault_is_what_it_says(tmp_path: Path, sound: dict[str, list[dict]]) -> None:
    right = [each["event_id"] for each in sound["geo_events"]]

    def geo(**faults: float) -> list[str]:
        generate(options(faults=Faults(**faults)), tmp_path)
        return (tmp_path / "geo_events.jsonl").read_text().splitlines()

    def ids(lines: list[str]) -> list[str]:
        return [json.loads(line)["event_id"] for line in lines]

    twice = Counter(ids(geo(duplicates=0.05)))
    assert set(twice) == set(right)
    assert set(twice.values()) == {1, 2}
    late = ids(geo(late=0.05))
    assert sorted(late) == sorted(right)
    assert late != right
    missing = ids(geo(missing=0.05))
    assert 0.9 * len(right) < len(missing) < len(right)
    holes = [json.loads(line) for line in geo(nulls=0.05)]
    assert {name for each in holes for name, value in each.items() if value is None} == {
        "geo_country",
        "geo_region_name",
    }
    whole = {json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in sound["geo_events"]}
    broken = [line for line in geo(malformed=0.05) if line not in whole]
    assert {line[:10] for line in broken} > {"Traceback "}
    assert any('"event_timestamp":"1970-' in line for line in broken)
    assert any('"event_timestamp":"2200-' in line for line in broken)


def test_memory_does_not_grow_with_the_number_of_events(tmp_path: Path) -> None:
    program = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from data_generator.web import generate\n"
        "from data_generator.web_options import Faults, WebOptions\n"
        "generate(WebOptions(events=int(sys.argv[1]), faults=Faults(late=0.01)), Path(sys.argv[2]))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)\n"
    )

    def megabytes(events: int) -> int:
        done = subprocess.run(
            [sys.executable, "-c", program, str(events), str(tmp_path)], capture_output=True, text=True, check=True
        )
        return int(done.stdout)

    assert megabytes(120_000) < 1.2 * megabytes(40_000)
