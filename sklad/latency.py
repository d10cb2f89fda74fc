"""Commit-to-visible latency as a reader sees it: update rows in the WMS, ask ClickHouse until they show."""

import random
import statistics
import time
from dataclasses import dataclass
from datetime import datetime

import psycopg
from clickhouse_connect.driver.client import Client

from sklad import clickhouse
from sklad.errors import DeadlineError, ServiceError
from sklad.settings import Settings

PROBED_ROWS = 64
PROBES_A_SECOND = 20
VISIBLE_SECONDS = 60
DOUBT_SECONDS = 5
# One reader asks for all rows under way at once, and rests in between: three that asked every 4 ms took the CPU that
# the pipeline needs, and measured twice the latency. A figure is too high by up to this and the time of an answer.
REST_SECONDS = 0.02

Key = tuple[int, int]


@dataclass(frozen=True)
class Latencies:
    """Seconds from the commit's return to the first answer that shows it, one per probe, in order of showing."""

    seconds: list[float]

    def percentile(self, percent: int) -> float:
        """The `percent`-th percentile, in seconds."""
        return statistics.quantiles(self.seconds, n=100, method="inclusive")[percent - 1]


@dataclass(frozen=True)
class _Probe:
    committed: float  # seconds, time.perf_counter()
    updated_at: datetime


def probe(settings: Settings, seconds: float) -> Latencies:
    """Probe for `seconds`, at random moments, 20 times a second on average.

    Raises:
        ServiceError: the WMS has too few balances to probe with.
        DeadlineError: a committed change did not show within a minute.
    """
    found: list[float] = []
    under_way: dict[Key, _Probe] = {}
    dsn = settings.wms_dsn("wms_app", settings.wms_app_password)
    with psycopg.connect(dsn, autocommit=True) as connection, clickhouse.admin_client(settings) as client:
        free = probed_keys(connection)
        began = due = time.perf_counter()
        while time.perf_counter() < began + seconds or under_way:
            # At random moments: in step with the pipeline's own intervals, it would measure these.
            while free and due <= time.perf_counter() < began + seconds:
                due += random.expovariate(PROBES_A_SECOND)
                key = free.pop()
                if updated_at := touch(connection, key):
                    under_way[key] = _Probe(time.perf_counter(), updated_at)
            for key in _shown(client, under_way):
                found.append(time.perf_counter() - under_way.pop(key).committed)
                free.insert(0, key)
            _give_up_deleted(connection, under_way)
            time.sleep(REST_SECONDS)
    return Latencies(found)


def probed_keys(connection: psycopg.Connection) -> list[Key]:
    """Balances to measure with. Raises ServiceError if there are too few."""
    keys = connection.execute(
        "SELECT warehouse_id, product_id FROM stock_balances ORDER BY 1, 2 LIMIT 10000"
    ).fetchall()
    if len(keys) < PROBED_ROWS:
        raise ServiceError(
            f"the WMS has {len(keys)} balances, {PROBED_ROWS} are needed to measure with. Load the demo data first."
        )
    # A fixed seed: the rows differ from run to run only if the table does.
    return random.Random(1).sample(keys, PROBED_ROWS)  # noqa: S311 - no secret


def _shown(client: Client, under_way: dict[Key, _Probe]) -> list[Key]:
    """Keys whose change an answer of now shows."""
    if not under_way:
        return []
    rows = client.query(
        "SELECT warehouse_id, product_id, updated_at FROM stock_balances_v"
        " WHERE (warehouse_id, product_id) IN {keys:Array(Tuple(Int32, Int32))}",
        parameters={"keys": list(under_way)},
    ).result_rows
    return [(w, p) for w, p, updated in rows if updated.replace(tzinfo=None) >= under_way[w, p].updated_at]


def _give_up_deleted(connection: psycopg.Connection, under_way: dict[Key, _Probe]) -> None:
    """Forget probes whose row the workload has deleted. Raises DeadlineError for one that is there, and late."""
    now = time.perf_counter()
    for key in [key for key, probe in under_way.items() if now > probe.committed + DOUBT_SECONDS]:
        query = "SELECT FROM stock_balances WHERE (warehouse_id, product_id) = (%s, %s)"
        if connection.execute(query, key).rowcount == 0:
            del under_way[key]
        elif now > under_way[key].committed + VISIBLE_SECONDS:
            raise DeadlineError(
                f"the change of balance {key} is not visible after {VISIBLE_SECONDS} s. See: make status"
            )


def touch(connection: psycopg.Connection, key: Key) -> datetime | None:
    """Update the row without changing what it says; its new updated_at (UTC, without zone), None if it is gone."""
    row = connection.execute(
        "UPDATE stock_balances SET updated_at = clock_timestamp() WHERE warehouse_id = %s AND product_id = %s"
        " RETURNING updated_at AT TIME ZONE 'UTC'",
        key,
    ).fetchone()
    return row[0] if row else None
