"""From nothing to the whole table, slot and all included; then until a change flows."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError

from benchmarks.phases.checked import check
from benchmarks.processes import measured
from benchmarks.stack import MARK, Stack
from benchmarks.systems.system import REST_SECONDS, System
from benchmarks.workload import Writer

SECONDS = 300


def first_load(stack: Stack, system: System) -> dict[str, Any]:
    """`seconds`: until a reader counts all rows. `flowing_seconds`: until a change made after that shows."""
    system.prepare()
    with measured(stack.pipeline) as usage, ThreadPoolExecutor(1) as pool:
        began = time.monotonic()
        beginning = pool.submit(system.begin)
        while not _is_whole(stack, system):
            if beginning.done():
                beginning.result()
            if time.monotonic() > began + SECONDS:
                raise TimeoutError(f"{system.name} has not loaded {stack.rows:,} rows within {SECONDS} s")
        seconds = time.monotonic() - began
        beginning.result()
        marks, flowing_at = _flowing(stack, system)
    return {
        "rows": stack.rows,
        "seconds": round(seconds, 3),
        "rows_per_s": round(stack.rows / seconds),
        "flowing_seconds": round(flowing_at - began, 3),
        "marks_until_flowing": marks,
        "cpu_seconds": usage.cpu_seconds,
        "peak_memory_bytes": usage.peak_memory_bytes,
        "equal": check(stack, system),
    }


def _flowing(stack: Stack, system: System) -> tuple[int, float]:
    """How many changes it takes until one of them shows, a second between two, and when.

    A system may lose the first, or be more than a second behind: any of them counts.
    """
    writer = Writer(stack.wms_app_dsn(), stack.source.products)
    with system.watch() as sightings:
        first, _ = writer.mark()
        for marks in range(1, SECONDS):
            with suppress(TimeoutError):
                return marks, sightings.wait_for(first, 1)
            writer.mark()
    raise TimeoutError(f"{system.name} shows no change {SECONDS} s after its first load")


def _is_whole(stack: Stack, system: System) -> bool:
    """Whether all rows are visible.

    The mark stands last in the WMS's table and is quickly asked for. All are counted once it shows: counting takes from
    the load what it is to measure.
    """
    time.sleep(REST_SECONDS)
    with suppress(ClickHouseError):  # while there is no table
        mark = f"SELECT count() FROM ({system.state}) WHERE warehouse_id = {MARK[0]} AND product_id = {MARK[1]}"
        if _ask(stack, mark):
            return _ask(stack, f"SELECT count() FROM ({system.state})") == stack.rows
    return False


def _ask(stack: Stack, query: str) -> int:
    return int(stack.admin.query(query).result_rows[0][0])
