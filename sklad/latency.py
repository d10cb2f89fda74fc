"""Commit-to-visible latency as a reader sees it: update a row in the WMS, ask ClickHouse until it shows."""

import random
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

import psycopg

from sklad import clickhouse
from sklad.errors import DeadlineError, ServiceError
from sklad.settings import Settings

VISIBLE_SECONDS = 60
POLL_SECONDS = 0.004


@dataclass(frozen=True)
class Latencies:
    """Seconds from the commit's return to the first answer that shows it, one per probe, in order of probing."""

    seconds: list[float]

    def percentile(self, percent: int) -> float:
        """The `percent`-th percentile, in seconds."""
        return statistics.quantiles(self.seconds, n=100, method="inclusive")[percent - 1]


def probe(settings: Settings, seconds: float, probers: int = 3) -> Latencies:
    """Probe for `seconds` with `probers` rows side by side.

    Raises:
        ServiceError: the WMS has no balances to probe with.
        DeadlineError: a committed change did not show within a minute.
    """
    with psycopg.connect(settings.wms_dsn("wms_app", settings.wms_app_password)) as connection:
        # A fixed seed: the rows differ from run to run only if the table does.
        keys = connection.execute(
            "SELECT warehouse_id, product_id FROM stock_balances ORDER BY 1, 2 LIMIT 10000"
        ).fetchall()
    if len(keys) < probers:
        raise ServiceError(
            f"the WMS has {len(keys)} balances, {probers} are needed to measure with. Load the demo data first."
        )
    chosen = random.Random(1).sample(keys, probers)  # noqa: S311 - no secret
    stop = threading.Event()
    timer = threading.Timer(seconds, stop.set)
    timer.start()
    try:
        with ThreadPoolExecutor(probers) as pool:
            measured = list(pool.map(lambda key: _probe_row(settings, key, stop), chosen))
    finally:
        timer.cancel()
    return Latencies([value for row in measured for value in row])


def _probe_row(settings: Settings, key: tuple[int, int], stop: threading.Event) -> list[float]:
    found: list[float] = []
    dsn = settings.wms_dsn("wms_app", settings.wms_app_password)
    with psycopg.connect(dsn, autocommit=True) as connection, clickhouse.admin_client(settings) as client:
        query = "SELECT updated_at FROM stock_balances_v WHERE (warehouse_id, product_id) = {key:Tuple(Int32, Int32)}"
        while not stop.is_set():
            written = _touch(connection, key)
            began = time.perf_counter()
            while True:
                rows = client.query(query, parameters={"key": key}).result_rows
                elapsed = time.perf_counter() - began
                if rows and rows[0][0].replace(tzinfo=None) >= written:
                    break
                if elapsed > VISIBLE_SECONDS:
                    raise DeadlineError(
                        f"the change of balance {key} is not visible after {VISIBLE_SECONDS} s. See: make status"
                    )
                time.sleep(POLL_SECONDS)
            found.append(elapsed)
            # Not in step with the pipeline's own intervals.
            time.sleep(random.uniform(0.01, 0.1))  # noqa: S311 - no secret
    return found


def _touch(connection: psycopg.Connection, key: tuple[int, int]) -> datetime:
    """Update the row without changing what it says; returns its new updated_at (UTC, without zone)."""
    row = connection.execute(
        "UPDATE stock_balances SET updated_at = clock_timestamp() WHERE warehouse_id = %s AND product_id = %s"
        " RETURNING updated_at AT TIME ZONE 'UTC'",
        key,
    ).fetchone()
    if row is None:
        raise ServiceError(f"balance {key} was deleted while it was being measured with. Run the measurement again.")
    return row[0]  # type: ignore[no-any-return]
