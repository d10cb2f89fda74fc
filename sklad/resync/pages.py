"""Ranges of the pages that the WMS's table stands on: what is read side by side, each page once.

By pages and not by keys: a range of keys goes through the primary key's index, which costs PostgreSQL twice the time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

import psycopg

from sklad.settings import ROOT

SQL = ROOT / "wms" / "resync"
# 64 MB: about a million balances, which make one part in ClickHouse.
PAGES_A_RANGE = 8192


@dataclass(frozen=True)
class Pages:
    """From page `first` on, before page `end`; None: to the table's end, however far that is by then."""

    first: int
    end: int | None


def ranges(dsn: str, at_least: int) -> list[Pages]:
    """The whole table as ranges of equal size, `at_least` so many where it has the pages."""
    with psycopg.connect(dsn, connect_timeout=10, autocommit=True, application_name="sklad-resync") as wms:
        pages = int(wms.execute((SQL / "pages.sql").read_text()).fetchall()[0][0])
    return list(_split(pages, at_least))


def _split(pages: int, at_least: int) -> Iterator[Pages]:
    count = max(1, min(pages, max(at_least, ceil(pages / PAGES_A_RANGE))))
    for number in range(count):
        is_last = number == count - 1
        yield Pages(pages * number // count, None if is_last else pages * (number + 1) // count)


def query_of(pages: Pages) -> str:
    """PostgreSQL's query for the rows on these pages."""
    # Of a tid's two numbers four and two bytes: no page has a larger one.
    end = 2**32 - 1 if pages.end is None else pages.end
    # Only numbers are filled in, which need no connection to be quoted.
    return (SQL / "rows.sql").read_text() % {"first": f"'({pages.first},0)'", "end": f"'({end},0)'"}
