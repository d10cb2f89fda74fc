"""What a start says when it can't: one message that says what to do, exit code 1, and a re-run that gets further."""

import fcntl
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree, rmtree
from tempfile import mkdtemp

import pytest

from tests.e2e.conftest import ROOT, Stack, settings_of_its_own

EARLY_SECONDS = 240


@pytest.fixture
def own() -> Iterator[Stack]:
    """A stack that has not been started. In a short path: a socket's has 107 characters at most."""
    folder = Path(mkdtemp(prefix="sklad-"))
    own = Stack(settings_of_its_own(folder / "s"))
    yield own
    own.sklad("reset", "--yes")
    rmtree(folder)


def refusal(stack: Stack, **settings: str) -> str:
    """What `sklad up` prints as its error with these settings; asserts that it fails, and not with a traceback."""
    stack.environment |= settings
    up = stack.sklad("up", seconds=EARLY_SECONDS)
    assert up.returncode == 1, up.stdout + up.stderr
    assert up.stderr.startswith("sklad: "), up.stderr
    assert "Traceback" not in up.stdout + up.stderr
    return up.stderr


def test_a_port_that_is_taken(own: Stack) -> None:
    with socket.create_server(("127.0.0.1", int(own.environment["KAFKA_PORT"]))):
        said = refusal(own)
    assert f"port {own.environment['KAFKA_PORT']} (KAFKA_PORT) is taken by" in said
    assert "Stop that program, or set another port" in said


def test_a_state_folder_that_cannot_be_made(own: Stack, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = refusal(own, STATE_DIR=str(tmp_path / "file" / "state"))
    assert "STATE_DIR=" in said
    assert "Set another folder in .env" in said


def test_an_external_wms_is_never_written_to_by_the_demo_workload(own: Stack) -> None:
    assert "Set LIVE_RATE=0" in refusal(own, WMS_EXTERNAL="true", LIVE_RATE="5")


def test_a_setting_that_is_misspelt(own: Stack) -> None:
    assert "CONNECT_HEAP_MB: input should be a valid integer" in refusal(own, CONNECT_HEAP_MB="384M")


@pytest.mark.parametrize("command", [["up"], ["down"], ["reset", "--yes"], ["bench", "start"]])
def test_one_command_at_a_time(own: Stack, command: list[str]) -> None:
    folder = Path(own.environment["STATE_DIR"])
    folder.mkdir()
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(f"`sklad up`, process {os.getpid()}")
        lock.flush()
        second = own.sklad(*command)
    assert second.returncode == 1
    assert f"`sklad up`, process {os.getpid()} is at work on {folder}" in second.stderr
    assert folder.exists()


def test_seed_data_that_breaks_a_key_is_missing_or_no_text(own: Stack, tmp_path: Path) -> None:
    """One start after the other, as a person would mend one fault and find the next."""
    csv = copytree(ROOT / "wms" / "csv", tmp_path / "csv")
    own.environment["WMS_CSV_DIR"] = str(csv)
    own.environment["WMS_EXTERNAL"] = "false"

    (csv / "regions.csv").unlink()
    assert f"{csv}/regions.csv is missing or unreadable" in refusal(own)

    (csv / "regions.csv").write_bytes(b"region_id,region_name\n1,\x82\n")
    assert "invalid byte sequence" in refusal(own)

    (csv / "regions.csv").write_text("region_id,region_name\n1,North\n")
    said = refusal(own)
    assert "is not present in table" in said
    assert "Then start again" in said
