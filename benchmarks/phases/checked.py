"""Proof after each phase: rows and checksum of the whole state equal the WMS's."""

from typing import Any

from benchmarks.stack import Stack
from benchmarks.systems.system import System
from benchmarks.workload import Writer

SETTLED_SECONDS = 300


def check(stack: Stack, system: System) -> bool | None:
    """Whether both are equal once all has arrived; nobody may write. None: the system has no state to compare."""
    if not system.state:
        return None
    with system.watch() as sightings:
        number, _ = Writer(stack.wms_app_dsn(), stack.source.products).mark()
        sightings.wait_for(number, SETTLED_SECONDS)
    there, here = stack.checksums(system.state)
    return there == here


def percentiles(seconds: list[float]) -> dict[str, Any]:
    """p50, p95, p99 in milliseconds, and of how many."""
    ordered = sorted(seconds)
    if not ordered:
        return {"marks": 0, "p50_ms": None, "p95_ms": None, "p99_ms": None}

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000, 1)

    return {"marks": len(ordered), "p50_ms": at(0.50), "p95_ms": at(0.95), "p99_ms": at(0.99)}
