"""It was down while the WMS went on: how fast it catches up."""

import time
from typing import Any

from benchmarks.phases.checked import check
from benchmarks.processes import measured
from benchmarks.stack import Stack
from benchmarks.systems.system import System
from benchmarks.workload import Writer

SECONDS = 1800


def catch_up(stack: Stack, system: System, rate: float, downtime: float) -> dict[str, Any]:
    """The changes of so many seconds at this rate; `seconds`: from the start of the system to when the last shows."""
    writer = Writer(stack.wms_app_dsn(), stack.source.products)
    system.pause()
    with measured(stack.pipeline) as away, writer.at_rate(rate, downtime) as running:
        written = running.result()
    number, _ = writer.mark()
    with measured(stack.pipeline) as usage, system.watch() as sightings:
        began = time.monotonic()
        system.resume()
        seconds = sightings.wait_for(number, SECONDS) - began
    return {
        "changes": written.changes,
        "downtime_seconds": downtime,
        "seconds": round(seconds, 3),
        "changes_per_s": round(written.changes / seconds),
        "cpu_seconds": usage.cpu_seconds,
        "peak_memory_bytes": usage.peak_memory_bytes,
        "peak_wal_bytes": max(away.peak_wal_bytes, usage.peak_wal_bytes),
        "equal": check(stack, system),
    }
