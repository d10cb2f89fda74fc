"""Readers ask for sums over the whole state all the time, while changes go on."""

import threading
import time
from typing import Any

from benchmarks.phases.checked import percentiles
from benchmarks.phases.steady import steady
from benchmarks.stack import Stack
from benchmarks.systems.system import System


def readers(stack: Stack, system: System, count: int, rate: float, seconds: float, warm_up: float) -> dict[str, Any]:
    """What `steady` measures, and how long the readers' answers took."""
    query = (
        f"SELECT warehouse_id, count(), sum(quantity) FROM ({system.state})"
        " GROUP BY warehouse_id ORDER BY 3 DESC LIMIT 10"
    )
    answers: list[float] = []
    done = threading.Event()

    def read() -> None:
        with system.connect() as client:
            while not done.is_set():
                began = time.monotonic()
                client.query(query)
                answers.append(time.monotonic() - began)

    threads = [threading.Thread(target=read, name=f"reader {number}") for number in range(count)]
    for thread in threads:
        thread.start()
    try:
        found = steady(stack, system, rate, seconds, warm_up)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    return found | {"readers": count, "answers": percentiles(answers)}
