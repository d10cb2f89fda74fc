"""What was committed, as PostgreSQL itself decodes it: a second slot on the same publication, read by SQL.

pgoutput's messages: https://www.postgresql.org/docs/16/protocol-logicalrep-message-formats.html
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg

_READ = (
    "SELECT lsn - '0/0'::pg_lsn, data FROM pg_logical_slot_peek_binary_changes(%s, NULL, NULL,"
    " 'proto_version', '1', 'publication_names', 'sklad_stock')"
)


@dataclass(frozen=True, order=True)
class Change:
    """A row change as Debezium would tell it: an update of a key is a delete and a create."""

    lsn: int
    op: str
    warehouse: int
    product: int


class Oracle:
    """Collects the changes of stock_balances."""

    def __init__(self, superuser: Callable[[], psycopg.Connection], slot: str = "oracle") -> None:
        self._superuser = superuser
        self._slot = slot
        self._tables: dict[bytes, tuple[str, list[str]]] = {}
        self.since = 0
        self.changes: set[Change] = set()
        self.begin()

    def begin(self) -> None:
        """Forget the past: a new slot. `since` is a position before all that it will decode."""
        self.changes.clear()
        with self._superuser() as wms:
            wms.execute(
                "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s",
                [self._slot],
            )
            ((position,),) = wms.execute(
                "SELECT lsn - '0/0'::pg_lsn FROM pg_create_logical_replication_slot(%s, 'pgoutput')", [self._slot]
            ).fetchall()
        self.since = int(position)

    def read(self) -> list[Change]:
        """All that was committed since `begin`, in the order of positions."""
        with self._superuser() as wms:
            messages = wms.execute(_READ, [self._slot]).fetchall()
            found = (change for lsn, data in messages for change in self._changes(int(lsn), bytes(data)))
            # A server that was killed has forgotten how far we read, and tells the last of it again.
            self.changes.update(change for change in found if change.lsn > self.since)
            if messages:
                # Only now: a server that dies while we read must not make us miss anything.
                wms.execute("SELECT pg_replication_slot_advance(%s, '0/0'::pg_lsn + %s)", [self._slot, messages[-1][0]])
        return sorted(self.changes)

    def forget(self) -> None:
        """From now on, tell only what is committed later. To be called when nothing runs."""
        self.changes.clear()
        with self._superuser() as wms:
            ((position,),) = wms.execute("SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint").fetchall()
        self.since = int(position)

    def _changes(self, lsn: int, data: bytes) -> Iterator[Change]:
        kind, rest = data[:1], data[1:]
        if kind == b"R":
            self._tables[rest[:4]] = _relation(rest)
        elif kind == b"T":
            tables = [rest[5 + 4 * index : 9 + 4 * index] for index in range(int.from_bytes(rest[:4]))]
            if any(self._tables[table][0] == "stock_balances" for table in tables):
                yield Change(lsn, "t", 0, 0)
        elif kind in (b"I", b"U", b"D"):
            table, names = self._tables[rest[:4]]
            if table == "stock_balances":
                rows = dict(_rows(rest[4:], names))
                old, new = rows.get("K") or rows.get("O"), rows.get("N")
                yield from _as_debezium(lsn, kind.decode(), old, new)


def _as_debezium(lsn: int, kind: str, old: tuple[int, int] | None, new: tuple[int, int] | None) -> Iterator[Change]:
    if kind == "D" or (kind == "U" and old not in (None, new)):
        assert old
        yield Change(lsn, "d", *old)
    if new:
        yield Change(lsn, "u" if kind == "U" and old in (None, new) else "c", *new)


def _relation(rest: bytes) -> tuple[str, list[str]]:
    _, _, tail = rest[4:].partition(b"\0")
    table, _, tail = tail.partition(b"\0")
    count, tail = int.from_bytes(tail[1:3]), tail[3:]
    names = []
    for _ in range(count):
        name, _, tail = tail[1:].partition(b"\0")
        names.append(name.decode())
        tail = tail[8:]
    return table.decode(), names


def _rows(rest: bytes, names: list[str]) -> Iterator[tuple[str, tuple[int, int]]]:
    """("K", "O" or "N", key) of each row in the message."""
    while rest:
        which, rest = rest[:1].decode(), rest[3:]
        values: dict[str, str] = {}
        for name in names:
            kind, rest = rest[:1], rest[1:]
            if kind == b"t":
                size = int.from_bytes(rest[:4])
                values[name], rest = rest[4 : 4 + size].decode(), rest[4 + size :]
        yield which, (int(values["warehouse_id"]), int(values["product_id"]))
