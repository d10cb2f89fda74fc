"""The replication slot, made anew. Done as role `debezium`, which owns it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from sklad.errors import ServiceError
from sklad.settings import ROOT
from sklad.waiting import wait_until

SQL = ROOT / "wms" / "resync"
FREE_SECONDS = 90  # a connector that was killed holds its slot for wal_sender_timeout
CREATE_SECONDS = 120


@dataclass(frozen=True)
class NewSlot:
    """Where a slot begins (`lsn`), and a position that all it will deliver stands behind (`before_lsn`)."""

    lsn: int
    before_lsn: int


@contextmanager
def alone(dsn: str) -> Iterator[None]:
    """Be the only resync of this WMS, whichever machine it is started on; PostgreSQL lets go when we end, however.

    A backup is alone, too.

    Raises:
        ServiceError: another one runs.
    """
    with psycopg.connect(dsn, connect_timeout=10, autocommit=True, application_name="sklad-resync") as wms:
        if not wms.execute("SELECT pg_try_advisory_lock(hashtextextended('sklad: resync', 0))").fetchall()[0][0]:
            raise ServiceError("another resync of this WMS, or a backup, is at work. Wait until it ends.")
        yield


def exists(dsn: str, name: str) -> bool:
    """Whether the WMS has a slot of this name, whatever its state."""
    with psycopg.connect(dsn, connect_timeout=10, application_name="sklad-resync") as wms:
        return bool(wms.execute((SQL / "slot.sql").read_text(), {"slot": name}).rowcount)


def drop(dsn: str, name: str) -> None:
    """Drop the slot if it is there, whatever its state. Raises DeadlineError: somebody still reads it."""
    with psycopg.connect(dsn, connect_timeout=10, autocommit=True, application_name="sklad-resync") as wms:
        _drop(wms, name)


def _drop(wms: psycopg.Connection, name: str) -> None:
    def dropped() -> bool:
        wms.execute((SQL / "drop_slot.sql").read_text(), {"slot": name})
        return True

    wait_until(dropped, f"the slot {name} is free", FREE_SECONDS, 0.5, (psycopg.errors.ObjectInUse,))


def renew(dsn: str, name: str) -> NewSlot:
    """Drop the slot if it is there, whatever its state, and make it anew.

    Raises:
        DeadlineError: somebody still reads it.
        ServiceError: a transaction runs so long that the slot could not be made.
    """
    options = f"-c statement_timeout={CREATE_SECONDS}s"
    with psycopg.connect(
        dsn, connect_timeout=10, autocommit=True, options=options, application_name="sklad-resync"
    ) as wms:
        _drop(wms, name)
        before = wms.execute((SQL / "position.sql").read_text()).fetchall()[0][0]
        try:
            lsn = wms.execute((SQL / "create_slot.sql").read_text(), {"slot": name}).fetchall()[0][0]
        except psycopg.errors.QueryCanceled as error:
            raise ServiceError(
                f"the slot {name} could not be made within {CREATE_SECONDS} s: it waits for every transaction that "
                "was running. Find the old one in pg_stat_activity (ORDER BY xact_start), end it, and run this again."
            ) from error
    return NewSlot(lsn=lsn, before_lsn=before)
