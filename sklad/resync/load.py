"""Reading the whole table into ClickHouse beside the stream, and publishing it in one step."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from clickhouse_connect.driver.client import Client

from sklad.resync.pages import Pages, query_of
from sklad.resync.slot import NewSlot
from sklad.settings import ROOT

SQL = ROOT / "clickhouse" / "stock" / "resync"
# Each is a process of PostgreSQL and a thread or two of ClickHouse: more of them on two cores are not faster.
STREAMS = 2


@dataclass(frozen=True)
class Load:
    """What was read: rows, and the seconds that reading took. `is_first`: ClickHouse had nothing before it."""

    rows: int
    seconds: float
    is_first: bool


def newest_version(client: Client) -> int:
    """The newest version that ClickHouse has of any row; 0: it never had one."""
    return int(client.query((SQL / "newest_version.sql").read_text()).result_rows[0][0])


def version_of(slot: NewSlot) -> int:
    """The version of rows that are read after the slot was made: below all that the slot delivers, above all before.

    Positions of changes are multiples of eight, so no change has this one.
    """
    return slot.before_lsn - 1


def stage(client: Client) -> None:
    """Make an empty twin of the state, whatever a run before left there."""
    _run(client, "stage")


def read(client: Client, ranges: Sequence[Pages], slot: NewSlot) -> Load:
    """Read the WMS's table into the twin, each range as it stands at that moment.

    Args:
        client: as user etl; all streams share it.
        ranges: all pages of the table, each once.
        slot: was made before.
    """
    began = time.monotonic()
    waiting: SimpleQueue[Pages] = SimpleQueue()
    for pages in ranges:
        waiting.put(pages)
    with ThreadPoolExecutor(STREAMS) as pool:
        streams = [pool.submit(_read_all, client, waiting, version_of(slot)) for _ in range(STREAMS)]
    for stream in streams:
        stream.result()
    rows = int(client.query("SELECT count() FROM stock_balances_resync").result_rows[0][0])
    return Load(rows, time.monotonic() - began, is_first=newest_version(client) == 0)


def _read_all(client: Client, waiting: "SimpleQueue[Pages]", version: int) -> None:
    """Read range by range until none is left. What fails leaves none to the other streams."""
    try:
        while True:
            _run(client, "read", version=version, rows=query_of(waiting.get_nowait()))
    except Empty:
        return
    except BaseException:
        while not waiting.empty():
            waiting.get_nowait()
        raise


def publish(client: Client, slot: NewSlot, load: Load) -> None:
    """Log what differs, put the twin in the state's place, close the past behind it."""
    version = version_of(slot)
    _run(client, "record", version=version, slot_lsn=slot.lsn, seconds=load.seconds, is_first=int(load.is_first))
    if not load.is_first:  # there is nothing that the table could differ from
        _run(client, "log_differences", version=version)
    _run(client, "publish")
    _run(client, "forget_truncates", version=version)
    _run(client, "close_the_past", version=version)
    _run(client, "drop_stage")


def _run(client: Client, statement: str, **parameters: Any) -> None:  # noqa: ANN401 - whatever the statement names
    client.command((SQL / f"{statement}.sql").read_text(), parameters=parameters or None)
