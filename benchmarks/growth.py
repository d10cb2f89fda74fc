"""How questions, freshness, merges and disk go with the number of balances and the length of the change log.

PYTHONPATH=. .venv/bin/python -m benchmarks.growth --balances 1000000,10000000,100000000
PYTHONPATH=. .venv/bin/python -m benchmarks.growth --balances 10000000 --changes 100000000,1000000000

On engines of its own. The WMS has a million balances, and changes go on in it; what ClickHouse has beyond that is made
up there, and so is the past (benchmarks.fill_log): how long loading takes is what `make bench` measures.
"""

import json
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import clickhouse_connect
import typer
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from rich.console import Console

from benchmarks import machine
from benchmarks.fill_log import fill
from benchmarks.phases.steady import steady
from benchmarks.stack import WAREHOUSES, Source, Stack, running_stack
from benchmarks.systems.sklad import Sklad
from benchmarks.systems.system import parts_of
from sklad import clickhouse
from sklad.settings import ROOT
from sklad.waiting import wait_until

QUERIES = ROOT / "superset" / "queries" / "stock"
IN_WMS = 1_000_000
DAYS = 28
TIMES = 5
RATE, SECONDS, WARM_UP = 500, 20, 10
AT_ONCE = 2_000_000
SLOWEST_SECONDS = 7200
_AS_LONG_AS_IT_TAKES = {"max_execution_time": SLOWEST_SECONDS}

# Further products, in all warehouses; as new as what was loaded.
_BALANCES = """
INSERT INTO stock_balances
WITH (SELECT max(version) FROM stock_balances) AS loaded
SELECT
    1 + number % {warehouses:UInt32},
    1 + intDiv(number, {warehouses:UInt32}),
    rand(1) % 1000,
    now64(6, 'UTC') - toIntervalMicrosecond(rand64(2) % 2592000000000),
    loaded,
    0
FROM numbers({first:UInt64}, {rows:UInt64})
"""
_REFERENCES = (
    "INSERT INTO regions SELECT number, 'Region ' || toString(number) FROM numbers(1, 10)",
    "INSERT INTO warehouses SELECT number, 'Warehouse ' || toString(number), 1 + number % 10"
    " FROM numbers(1, {warehouses:UInt32})",
    "INSERT INTO products SELECT number, 'Product ' || toString(number), 'Category ' || toString(number % 20)"
    " FROM numbers(1, {products:UInt32})",
)
_AS_OF = "SELECT sum(quantity) FROM stock_balances_as_of(moment = now64(6, 'UTC') - INTERVAL {})"
_REFRESHED = ("stock_bands_mv", "stock_hours_mv", "stock_activity_mv")
_REFRESH = (
    "SELECT last_success_time, last_success_duration_ms, exception FROM system.view_refreshes"
    " WHERE database = currentDatabase() AND view = {view:String}"
)
_MERGED = "SELECT sum(value) FROM system.events WHERE event = 'MergedUncompressedBytes'"


def _questions() -> dict[str, str]:
    """What the user bi asks, by name: of the state's view, and of the datasets as charts do."""

    def dataset(name: str) -> str:
        return f"({(QUERIES / f'{name}.sql').read_text()})"

    return {
        "one balance": "SELECT quantity FROM stock_balances_v WHERE warehouse_id = 7 AND product_id = 77",
        "a warehouse": "SELECT count(), sum(quantity) FROM stock_balances_v WHERE warehouse_id = 7",
        "all balances by warehouse": "SELECT warehouse_id, sum(quantity) FROM stock_balances_v GROUP BY 1",
        "tile of units": f'SELECT sum("остаток, шт.") FROM {dataset("stock_totals")}',
        "missing by region": f'SELECT "регион", count() FROM {dataset("stock_missing")} GROUP BY 1',
        "list, largest first": f'SELECT * FROM {dataset("bi_stock_full")} ORDER BY "остаток, шт." DESC LIMIT 100',
        "soonest to run out": f"SELECT * FROM {dataset('stock_cover')}"
        ' WHERE "запас, дней" > 0 ORDER BY "запас, дней" LIMIT 100',
        "a week's level by hour": 'SELECT toStartOfHour("время"), sum("изменение, шт.")'
        f" FROM {dataset('stock_levels')} GROUP BY 1",
        "what left most in a day": f'SELECT "товар", sum("расход, шт.") AS left FROM {dataset("stock_movements")}'
        ' WHERE "время" > now() - INTERVAL 1 DAY GROUP BY 1 ORDER BY left DESC LIMIT 10',
        "an hour's newest movements": f"SELECT * FROM {dataset('stock_movements')}"
        ' WHERE "время" > now() - INTERVAL 1 HOUR ORDER BY "время" DESC LIMIT 100',
        "an hour ago": _AS_OF.format("1 HOUR"),
        "a day ago": _AS_OF.format("1 DAY"),
        "a week ago": _AS_OF.format("1 WEEK"),
    }


def main(
    balances: Annotated[str, typer.Option(help="Sizes, the smallest first.")] = "1000000,10000000,100000000",
    changes: Annotated[
        str, typer.Option(help="Then, at the largest size: changes in the log's last 28 days, the fewest first.")
    ] = "",
    out: Annotated[Path, typer.Option(help="Where the figures go.")] = ROOT / "benchmarks/results/growth.json",
) -> None:
    """Measure, print, write."""
    console = Console()
    with running_stack(ROOT / ".sklad" / "bench") as stack:
        about = {"began_at": f"{datetime.now(UTC):%F %T} UTC", "machine": machine.describe(stack)}
        lengths = _numbers(changes)
        stack.fill(Source(IN_WMS))
        _make_room_in_wal(stack, max(lengths, default=0))
        ours = Sklad(stack, "ingest", "bulk")
        points: list[dict[str, Any]] = []
        for point in _points(stack, ours, _numbers(balances), lengths):
            points.append(point)
            console.print(json.dumps(point, ensure_ascii=False), soft_wrap=True, highlight=False)
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_text(json.dumps(about | {"points": points}, ensure_ascii=False, indent=1) + "\n")


