"""The WMS's side: one snapshot, its fence, its checksums and rows. Reads only; role `etl` is enough."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import psycopg

from sklad.verify.tables import CapturedTable

LOCK_SECONDS = 10
FETCH_ROWS = 10_000
_HALF = 2**31
_XIDS = 2**32

Row = tuple[int, ...]
# Rows and checksum of each bucket that has rows.
Checksums = dict[int, tuple[int, int]]
# The random numbers of one comparison's hash, by name.
Salts = dict[str, int]


def draw_salts() -> Salts:
    """New random factors and summands, each from 1 to 2^31 - 2."""
    return {name: 1 + secrets.randbelow(2**31 - 2) for name in "abcde"}


@dataclass(frozen=True)
class Visibility:
    """Which transactions a snapshot sees.

    `xmax`: the first transaction id not given out yet; `running`: those below it that had not ended. 64-bit ids.
    """

    xmax: int
    running: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> "Visibility":
        """From PostgreSQL's text form of a pg_snapshot, `xmin:xmax:running,…`."""
        _, xmax, running = text.split(":")
        return cls(int(xmax), tuple(int(xid) for xid in running.split(",") if xid))

    @property
    def xmax_in_log(self) -> int:
        """`xmax` as the log carries ids, modulo 2^32."""
        return self.xmax % _XIDS

    @property
    def running_distances(self) -> list[int]:
        """How far each running transaction lies below `xmax` (negative). What lies 2^31 back has ended long ago."""
        return [xid - self.xmax for xid in self.running if self.xmax - xid <= _HALF]


class Snapshot:
    """One open snapshot of one table. Not to be shared between threads."""

    def __init__(self, connection: psycopg.Connection, table: CapturedTable) -> None:
        self._connection = connection
        self._table = table
        row = connection.execute(table.source_sql("snapshot")).fetchall()[0]
        self.visibility = Visibility.parse(row[0])
        self.fence_lsn: int = row[1]
        self.taken_at: datetime = row[2]

    def checksums(self, salts: Salts) -> Checksums:
        """Read the whole table once."""
        rows = self._connection.execute(self._table.source_sql("checksums"), salts).fetchall()
        return {bucket: (count, _signed(int(checksum))) for bucket, count, checksum in rows}

    def rows(self, buckets: Sequence[int]) -> Iterator[Row]:
        """The rows of some buckets, in order of the key."""
        with self._connection.cursor(name="verify_rows") as cursor:
            cursor.itersize = FETCH_ROWS
            yield from cursor.execute(self._table.source_sql("rows"), {"buckets": list(buckets)})


@contextmanager
def snapshot(dsn: str, table: CapturedTable) -> Iterator[Snapshot]:
    """Open a snapshot; it holds back vacuum, TRUNCATE and ALTER of the table (nothing else) until the context is left.

    Raises:
        psycopg.errors.LockNotAvailable: a TRUNCATE or ALTER of the table ran for longer than LOCK_SECONDS.
    """
    options = f"-c lock_timeout={LOCK_SECONDS}s -c timezone=UTC"
    with psycopg.connect(dsn, connect_timeout=10, options=options, application_name="sklad-verify") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        connection.execute(table.source_sql("lock"))
        yield Snapshot(connection, table)


def _signed(number: int) -> int:
    """A sum as ClickHouse keeps it: modulo 2^64, with a sign."""
    return (number + 2**63) % 2**64 - 2**63
