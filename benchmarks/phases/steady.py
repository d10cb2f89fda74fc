"""A steady rate of changes, and how long each mark among them takes to show. The ladder: rates until lag grows."""

import time
from typing import Any

from benchmarks.phases.checked import check, percentiles
from benchmarks.processes import measured
from benchmarks.stack import Stack
from benchmarks.systems.system import System
from benchmarks.workload import Writer

DRAIN_SECONDS = 300
# A source that makes less than this share of what it should is what limits, not the system.
KEPT_UP = 0.9
# Lag grows when the last third of the marks took so much longer than the first.
GROWTH_SECONDS = 1.0


def steady(stack: Stack, system: System, rate: float, seconds: float, warm_up: float) -> dict[str, Any]:
    """Measure one rate. Marks of the first `warm_up` seconds don't count."""
    with (
        system.watch() as sightings,
        Writer(stack.wms_app_dsn(), stack.source.products).at_rate(rate, warm_up + seconds) as running,
        measured(stack.pipeline) as usage,
    ):
        written = running.result()
        last = max(written.marks)
        sightings.wait_for(last, DRAIN_SECONDS)
    first = min(written.marks.values()) + warm_up
    counted = {number: moment for number, moment in written.marks.items() if moment >= first}
    latencies = sightings.latencies(counted)
    third = len(latencies) // 3
    growth = _median(latencies[-third:]) - _median(latencies[:third]) if third else 0.0
    return {
        "rate": rate,
        "changes": written.changes,
        "made_per_s": round(written.changes / written.seconds, 1),
        **percentiles(latencies),
        "growth_seconds": round(growth, 3),
        "source_kept_up": written.changes >= KEPT_UP * rate * written.seconds,
        "is_sustained": growth < GROWTH_SECONDS,
        "cpu_seconds": usage.cpu_seconds,
        "cpu_seconds_per_million": round(usage.cpu_total / written.changes * 1e6, 1),
        "peak_memory_bytes": usage.peak_memory_bytes,
        "peak_wal_bytes": usage.peak_wal_bytes,
        "raw_ms": [round(value * 1000, 1) for value in latencies],
        "at": time.time(),
    }


def ladder(stack: Stack, system: System, rates: list[float], seconds: float, warm_up: float) -> dict[str, Any]:
    """Rate after rate until lag grows or the source can't make more."""
    steps: list[dict[str, Any]] = []
    for rate in rates:
        step = steady(stack, system, rate, seconds, warm_up)
        steps.append(step)
        if not step["is_sustained"] or not step["source_kept_up"]:
            break
    kept = [step["made_per_s"] for step in steps if step["is_sustained"]]
    return {
        "steps": steps,
        "sustained_per_s": max(kept, default=0),
        "storage": system.storage(),
        "equal": check(stack, system),
    }


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]
