"""The steps of `sklad resync`."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from pathlib import Path

from clickhouse_connect.driver.client import Client

from sklad.connect import ConnectClient
from sklad.errors import ServiceError
from sklad.resync import load, pages
from sklad.resync.load import Load
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


def resync(links: Links, connector: Path, say: Callable[[str], None]) -> Load:
    """Read stock_balances anew and let the stream go on from a new slot.

    Returns, once the connector runs, what was read.

    Args:
        links: what takes part.
        connector: the connector's JSON file; its configuration stays as declared.
        say: gets a line for each step.

    Raises:
        ServiceError, DeadlineError: a step failed. Nothing is half-published; run it again.
    """
    with alone(links.wms_dsn):
        return _resync(links, connector, say)


def _resync(links: Links, connector: Path, say: Callable[[str], None]) -> Load:
    connect = ConnectClient(links.connect_url)
    # What does not need each other goes on side by side: readers of a first load wait for all of it.
    with ThreadPoolExecutor(2) as aside:
        making = aside.submit(copy_context().run, _begin_anew, links, connect, connector, say)
        measuring = aside.submit(pages.ranges, links.wms_dsn, load.STREAMS)
        with links.clickhouse() as client:
            load.stage(client)
            is_new, slot = making.result()
            draining = aside.submit(copy_context().run, _drain, links, slot)
            read = load.read(client, measuring.result(), slot)
            say(f"{read.rows:,} rows read in {read.seconds:.1f} s")
            draining.result()
            load.publish(client, slot, read)
            say("published")
    if is_new:
        _park(connect, connector, say)
    connect.set_offsets(connector, {"lsn": slot.lsn, "ts_usec": time.time_ns() // 1000})
    connect.apply(connector)
    say("connector runs")
    return read


def _begin_anew(
    links: Links, connect: ConnectClient, connector: Path, say: Callable[[str], None]
) -> tuple[bool, NewSlot]:
    """Whether the connector is yet to be made, and a new slot that nobody reads yet."""
    # One that is new is made last: balances show some seconds earlier than they would behind it.
    is_new = not connect.exists(connector)
    if not is_new:
        _park(connect, connector, say)
    slot = renew(links.wms_dsn, STOCK_BALANCES.slot)
    say(f"new slot {STOCK_BALANCES.slot} at {fence.lsn_text(slot.lsn)}")
    return is_new, slot


def _park(connect: ConnectClient, connector: Path, say: Callable[[str], None]) -> None:
    """Have the connector stopped and without offsets. Until it has new ones it must not run: it would read all."""
    connect.park(connector)
    connect.delete_offsets(connector)
    say("connector stopped, its offsets forgotten")


def _drain(links: Links, slot: NewSlot) -> None:
    """Let ClickHouse finish with what Kafka still holds. If it can't in time, the load's version keeps that out.

    Unless the WMS's log went back, as after a restored backup: then what is left has the larger versions.
    """
    try:
        fence.Reader(links.kafka, STOCK_BALANCES).wait_until_read(DRAIN_SECONDS)
    except UndecidedError as error:
        with links.clickhouse() as client:
            newest_version = load.newest_version(client)
        if newest_version >= load.version_of(slot):
            raise ServiceError(
                f"the WMS's log stands before what ClickHouse has seen of it: was it restored from a backup? Then "
                f"ClickHouse must first read what Kafka holds of the time before. {error}"
            ) from error