def _numbers(listed: str) -> list[int]:
    return [int(number) for number in listed.split(",") if number]


def _make_room_in_wal(stack: Stack, changes: int) -> None:
    """Have the WMS's positions begin so late that each made-up change finds one of its own before them."""
    with stack.pipeline.superuser() as wms:
        while True:
            (position,) = wms.execute("SELECT (pg_current_wal_lsn() - '0/0')::bigint").fetchone() or (0,)
            if position > 2 * changes:
                return
            # A segment that nothing was written to is not left.
            wms.execute("SELECT pg_logical_emit_message(false, 'room', ''), pg_switch_wal()")


def _points(stack: Stack, ours: Sklad, sizes: list[int], lengths: list[int]) -> Iterator[dict[str, Any]]:
    """Measured at each of the sizes, then with each length of the log."""
    client = clickhouse.admin_client(stack.pipeline.settings, seconds=SLOWEST_SECONDS)
    ours.prepare()
    ours.begin()
    _refer(client, max(sizes))
    there = IN_WMS
    for size in sizes:
        _add(client, there, size)
        there = max(there, size)
        yield {"balances": there, "changes": 0} | _measured(stack, client, ours)
    made_up = 0
    for length in lengths:
        # What they read of the whole log is what is timed, so nobody reads it before.
        for view in _REFRESHED:
            client.command(f"SYSTEM STOP VIEW {view}")
        fill(client, length - made_up, DAYS)
        made_up = length
        yield {"balances": there, "changes": length} | _measured(stack, client, ours)


def _measured(stack: Stack, client: Client, ours: Sklad) -> dict[str, Any]:
    refreshed = {view: _refresh(client, view) for view in _REFRESHED}
    # What they counted they go on from.
    again = {view: _refresh(client, view) for view in _REFRESHED}
    merged = _bytes_merged(client)
    rate = steady(stack, ours, RATE, SECONDS, WARM_UP)
    return {
        "refresh_seconds": refreshed,
        "refresh_again_seconds": again,
        "freshness": {key: rate[key] for key in ("p50_ms", "p95_ms", "p99_ms", "cpu_seconds")},
        "merged_bytes_per_s": round((_bytes_merged(client) - merged) / (SECONDS + WARM_UP)),
        "questions_ms": _answers(stack),
        **ours.storage(),
        **parts_of(client, "all", "wms", "%"),
    }


def _refer(client: Client, balances: int) -> None:
    """Reference data for all that there will be."""
    given = {"warehouses": WAREHOUSES, "products": balances // WAREHOUSES}
    for statement in _REFERENCES:
        client.command(statement, {key: value for key, value in given.items() if f"{{{key}:" in statement})


def _add(client: Client, there: int, wanted: int) -> None:
    """Made-up balances behind those that are there, merged as they would be after a load."""
    for first in range(there, wanted, AT_ONCE):
        rows = min(AT_ONCE, wanted - first)
        client.command(_BALANCES, {"warehouses": WAREHOUSES, "first": first, "rows": rows})
    client.command("OPTIMIZE TABLE stock_balances FINAL", settings=_AS_LONG_AS_IT_TAKES)


def _refresh(client: Client, view: str) -> float | str:
    """Seconds that a refreshable view, stopped or not, takes to count what it has to, or why it can't.

    One that can't is stopped: it would begin again.
    """
    # The engine tells when a refresh succeeded in whole seconds.
    time.sleep(1)
    began_at = client.query("SELECT now()").result_rows[0][0]
    client.command(f"SYSTEM START VIEW {view}")
    client.command(f"SYSTEM REFRESH VIEW {view}")

    def outcome() -> float | str | None:
        succeeded_at, milliseconds, exception = client.query(_REFRESH, {"view": view}).result_rows[0]
        return exception[:200] or (milliseconds / 1000 if succeeded_at and succeeded_at >= began_at else None)

    found = wait_until(outcome, f"{view} is refreshed", SLOWEST_SECONDS, pause=0.5)
    if isinstance(found, str):
        client.command(f"SYSTEM STOP VIEW {view}")
    return found


def _answers(stack: Stack) -> dict[str, float | str]:
    """Median milliseconds of each question, or what the engine says instead of an answer."""
    settings = stack.pipeline.settings
    found: dict[str, float | str] = {}
    with clickhouse_connect.get_client(
        host=settings.clickhouse_host, port=settings.clickhouse_port, username="bi", database="wms",
        password=settings.clickhouse_bi_password, autogenerate_session_id=False,
    ) as client:  # fmt: skip
        for name, question in _questions().items():
            try:
                found[name] = round(1000 * statistics.median(_seconds(client, question) for _ in range(TIMES)), 1)
            except ClickHouseError as error:
                found[name] = str(error)[:200]
    return found


def _seconds(client: Client, question: str) -> float:
    began = time.monotonic()
    client.query(question)
    return time.monotonic() - began


def _bytes_merged(client: Client) -> int:
    return int(client.query(_MERGED).result_rows[0][0])


if __name__ == "__main__":
    typer.run(main)
