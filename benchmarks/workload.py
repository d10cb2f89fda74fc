"""The WMS at work, in a process of its own: changes at a steady rate, or many in one transaction, and marks among them.

A mark is a change of one balance that nobody else changes: its quantity counts up. Whoever sees a quantity of it has
seen all that was committed before.
"""

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.synchronize import Event
from typing import Any

import numpy as np
import psycopg

from benchmarks.stack import MARK, WAREHOUSES
from data_generator.pacing import OpenLoop
from data_generator.sql import statement

_MARK = "UPDATE stock_balances SET quantity = %s WHERE (warehouse_id, product_id) = (%s, %s)"
_MARKS_A_SECOND = 20


@dataclass
class Written:
    """What the writer did: when each mark was committed (seconds, time.monotonic()), and how many rows changed."""

    marks: dict[int, float] = field(default_factory=dict)
    changes: int = 0
    seconds: float = 0


class Writer:
    """One connection of role wms_app. Marks go on counting over all phases of a run."""

    def __init__(self, dsn: str, products: int) -> None:
        self._dsn = dsn
        self._products = products

    def mark(self) -> tuple[int, float]:
        """Change the mark alone; returns its number, and when it was committed."""
        with psycopg.connect(self._dsn, autocommit=True) as wms:
            number = last_mark(wms) + 1
            wms.execute(_MARK, [number, *MARK])
            return number, time.monotonic()

    def burst(self, rows: int) -> tuple[int, float]:
        """Change so many rows, by warehouse, and then the mark, in one transaction; as `mark`."""
        whole, rest = divmod(rows, self._products)
        with psycopg.connect(self._dsn) as wms:
            number = last_mark(wms) + 1
            changed = wms.execute(
                "UPDATE stock_balances SET quantity = (quantity + 1) %% 1000 WHERE warehouse_id <= %s"
                " OR (warehouse_id = %s AND product_id <= %s)",
                [min(whole, WAREHOUSES), whole + 1, rest],
            ).rowcount
            assert changed == rows, f"{changed} rows were changed, {rows} were to be"
            wms.execute(_MARK, [number, *MARK])
            wms.commit()
            return number, time.monotonic()

    @contextmanager
    def at_rate(self, rate: float, seconds: float) -> Iterator["Running"]:
        """Change rows drawn at random at this rate; the process ends with the context, if it has not by then."""
        running = Running(self._dsn, self._products, rate, seconds)
        try:
            yield running
        finally:
            running.stop()


class Running:
    """A writer's process."""

    def __init__(self, dsn: str, products: int, rate: float, seconds: float) -> None:
        context = multiprocessing.get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._stopped = context.Event()
        self._process = context.Process(
            target=_write, args=(dsn, products, rate, seconds, theirs, self._stopped), daemon=True
        )
        self._process.start()
        self._seconds = seconds

    def result(self) -> Written:
        """What it has done, when it is through."""
        if not self._ours.poll(self._seconds + 60):
            raise TimeoutError("the workload does not come to its end")
        found: Written = self._ours.recv()
        self._process.join(30)
        return found

    def stop(self) -> None:
        self._stopped.set()
        self._process.join(30)
        if self._process.is_alive():
            self._process.kill()

    @property
    def pid(self) -> int | None:
        return self._process.pid


def last_mark(wms: psycopg.Connection) -> int:
    """The mark's number now."""
    query = "SELECT quantity FROM stock_balances WHERE (warehouse_id, product_id) = (%s, %s)"
    return int(wms.execute(query, [*MARK]).fetchall()[0][0])


def _write(dsn: str, products: int, rate: float, seconds: float, out: Any, stopped: Event) -> None:  # noqa: ANN401
    random = np.random.default_rng(1)
    done = Written()
    with psycopg.connect(dsn, autocommit=True) as wms:
        number, marked = last_mark(wms), 0.0
        began = time.monotonic()
        pace = OpenLoop(rate, began)
        while (now := time.monotonic()) < began + seconds and not stopped.is_set():
            if (wait := pace.wait(now)) > 0:
                time.sleep(min(wait, 0.01))
                continue
            due = pace.due(now)
            with wms.pipeline(), wms.transaction():
                changed = wms.execute(statement("stock", "update_balances"), _draw(random, due, products), prepare=True)
                is_marked = now >= marked + 1 / _MARKS_A_SECOND
                if is_marked:
                    wms.execute(_MARK, [number + 1, *MARK], prepare=True)
            if is_marked:
                number, marked = number + 1, now
                done.marks[number] = time.monotonic()
            done.changes += changed.rowcount
            pace.done(now, due)
        done.seconds = time.monotonic() - began
    out.send(done)


def _draw(random: np.random.Generator, rows: int, products: int) -> dict[str, list[int]]:
    return {
        "warehouses": random.integers(1, WAREHOUSES, rows, endpoint=True).tolist(),
        "products": random.integers(1, products, rows, endpoint=True).tolist(),
        "quantities": random.integers(0, 1000, rows).tolist(),
    }
