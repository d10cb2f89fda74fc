"""The ceiling of a load: ClickHouse reads the WMS's table by postgresql() and keeps nothing."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.processes import measured
from benchmarks.stack import Stack
from sklad.resync.pages import query_of, ranges

_ALL = "postgresql(wms_postgres, table = 'stock_balances')"
_SOME = "postgresql(wms_postgres, query = {rows:String})"
_READ = "SELECT warehouse_id, product_id, quantity, updated_at FROM {source} FORMAT Null"


def engine_read(stack: Stack, streams: int) -> dict[str, Any]:
    """One stream reads the table as anybody would; several read ranges of pages side by side."""
    with measured(stack.pipeline) as usage, ThreadPoolExecutor(streams) as pool:
        began = time.monotonic()
        list(pool.map(lambda query: _read(stack, query), _sources(stack, streams)))
        seconds = time.monotonic() - began
    return {
        "rows": stack.rows,
        "seconds": round(seconds, 3),
        "rows_per_s": round(stack.rows / seconds),
        "cpu_seconds": usage.cpu_seconds,
    }


def _sources(stack: Stack, streams: int) -> list[str | None]:
    """A query for PostgreSQL each; None: the whole table."""
    if streams == 1:
        return [None]
    settings = stack.pipeline.settings
    dsn = settings.wms_dsn("debezium", settings.wms_debezium_password)
    return [query_of(pages) for pages in ranges(dsn, streams)]


def _read(stack: Stack, query: str | None) -> None:
    source, parameters = (_SOME, {"rows": query}) if query else (_ALL, None)
    with stack.client() as client:
        client.command(_READ.replace("{source}", source), parameters=parameters)
