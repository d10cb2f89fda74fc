"""The steps of `sklad resync`."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from clickhouse_connect.driver.client import Client

from sklad.connect import ConnectClient
from sklad.errors import ServiceError
from sklad.resync import load
from sklad.resync.slot import NewSlot, alone, renew
from sklad.verify import fence
from sklad.verify.errors import UndecidedError
from sklad.verify.tables import STOCK_BALANCES

DRAIN_SECONDS = 60


@dataclass(frozen=True)
class Links:
    """How to reach what takes part: the WMS as role debezium, Connect, Kafka, and ClickHouse as user etl."""

    wms_dsn: str = field(repr=False)
    connect_url: str
    kafka: str
    clickhouse: Callable[[], Client]


def resync(links: Links, connector: Path, say: Callable[[str], None]) -> None:
    """Read stock_balances anew and let the stream go on from a new slot. Returns once the connector runs.

    Args:
        links: what takes part.
        connector: the connector's JSON file; its configuration stays as declared.
        say: gets a line for each step.

    Raises:
        ServiceError, DeadlineError: a step failed. Nothing is half-published; run it again.
    """
    with alone(links.wms_dsn):
        _resync(links, connector, say)


def _resync(links: Links, connector: Path, say: Callable[[str], None]) -> None:
    table = STOCK_BALANCES
    connect = ConnectClient(links.connect_url)
    connect.park(connector)
    # From here until the new offsets are set the connector must not run: without them it would read the table itself.
    connect.delete_offsets(connector)
    say("connector stopped, its offsets forgotten")
    slot = renew(links.wms_dsn, table.slot)
    say(f"new slot {table.slot} at {fence.lsn_text(slot.lsn)}")
    with links.clickhouse() as client:
        _drain(links, load.newest_version(client), slot)
        read = load.read(client, slot)
        say(f"{read.rows:,} rows read in {read.seconds:.1f} s")
        load.publish(client, slot, read)
        say("published")
    connect.set_offsets(connector, {"lsn": slot.lsn, "ts_usec": time.time_ns() // 1000})
    connect.apply(connector)
    say("connector runs")


def _drain(links: Links, newest_version: int, slot: NewSlot) -> None:
    """Let ClickHouse finish with what Kafka still holds. If it can't in time, the load's version keeps that out.

    Unless the WMS's log went back, as after a restored backup: then what is left has the larger versions.
    """
    try:
        fence.Reader(links.kafka, STOCK_BALANCES).wait_until_read(DRAIN_SECONDS)
    except UndecidedError as error:
        if newest_version >= load.version_of(slot):
            raise ServiceError(
                f"the WMS's log stands before what ClickHouse has seen of it: was it restored from a backup? Then "
                f"ClickHouse must first read what Kafka holds of the time before. {error}"
            ) from error
