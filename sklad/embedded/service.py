"""What a service of the embedded runtime is: a program, its environment, and what it needs first."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sklad.settings import ROOT


@dataclass(frozen=True)
class Need:
    """Something that must listen before a service starts."""

    what: str
    host: str
    port: int


@dataclass(frozen=True)
class Service:
    """One supervised process.

    `environment` holds all that the program gets besides the base environment: nothing leaks from the user's shell, and
    a secret reaches only the services that need it.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[Need, ...] = ()
    prepare: Callable[[], None] = lambda: None
    folder: Path = ROOT


# Of the user's environment only what finding libraries, certificates and temporary folders takes.
_PASSED_ON = (
    "PATH",
    "LD_LIBRARY_PATH",
    "TMPDIR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
)


def base_environment(home: Path) -> dict[str, str]:
    """The environment every service starts from. `home` keeps programs from writing into the user's own home."""
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return passed_on | {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(ROOT),
    }


def python_module(module: str, *arguments: str) -> tuple[str, ...]:
    """The command that runs a module of ours with the interpreter that runs us."""
    return (sys.executable, "-m", module, *arguments)
