"""Databases that wms/on_start.sh makes, and what a subscriber of their publication sees."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.postgres import Postgres, Wms

_numbers = itertools.count(1)


@pytest.fixture
def empty_wms(postgres: Postgres, small_csv: Path) -> Iterator[Wms]:
    """A database of its own name that does not exist yet."""
    wms = Wms(postgres, f"wms_{next(_numbers)}", small_csv)
    yield wms
    with postgres.connect("postgres") as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{wms.name}" WITH (FORCE)')


@pytest.fixture
def wms(empty_wms: Wms) -> Wms:
    """A database with the small seed data."""
    result = empty_wms.on_start()
    assert result.returncode == 0, result.stderr
    return empty_wms


@pytest.fixture(scope="module")
def shared_wms(postgres: Postgres, small_csv: Path) -> Iterator[Wms]:
    """Like `wms`, for tests that change nothing."""
    wms = Wms(postgres, f"wms_{next(_numbers)}", small_csv)
    result = wms.on_start()
    assert result.returncode == 0, result.stderr
    yield wms
    with postgres.connect("postgres") as connection:
        connection.execute(f'DROP DATABASE "{wms.name}" WITH (FORCE)')


Row = dict[str, str | None]


@dataclass(frozen=True)
class Change:
    """A row change as a subscriber of the publication sees it: `op` is I, U or D; whole rows before and after."""

    table: str
    op: str
    old: Row
    new: Row

    @property
    def delta(self) -> int:
        return int(self.new.get("quantity") or 0) - int(self.old.get("quantity") or 0)


class ChangeLog:
    """Reads the publication through a slot of its own. One list of changes a transaction, in the order of commits."""

    def __init__(self, wms: Wms) -> None:
        self._wms = wms
        self._slot = f"{wms.name}_log"
        self._tables: dict[bytes, tuple[str, list[str]]] = {}
        wms.ask(f"SELECT pg_create_logical_replication_slot('{self._slot}', 'pgoutput')")

    def close(self) -> None:
        self._wms.ask(f"SELECT 'dropped', pg_drop_replication_slot('{self._slot}')")

    def transactions(self) -> list[list[Change]]:
        """What was committed since the last call."""
        with self._wms.superuser() as connection:
            messages = connection.execute(
                "SELECT data FROM pg_logical_slot_get_binary_changes(%s, NULL, NULL,"
                " 'proto_version', '1', 'publication_names', 'sklad_stock')",
                [self._slot],
            ).fetchall()
        found: list[list[Change]] = []
        for (message,) in messages:
            kind, body = message[:1], message[1:]
            if kind == b"B":
                found.append([])
            elif kind == b"R":
                self._learn(body)
            elif kind in b"IUD":
                found[-1].append(self._change(kind.decode(), body))
        return [changes for changes in found if changes]

    def _learn(self, body: bytes) -> None:
        _, name, rest = body[4:].split(b"\0", 2)
        columns, rest = int.from_bytes(rest[1:3]), rest[3:]
        names = []
        for _ in range(columns):
            column, rest = rest[1:].split(b"\0", 1)
            names.append(column.decode())
            rest = rest[8:]
        self._tables[body[:4]] = (name.decode(), names)

    def _change(self, op: str, body: bytes) -> Change:
        table, names = self._tables[body[:4]]
        rows: dict[str, Row] = {"old": {}, "new": {}}
        rest = body[4:]
        while rest:
            which, values, rest = ("new" if rest[:1] == b"N" else "old"), [], rest[3:]
            for _ in names:
                kind, rest = rest[:1], rest[1:]
                size = int.from_bytes(rest[:4]) if kind == b"t" else -4
                values.append(rest[4 : 4 + size].decode() if kind == b"t" else None)
                rest = rest[4 + size :]
            rows[which] = dict(zip(names, values, strict=True))
        return Change(table, op, **rows)


@pytest.fixture(scope="session")
def open_change_log() -> type[ChangeLog]:
    return ChangeLog


@pytest.fixture
def change_log(wms: Wms) -> Iterator[ChangeLog]:
    log = ChangeLog(wms)
    yield log
    log.close()
