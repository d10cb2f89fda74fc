"""Reading the whole table into ClickHouse beside the stream, and publishing it in one step."""

import time
from dataclasses import dataclass
from typing import Any

from clickhouse_connect.driver.client import Client

from sklad.resync.slot import NewSlot
from sklad.settings import ROOT

SQL = ROOT / "clickhouse" / "stock" / "resync"


@dataclass(frozen=True)
class Load:
    """What was read: rows, and the seconds that reading took."""

    rows: int
    seconds: float


def newest_version(client: Client) -> int:
    """The newest version that ClickHouse has of any row."""
    return int(client.query((SQL / "newest_version.sql").read_text()).result_rows[0][0])


def version_of(slot: NewSlot) -> int:
    """The version of rows that are read after the slot was made: below all that the slot delivers, above all before.

    Positions of changes are multiples of eight, so no change has this one.
    """
    return slot.before_lsn - 1


def read(client: Client, slot: NewSlot) -> Load:
    """Read the WMS's table into a twin of the state; what a run before left there is dropped."""
    began = time.monotonic()
    _run(client, "stage")
    _run(client, "read", version=version_of(slot))
    rows = int(client.query("SELECT count() FROM stock_balances_resync").result_rows[0][0])
    return Load(rows=rows, seconds=time.monotonic() - began)


def publish(client: Client, slot: NewSlot, load: Load) -> None:
    """Log what differs, put the twin in the state's place, close the past behind it."""
    version = version_of(slot)
    _run(client, "record", version=version, slot_lsn=slot.lsn, seconds=load.seconds)
    _run(client, "log_differences", version=version)
    _run(client, "publish")
    _run(client, "forget_truncates", version=version)
    _run(client, "close_the_past", version=version)
    _run(client, "drop_stage")


def _run(client: Client, statement: str, **parameters: Any) -> None:  # noqa: ANN401 - whatever the statement names
    client.command((SQL / f"{statement}.sql").read_text(), parameters=parameters or None)
