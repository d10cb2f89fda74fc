"""Many rows in one transaction: from its commit to when the last of them shows."""

from typing import Any

from benchmarks.phases.checked import check
from benchmarks.processes import measured
from benchmarks.stack import Stack
from benchmarks.systems.system import System
from benchmarks.workload import Writer

SECONDS = 900


def burst(stack: Stack, system: System, rows: int) -> dict[str, Any]:
    """One UPDATE. The rate counts from the commit: before it nobody may see anything."""
    with system.watch() as sightings, measured(stack.pipeline) as usage:
        number, committed = Writer(stack.wms_app_dsn(), stack.source.products).burst(rows)
        seconds = sightings.wait_for(number, SECONDS) - committed
    return {
        "rows": rows,
        "seconds": round(seconds, 3),
        "rows_per_s": round(rows / seconds),
        "cpu_seconds": usage.cpu_seconds,
        "cpu_seconds_per_million": round(usage.cpu_total / rows * 1e6, 1),
        "peak_memory_bytes": usage.peak_memory_bytes,
        "peak_wal_bytes": usage.peak_wal_bytes,
        "equal": check(stack, system),
    }
