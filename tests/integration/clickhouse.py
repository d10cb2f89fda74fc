"""A throw-away ClickHouse: the project's server over the in-process engine, with its users and named collections."""

import os
import re
import string
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import clickhouse_connect
from clickhouse_connect.driver.client import Client

from sklad.ports import free_ports
from sklad.settings import load_settings
from sklad.waiting import listens, wait_until

ROOT = Path(__file__).resolve().parents[2]
STOCK = ROOT / "clickhouse" / "stock"
_START_SECONDS = 60


@dataclass(frozen=True)
class ClickHouse:
    """A running server and how to get in."""

    port: int
    # Tables as they were made last: their files, and their definitions since.
    _made: dict[tuple[str, ...], list[tuple[str, str]]] = field(default_factory=dict, compare=False)

    def connect(self, user: str, database: str = "wms") -> Client:
        return clickhouse_connect.get_client(
            host="127.0.0.1",
            port=self.port,
            username=user,
            password=f"{user}-secret",
            database=database,
            autogenerate_session_id=False,
        )

    def drop_database(self) -> None:
        with self.connect("admin", database="default") as client:
            client.command("DROP DATABASE IF EXISTS wms SYNC")

    def create_tables(self, files: Iterable[str]) -> None:
        """The database wms, with nothing but the empty tables of these files below clickhouse/stock.

        Tables that are as they were made last, of the same files, are emptied: making them takes seconds.
        """
        made_of = tuple(files)
        if made_of and self._made.get(made_of) == self._definitions():
            self._empty()
            return
        self._made.clear()
        self._create(made_of)
        self._made[made_of] = self._definitions()

    def _create(self, files: Iterable[str]) -> None:
        self.drop_database()
        with self.connect("admin", database="default") as client:
            client.command("CREATE DATABASE wms")
        with self.connect("admin") as client:
            settings = load_settings().as_environment()
            for name in files:
                for statement in statements(STOCK / name):
                    client.command(string.Template(statement).substitute(settings))

    def _definitions(self) -> list[tuple[str, str]]:
        """What the tables and views of wms are."""
        query = "SELECT name, create_table_query FROM system.tables WHERE database = 'wms' ORDER BY name"
        with self.connect("admin", database="default") as client:
            return [(name, definition) for name, definition in client.query(query).result_rows]

    def _empty(self) -> None:
        """No rows in any table, and no view in the midst of filling one."""
        views = "SELECT view FROM system.view_refreshes WHERE database = 'wms'"
        tables = "SELECT name FROM system.tables WHERE database = 'wms' AND engine LIKE '%MergeTree'"
        with self.connect("admin") as client:
            refreshed = [view for (view,) in client.query(views).result_rows]
            for view in refreshed:
                client.command(f"SYSTEM STOP VIEW {view}")
            for (table,) in client.query(tables).result_rows:
                client.command(f"TRUNCATE TABLE {table} SYNC")
            for view in refreshed:
                client.command(f"SYSTEM START VIEW {view}")


def refresh(admin: Client, view: str) -> None:
    """Have a refreshable view run now, and wait until it has."""
    admin.command(f"SYSTEM REFRESH VIEW {view}")
    admin.command(f"SYSTEM WAIT VIEW {view}")


def statements(file: Path) -> list[str]:
    """The statements of an SQL file. Comments stand on lines of their own there, and may end in a semicolon."""
    without_comments = re.sub(r"^\s*--.*\n", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [statement for part in without_comments.split(";\n") if (statement := part.strip())]


@contextmanager
def running_clickhouse(folder: Path, environment: dict[str, str]) -> Iterator[ClickHouse]:
    """A server with its data and log in `folder`. `environment`: where its named collections lead (WMS_…, KAFKA_…)."""
    (port,) = free_ports(1)
    passwords = {
        "CLICKHOUSE_PASSWORD": "admin-secret",
        "CLICKHOUSE_ETL_PASSWORD": "etl-secret",
        "CLICKHOUSE_WEB_PASSWORD": "web-secret",
        "CLICKHOUSE_BI_PASSWORD": "bi-secret",
    }
    command = [sys.executable, "-m", "sklad.clickhouse_server", "--port", str(port), "--data-dir", str(folder / "data")]
    configuration = [f"--config={ROOT}/embedded/clickhouse/config.xml", f"--users={ROOT}/clickhouse/users.d/sklad.xml"]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, *configuration],
            cwd=ROOT,
            env=os.environ | passwords | {"CLICKHOUSE_MEMORY_BYTES": str(1_000_000_000)} | environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until(lambda: listens("127.0.0.1", port), f"ClickHouse listens (log: {folder}/server.log)", _START_SECONDS)
        yield ClickHouse(port)
    finally:
        process.terminate()
        process.wait(timeout=30)
