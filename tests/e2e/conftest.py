"""The whole stack, once for all end-to-end tests: real engines on free ports, in a folder of its own."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import clickhouse_connect
import httpx
import psycopg
import pytest
from clickhouse_connect.driver.client import Client

from sklad.ports import free_ports
from sklad.settings import Settings, load_settings
from sklad.superset.client import SupersetClient
from tests import services
from tests.e2e import people

ROOT = Path(__file__).resolve().parents[2]
PORTS = (
    "WMS_PORT",
    "METADATA_PORT",
    "KAFKA_PORT",
    "KAFKA_CONTROLLER_PORT",
    "CONNECT_PORT",
    "CLICKHOUSE_PORT",
    "AIRFLOW_PORT",
    "SUPERSET_PORT",
)
UP_SECONDS = 600
LONG = 1000
# May embed dashboards.
SITE = "https://portal.example.com"


class Stack:
    """One running stack, seen as a user sees it: through the `sklad` command and the engines' own clients."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.exports: dict[str, str] = {}

    def sklad(self, *arguments: str, seconds: float = UP_SECONDS) -> subprocess.CompletedProcess[str]:
        """Run the `sklad` command with this stack's settings."""
        command = [str(ROOT / "bin" / "sklad"), *arguments]
        return subprocess.run(
            command,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def up(self, **environment: str) -> subprocess.CompletedProcess[str]:
        """Start, or bring up to date what runs; `environment` adds to this stack's settings."""
        changed = Stack(self.environment | environment)
        return changed.sklad("up")

    def said(self, done: subprocess.CompletedProcess[str]) -> str:
        """All that a start printed."""
        return done.stdout + done.stderr

    def read_exports(self) -> None:
        """Evaluate `sklad env` in a shell, as a user does."""
        script = f'eval "$({ROOT}/bin/sklad env)" && env -0'
        shell = subprocess.run(
            ["/bin/sh", "-c", script], env=self.environment, capture_output=True, text=True, check=True
        )
        self.exports = dict(line.split("=", 1) for line in shell.stdout.split("\0") if "=" in line)

    @property
    def settings(self) -> Settings:
        own = {name: value for key, value in self.environment.items() if (name := key.lower()) in Settings.model_fields}
        return Settings.model_validate(load_settings().model_dump() | own)

    @contextmanager
    def stopped(self, name: str) -> Iterator[None]:
        """One service is down meanwhile."""
        with services.stopped(self.settings, name):
            yield

    def __getitem__(self, name: str) -> str:
        return self.exports[name]

    def wms(self) -> psycopg.Connection:
        """A connection of the WMS's owner; each statement is a transaction unless one is opened."""
        return psycopg.connect(self["WMS_DSN"], autocommit=True)

    def clickhouse(self, user: str = "admin") -> Client:
        prefix = {"admin": "CLICKHOUSE", "bi": "CLICKHOUSE_BI"}[user]
        url = httpx.URL(self["CLICKHOUSE_URL"])
        return clickhouse_connect.get_client(
            host=url.host,
            port=url.port or 80,
            username=self[f"{prefix}_USER"],
            password=self[f"{prefix}_PASSWORD"],
            database="wms",
            autogenerate_session_id=False,
        )

    def ask(self, query: str, value: str | None = None, user: str = "bi") -> list[tuple[Any, ...]]:
        """Rows of a query, as a rule by the user that Superset is; `value` stands for %(value)s, if it is given."""
        parameters = None if value is None else {"value": value}
        with self.clickhouse(user) as client:
            return [tuple(row) for row in client.query(query, parameters=parameters).result_rows]

    def balances(self, where: str = "1") -> list[tuple[Any, ...]]:
        """(warehouse, product, quantity) of current balances in ClickHouse, in order of the key."""
        query = f"SELECT warehouse_id, product_id, quantity FROM stock_balances_v WHERE {where} ORDER BY 1, 2"
        return self.ask(query, user="admin")

    def status(self) -> dict[str, Any]:
        return dict(json.loads(self.sklad("status", "--json").stdout))


def eventually(ask: Callable[[], Any], wanted: Any, seconds: float = 30) -> None:
    """Assert that `ask()` comes to equal `wanted` within a deadline."""
    deadline = time.monotonic() + seconds
    while (found := ask()) != wanted and time.monotonic() < deadline:
        time.sleep(0.1)
    if found != wanted and isinstance(found, list) and len(found) > LONG:  # pytest compares these for hours
        missing, unwanted = set(wanted) - set(found), set(found) - set(wanted)
        pytest.fail(f"{len(missing)} of {len(wanted)} are missing, {len(unwanted)} too many: {[*missing][:5]}")
    assert found == wanted


def settings_of_its_own(folder: Path, more_ports: Sequence[str] = ()) -> dict[str, str]:
    """An environment in which `sklad` runs a stack beside any other: free ports, `folder` for its data, no workload."""
    keys = (*PORTS, *more_ports)
    ports = dict(zip(keys, map(str, free_ports(len(keys))), strict=True))
    return os.environ | ports | {"STATE_DIR": str(folder), "LIVE_RATE": "0"}


@contextmanager
def running(environment: dict[str, str]) -> Iterator[Stack]:
    """A stack that is started here, and stopped."""
    stack = Stack(environment)
    up = stack.sklad("up")
    try:
        assert up.returncode == 0, f"{up.stdout}\n{up.stderr}\n{_logs(stack)}"
        stack.read_exports()
        yield stack
    finally:
        stack.sklad("down")


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running stack with the demo data and no workload."""
    with running(settings_of_its_own(tmp_path_factory.mktemp("sklad")) | {"SUPERSET_EMBED_ORIGINS": SITE}) as stack:
        yield stack


@pytest.fixture(scope="module")
def admin(stack: Stack) -> Iterator[SupersetClient]:
    """Superset's administrator, logged in."""
    with people.administrator(stack) as client:
        yield client


@pytest.fixture(scope="module")
def viewer(stack: Stack) -> Iterator[SupersetClient]:
    """Somebody with the role Viewer, logged in to Superset."""
    with people.person(stack, "Viewer") as client:
        yield client


@pytest.fixture(scope="module")
def analyst(stack: Stack) -> Iterator[SupersetClient]:
    """Somebody with the role Analyst, logged in to Superset."""
    with people.person(stack, "Analyst") as client:
        yield client


def _logs(stack: Stack) -> str:
    folder = Path(stack.environment["STATE_DIR"]) / "logs"
    return "\n".join(
        f"== {log.name}\n{log.read_text(errors='replace')[-2000:]}" for log in sorted(folder.glob("*.log"))
    )
