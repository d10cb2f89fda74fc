"""Programs that a start runs to their end: installers, bootstraps. None outlives the start, however that ends."""

import ctypes
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from sklad.errors import ServiceError
from sklad.settings import ROOT

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent() -> None:
    """Have the kernel end this process when its parent dies (Linux): nobody else would."""
    if _LIBC:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def run_child(
    command: list[str], environment: Mapping[str, str] | None = None, folder: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end and return what it printed; `environment` None: our own.

    After `kill -9` of a start, an installer that went on would write into a folder that the next start clears.
    """
    return subprocess.run(
        command,
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        # Only a system call: safe in a child that was forked beside running threads.
        preexec_fn=die_with_parent,
    )


def call(command: list[str], environment: Mapping[str, str]) -> None:
    """Run one of the project's scripts. Raises ServiceError with what it printed if it fails."""
    done = run_child(command, environment)
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip())[-3000:]
        raise ServiceError(f"{Path(command[-1]).relative_to(ROOT)} failed (exit code {done.returncode}):\n{said}")
