"""Which findings turn the exit code of `sklad status`, and what a person reads then."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sklad.connect import ConnectorState
from sklad.health import Status, problems
from sklad.settings import load_settings

HEALTHY: dict[str, Any] = {
    "connectors": [ConnectorState("wms.stock_balances", "RUNNING", ("RUNNING",))],
    "slot": {
        "active": True,
        "wal_status": "reserved",
        "kept_wal_bytes": 10 * 2**20,
        "unread_wal_bytes": 0,
        "bytes_until_lost": 4086 * 2**20,
    },
    "rows_in_source": 90_000,
    "unread_messages": 3,
    "speeds": {"changes_per_second": None, "rows_per_second": None},
    "freshness": {"staleness_seconds": 1.5},
    "objective": {"burn": 40.0},
    "errors_kept": 0,
    "disk_free_mb": 50_000,
    "last_verify": {"verdict": "equal"},
    "stalled_refreshes": [],
    "last_reference_load": {"state": "success"},
}
RUN = {"started_at": datetime(2026, 11, 22, 8, 7, tzinfo=UTC), "missing": 1, "extra": 2, "different": 3}


def found(**changed: Any) -> list[str]:
    status = Status(services=[], memory_mb=0)
    for name, value in (HEALTHY | changed).items():
        setattr(status, name, value)
    return problems(status, load_settings())


def test_nothing_is_wrong_and_a_burnt_objective_is_no_fault_of_now() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"slot": HEALTHY["slot"] | {"wal_status": "lost"}},
            "slot is lost: changes no longer reach ClickHouse. Run: sklad",
        ),
        ({"slot": HEALTHY["slot"] | {"wal_status": "missing"}}, "slot is missing"),
        ({"slot": HEALTHY["slot"] | {"active": False}}, "nobody reads the replication slot"),
        (
            {"slot": HEALTHY["slot"] | {"kept_wal_bytes": 4090 * 2**20}},
            "keeps 4,090 MB of log; it is lost 4,086 MB from now",
        ),
        ({"connectors": []}, "no connector is registered"),
        ({"connectors": [ConnectorState("wms.x", "RUNNING", ("FAILED",))]}, "wms.x is RUNNING, tasks ['FAILED']"),
        (
            {
                "stalled_refreshes": [
                    {"view_name": "stock_activity_mv", "counted_at": RUN["started_at"], "reason": "no memory"}
                ]
            },
            "stock_activity_mv could not be counted since 2026-11-22 08:07 UTC",
        ),
        ({"freshness": {"staleness_seconds": 61.0}}, "data is 61 s old"),
        ({"freshness": {"staleness_seconds": None}}, "no heartbeat has come from the WMS yet"),
        ({"unread_messages": 6_000_001}, "6,000,001 changes are on their way: at 20,000 a second that takes 5 minutes"),
        ({"slot": HEALTHY["slot"] | {"unread_wal_bytes": 2**31}}, "sklad resync is faster than catching up"),
        ({"errors_kept": 2}, "2 messages could not be applied"),
        ({"disk_free_mb": 100}, "only 100 MB are free"),
        (
            {"last_verify": RUN | {"verdict": "different"}},
            "differ: 1 rows missing, 2 extra, 3 different at 2026-11-22 08:07",
        ),
        ({"last_verify": {"verdict": "undecided", "reason": "Kafka is away"}}, "could not decide: Kafka is away"),
        ({"last_reference_load": {"state": "failed"}}, "wms_reference_daily failed"),
    ],
)
def test_what_is_wrong_is_said(changed: dict[str, Any], said: str) -> None:
    (problem,) = found(**changed)
    assert said in problem


def test_a_large_table_may_be_further_behind() -> None:
    assert found(rows_in_source=1_000_000_000, unread_messages=35_000_000) == []


def test_a_stream_that_catches_up_soon_may_be_far_behind() -> None:
    fast = {"changes_per_second": 100_000.0, "rows_per_second": None}
    assert found(unread_messages=29_000_000, speeds=fast) == []


def test_the_speeds_of_this_machine_are_what_counts() -> None:
    slow = {"changes_per_second": 1000.0, "rows_per_second": 10_000.0}
    (problem,) = found(unread_messages=400_000, speeds=slow)
    assert "at 1,000 a second that takes 7 minutes" in problem
    assert "reads 90,000 balances in about 39 s" in problem
    assert found(unread_messages=400_000, speeds=slow, rows_in_source=4_000_000) == []


def test_what_could_not_be_asked_is_not_judged() -> None:
    assert found(**dict.fromkeys(HEALTHY)) == []


def test_a_slot_without_a_limit_is_never_about_to_be_lost() -> None:
    assert found(slot=HEALTHY["slot"] | {"kept_wal_bytes": 2**40, "bytes_until_lost": None}) == []
