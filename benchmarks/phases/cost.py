"""What a change costs while nobody reads: CPU of the engines at a steady rate, without the harness's own questions."""

from typing import Any

from benchmarks.phases.checked import check
from benchmarks.processes import measured
from benchmarks.stack import Stack
from benchmarks.systems.system import System
from benchmarks.workload import Writer


def cost(stack: Stack, system: System, rate: float, seconds: float, warm_up: float) -> dict[str, Any]:
    """Measure one rate, after `warm_up` seconds of it."""
    writer = Writer(stack.wms_app_dsn(), stack.source.products)
    with writer.at_rate(rate, warm_up) as running:
        running.result()
    with writer.at_rate(rate, seconds) as running, measured(stack.pipeline) as usage:
        written = running.result()
    return {
        "rate": rate,
        "changes": written.changes,
        "made_per_s": round(written.changes / written.seconds, 1),
        "cpu_seconds": usage.cpu_seconds,
        "cpu_seconds_per_million": round(usage.cpu_total / written.changes * 1e6, 1),
        "equal": check(stack, system),
    }
