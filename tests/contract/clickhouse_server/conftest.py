"""A real server on a free port with a fresh data directory, and clients of its three users."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import clickhouse_connect
import httpx
import pytest
from clickhouse_connect.driver.client import Client

from sklad.ports import free_ports

ROOT = Path(__file__).resolve().parents[3]
START_SECONDS = 30
PASSWORDS = {"admin": "admin-password", "etl": "etl-password", "web": "web-password", "bi": "bi-password"}
ENVIRONMENT = {
    "CLICKHOUSE_PASSWORD": PASSWORDS["admin"],
    "CLICKHOUSE_ETL_PASSWORD": PASSWORDS["etl"],
    "CLICKHOUSE_WEB_PASSWORD": PASSWORDS["web"],
    "CLICKHOUSE_BI_PASSWORD": PASSWORDS["bi"],
    "CLICKHOUSE_MEMORY_BYTES": "1024000000",
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
    "WMS_HOST": "127.0.0.1",
    "WMS_PORT": "1",
    "WMS_DB": "wms",
    "WMS_ETL_PASSWORD": "secret-of-the-collection",
}


@dataclass
class Server:
    """One server process over one data directory; it can be stopped, killed and started again."""

    data_dir: Path
    port: int = field(default_factory=lambda: free_ports(1)[0])
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.data_dir.parent / "server.log").read_text()

    def command(self, *options: str) -> list[str]:
        base = [
            sys.executable,
            "-m",
            "sklad.clickhouse_server",
            "--port",
            str(self.port),
            "--data-dir",
            str(self.data_dir),
        ]
        files = ["--config", "embedded/clickhouse/config.xml", "--users", "clickhouse/users.d/sklad.xml"]
        return [*base, *files, "--max-body-mb", "8", *options]

    def run(self, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run a server that is expected to end by itself."""
        env = os.environ | (ENVIRONMENT if environment is None else environment)
        return subprocess.run(
            self.command(), cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
        )

    def start(self) -> "Server":
        with (self.data_dir.parent / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(), cwd=ROOT, env=os.environ | ENVIRONMENT, stdout=log, stderr=log
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended at its start:\n{self.log}")
            try:
                if httpx.get(f"{self.url}/ping").text == "Ok.\n":
                    return self
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError(f"no answer from the server for {START_SECONDS} s:\n{self.log}")

    def stop(self, number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=30)

    def client(self, user: str = "admin", **options: object) -> Client:
        return clickhouse_connect.get_client(
            host="127.0.0.1", port=self.port, username=user, password=PASSWORDS[user], **options
        )

    def post(self, content: bytes | str, user: str = "admin", **params: str) -> httpx.Response:
        headers = {"X-ClickHouse-User": user, "X-ClickHouse-Key": PASSWORDS[user]}
        return httpx.post(self.url, content=content, params=params, headers=headers, timeout=30)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server that most tests share."""
    running = Server(tmp_path_factory.mktemp("clickhouse") / "data").start()
    yield running
    if running.process is not None and running.process.poll() is None:
        running.stop()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server that a test may stop and kill, not yet started."""
    mine = Server(tmp_path / "data")
    yield mine
    if mine.process is not None and mine.process.poll() is None:
        mine.stop(signal.SIGKILL)


@pytest.fixture
def environment() -> dict[str, str]:
    """The variables that the server's configuration reads."""
    return dict(ENVIRONMENT)


@pytest.fixture(scope="session")
def admin(server: Server) -> Client:
    return server.client("admin")


@pytest.fixture(scope="session")
def etl(server: Server) -> Client:
    return server.client("etl")


@pytest.fixture(scope="session")
def bi(server: Server) -> Client:
    return server.client("bi")


@pytest.fixture
def table(admin: Client, request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Makes a MergeTree table of these columns in database wms and drops it after the test."""
    made: list[str] = []

    def make(columns: str, order_by: str = "tuple()") -> str:
        name = f"wms.{request.node.originalname}_{len(made)}"
        admin.command(f"CREATE OR REPLACE TABLE {name} ({columns}) ENGINE = MergeTree ORDER BY {order_by}")
        made.append(name)
        return name

    yield make
    for name in made:
        admin.command(f"DROP TABLE IF EXISTS {name} SYNC")
