"""Without a stack that it could work on, neither command does anything but say so."""

import os
import subprocess
from pathlib import Path

import pytest

from sklad.settings import ROOT


@pytest.mark.parametrize("command", ["backup", "restore"])
@pytest.mark.parametrize(
    ("runtime", "says"),
    [("embedded", "nothing is running. Start it with: make up"), ("containers", "docs/operations.md")],
)
def test_no_stack_is_said(command: str, runtime: str, says: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [f"{ROOT}/bin/sklad", command, str(tmp_path / "backups")],
        env=os.environ | {"STATE_DIR": str(tmp_path / "state"), "RUNTIME": runtime},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert says in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "backups").exists()
