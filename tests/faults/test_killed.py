"""`make up` and `sklad resync` are killed anywhere; run again, they come to their end and everything is exact."""

import os
import random
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import pytest

from sklad.settings import ROOT
from tests.e2e.conftest import Stack, eventually, settings_of_its_own
from tests.faults.killed import SECONDS, killed_after
from tests.pipeline.stack import Pipeline, running_pipeline
from tests.readers import balances_seen

pytestmark = pytest.mark.timeout(0)

SEED = int(os.environ.get("FAULT_SEED", str(secrets.randbelow(10**6))))
# `sklad resync` says: connector stopped, new slot, rows read, published, connector runs; then it compares.
RESYNC_LINES = 5
# Steps that a start says it has done, of about twenty.
UP_LINES = (0, 2, 5, 8, 11, 14, 17)


@pytest.fixture
def chance() -> random.Random:
    print(f"FAULT_SEED={SEED}", flush=True)
    return random.Random(SEED)  # noqa: S311 - no secret


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with running_pipeline(warehouses=40, products=2500) as running:
        yield running


@pytest.mark.parametrize("lines", range(RESYNC_LINES + 1))
def test_a_resync_killed_anywhere_is_run_again(pipeline: Pipeline, chance: random.Random, lines: int) -> None:
    environment = os.environ | pipeline.settings.as_environment()
    pipeline.arrived()
    before = len(pipeline.state())
    pipeline.stop_connector()
    pipeline.drop_slot()
    pipeline.run(
        f"DELETE FROM stock_balances WHERE product_id % 97 = {lines}",
        "UPDATE stock_balances SET quantity = quantity + 1 WHERE product_id % 5 = 0",
    )
    after = len(pipeline.source())

    with pipeline.reader() as client, balances_seen(client) as seen:
        killed_after(lines, chance, environment, "resync")
        pipeline.run("UPDATE stock_balances SET quantity = quantity + 1 WHERE product_id % 7 = 0")
        done = subprocess.run(
            [ROOT / "bin" / "sklad", "resync"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    assert done.returncode == 0, done.stdout + done.stderr
    pipeline.arrived()
    assert pipeline.state() == pipeline.source()
    assert set(seen) <= {before, after}, "a reader saw a table that was not whole"


@pytest.fixture
def new_stack() -> Iterator[Stack]:
    """One that was never started."""
    folder = Path(mkdtemp(prefix="sklad-"))  # short: a socket's path has 107 characters at most
    stack = Stack(settings_of_its_own(folder / "s"))
    yield stack
    stack.sklad("reset", "--yes")
    rmtree(folder)


def test_a_start_killed_anywhere_is_completed_by_the_next(new_stack: Stack, chance: random.Random) -> None:
    kills = [killed_after(lines, chance, new_stack.environment, "up") for lines in UP_LINES]
    up = new_stack.sklad("up", seconds=SECONDS)

    assert sum(kills) >= len(UP_LINES) - 2, "most starts were killed, not only asked for too late"
    assert up.returncode == 0, up.stdout + up.stderr
    new_stack.read_exports()
    eventually(lambda: new_stack.status()["problems"], [], seconds=120)
    verified = new_stack.sklad("verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
