"""A start that is killed in the middle of the migrations: the next one comes to the committed schema."""

import random
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Timer

import pytest
from clickhouse_connect.driver.exceptions import ClickHouseError

from sklad.clickhouse import admin_client, migrate, open_sink
from sklad.errors import ServiceError
from sklad.settings import Settings, load_settings
from tests.contract.clickhouse_server.conftest import PASSWORDS, Server
from tests.integration.kills import after_each_command, die, dies
from tests.integration.schema.conftest import made_schema
from tests.integration.schema.test_golden import GOLDEN

SEED = 2026
SERVER_KILLS = 6
# Replaces a view or not, and is run at each start.
REPLACES = "CREATE OR REPLACE"


def make_schema(settings: Settings) -> None:
    migrate(settings, "stock")
    open_sink(settings, "stock")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "data").start()
    yield server
    server.stop(signal.SIGKILL)


@pytest.fixture
def own_settings(server: Server) -> Settings:
    own = {"clickhouse_port": server.port, "clickhouse_password": PASSWORDS["admin"], "sink": "engine"}
    return load_settings().model_copy(update=own)


def test_killed_after_any_statement_it_is_made_by_the_next_start(
    own_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each start dies of SIGKILL behind the first statement that none before it has run."""
    seen = tmp_path / "seen"
    seen.touch()

    def die_if_new(statement: str) -> None:
        line = repr(statement)
        if REPLACES not in statement and line not in seen.read_text().splitlines():
            with seen.open("a") as file:
                file.write(line + "\n")
            die()

    after_each_command(monkeypatch, die_if_new)
    deaths = 0
    while dies(lambda: make_schema(own_settings)):
        deaths += 1
    monkeypatch.undo()

    assert deaths >= 30
    with admin_client(own_settings) as client:
        assert made_schema(client) == GOLDEN.read_text(encoding="utf-8")


def test_a_server_killed_meanwhile_has_no_half_of_a_table(
    server: Server, own_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(SEED)  # noqa: S311 - no secret

    for _ in range(SERVER_KILLS):
        left = [chance.randrange(3, 14)]

        def kill_soon(_: str, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == 0:
                Timer(chance.uniform(0, 0.05), server.stop, [signal.SIGKILL]).start()

        with monkeypatch.context() as patched:
            after_each_command(patched, kill_soon)
            with suppress(ClickHouseError, ServiceError):
                make_schema(own_settings)
        assert server.process
        server.process.wait(30)
        server.start()
    make_schema(own_settings)

    with admin_client(own_settings) as client:
        assert made_schema(client) == GOLDEN.read_text(encoding="utf-8")
