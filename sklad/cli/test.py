"""`sklad test`: every test, on engines, ports and folders of their own."""

import os
import sys
from typing import Annotated

import typer
from rich.console import Console

from sklad.embedded import startup
from sklad.errors import InstallError
from sklad.settings import ROOT, load_settings
from sklad.steps import run_steps

# It has a target of its own, and takes ten minutes. Of the other faults, which go on for hours there, a short form runs
# with all tests.
LONG = ("--ignore=tests/faults/test_killed.py",)
# The whole stack's tests wait as long as they compute, and take half of the time: all others run beside them, folder by
# folder (tests/conftest.py).
TWO_AT_A_TIME = ("--numprocesses=2", "--no-loadscope-reorder")


def test(arguments: Annotated[list[str] | None, typer.Argument(help="What pytest gets, after `--`.")] = None) -> None:
    """Install what is missing, then run pytest: all but what has a target of its own. A running stack stays.

    Example:  make test
    Example:  sklad test -- tests/unit -k settings
    """
    settings = load_settings()
    try:
        import pytest  # noqa: F401, PLC0415 - only there after `make test`
    except ImportError as error:
        raise InstallError("the test tools are not installed. Run: make test") from error
    run_steps(startup.engines(settings), Console())
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *(arguments or LONG + TWO_AT_A_TIME)])  # noqa: S606
