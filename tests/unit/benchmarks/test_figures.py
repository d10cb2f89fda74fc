"""From raw results to the figures that are quoted."""

from typing import Any

from benchmarks.figures import BARE, OURS, Results, figures


def step(rate: float, p50: float, p99: float) -> dict[str, Any]:
    return {
        "rate": rate,
        "p50_ms": p50,
        "p95_ms": p99,
        "p99_ms": p99,
        "made_per_s": rate,
        "cpu_seconds_per_million": 100.0,
    }


def ladder(system: str, repetition: int, *steps: dict[str, Any]) -> dict[str, Any]:
    storage = {"state_bytes": 4e6, "state_rows": 1.5e6, "log_bytes": 3e6, "log_rows": 3e5}
    return {
        "system": system,
        "phase": "ladder",
        "repetition": repetition,
        "steps": list(steps),
        "sustained_per_s": max(step["made_per_s"] for step in steps),
        "storage": storage,
        "equal": True,
    }


def speed(system: str, phase: str, rows_per_s: int, **more: object) -> dict[str, Any]:
    return {"system": system, "phase": phase, "repetition": 0, "rows_per_s": rows_per_s, "equal": True} | more


RAW = [
    ladder(OURS, 0, step(500, 40, 90), step(5000, 50, 100)),
    ladder(OURS, 1, step(500, 40, 90), step(5000, 60, 300)),
    ladder(OURS, 2, step(500, 40, 90), step(5000, 55, 200)),
    ladder(BARE, 0, step(5000, 20, 50)),
    speed(OURS, "first load 1000000", 900_000),
    speed(OURS, "first load 10000000", 1_600_000),
    speed("engine read in 1", "read 10000000", 1_900_000),
    speed("engine read in 2", "read 10000000", 2_000_000),
    {"system": OURS, "phase": "cost 5000", "repetition": 0, "cpu_seconds_per_million": 70.0, "equal": True},
    speed(OURS, "burst 200000", 40_000),
    speed(OURS, "burst 1000000", 50_000),
]


def test_figures_are_medians_at_the_largest_sizes() -> None:
    found = figures(Results(RAW))
    assert found == {
        "p50_ms_5000": 55,
        "p99_ms_5000": 200,
        "p99_ratio_to_bare_consumer_5000": 4.0,
        "sustained_changes_per_s": 5000,
        "burst_rows_per_s": 50_000,
        "first_load_rows_per_s": 1_600_000,
        "first_load_ratio_to_engine_read": 0.8,
        "cpu_s_per_million_5000": 100.0,
        "cpu_s_per_million_5000_unread": 70.0,
        "log_bytes_per_change": 10.0,
        "state_bytes_per_balance": 4.0,
        "memory_gib": None,
        "warm_start_s": None,
    }


def test_nothing_measured_is_no_figure() -> None:
    assert set(figures(Results([])).values()) == {None}


def test_what_failed_or_ended_unequal_is_told_and_does_not_count() -> None:
    failed = {"system": OURS, "phase": "burst 1000000", "repetition": 1, "error": "TimeoutError: …"}
    differs = speed(OURS, "burst 1000000", 70_000, equal=False)
    results = Results([*RAW, failed, differs])
    assert results.failed == [failed, differs]
    assert figures(results) == figures(Results(RAW))
    assert not Results(RAW).failed
