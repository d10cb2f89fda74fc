"""Checks before anything is touched: can this machine run the stack, and is it free to?"""

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from sklad import plugins
from sklad.embedded import services
from sklad.embedded.supervision import Supervisor
from sklad.errors import PreflightError
from sklad.preflight import external_wms, products_sound
from sklad.settings import ROOT, Settings
from sklad.waiting import listens

PYTHONS = ((3, 11), (3, 12))
MEMORY_MB = 4096
INSTALL_DISK_MB = 6144
RUN_DISK_MB = 1024
# A Unix socket's path may have 107 characters; ours end in /run/metadata/.s.PGSQL.65535.
STATE_PATH_CHARACTERS = 75


def check(settings: Settings) -> None:
    """Run every check. Raises PreflightError that names all problems at once, each with its cure."""
    problems = [problem for find in _CHECKS for problem in find(settings)]
    if problems:
        raise PreflightError("this machine can't run the stack yet:\n" + "\n".join(f"  - {text}" for text in problems))


def _python(_: Settings) -> Iterator[str]:
    if sys.version_info[:2] not in PYTHONS:
        wanted = " or ".join(".".join(map(str, version)) for version in PYTHONS)
        yield f"Python {platform.python_version()} is not supported. Use Python {wanted}: make up PYTHON=python3.11"


def _platform(_: Settings) -> Iterator[str]:
    if sys.platform != "linux":
        return
    cpu_info = Path("/proc/cpuinfo").read_text()
    if platform.machine() == "x86_64" and " avx2 " not in cpu_info:
        yield "the processor lacks AVX2, which the ClickHouse engine needs. Use a machine (or a CPU model) that has it."


def _memory(settings: Settings) -> Iterator[str]:
    available = psutil.virtual_memory().available // 2**20
    if not Supervisor(settings).is_running() and available < MEMORY_MB:
        yield f"{available} MB of memory are available, {MEMORY_MB} MB are needed. Close other programs."


def _disk(settings: Settings) -> Iterator[str]:
    installed = (settings.tools_dir / "superset").exists()
    for folder, needed in (
        (settings.tools_dir, RUN_DISK_MB if installed else INSTALL_DISK_MB),
        (settings.state_dir, RUN_DISK_MB),
    ):
        existing = _existing(folder)
        free = shutil.disk_usage(existing).free // 2**20
        if free < needed:
            yield f"{folder} has {free} MB of disk left, {needed} MB are needed. Free some, or set another folder."


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())


def _writable(settings: Settings) -> Iterator[str]:
    for key, folder in (("STATE_DIR", settings.state_dir), ("TOOLS_DIR", settings.tools_dir)):
        existing = _existing(folder)
        if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
            yield (
                f"{key}={folder} can't be written: {existing} is no folder, or this user may not write there. "
                "Set another folder in .env, or give this user the right."
            )


def _sink(settings: Settings) -> Iterator[str]:
    if settings.sink == "connect" and not (ROOT / "kafka" / "plugins" / plugins.CLICKHOUSE_SINK).exists():
        yield plugins.SINK_IS_MISSING


def _paths(settings: Settings) -> Iterator[str]:
    if len(str(settings.state_dir)) > STATE_PATH_CHARACTERS:
        yield (
            f"STATE_DIR has {len(str(settings.state_dir))} characters, the sockets in it leave room for "
            f"{STATE_PATH_CHARACTERS}: {settings.state_dir}. Set a shorter STATE_DIR in .env."
        )


def _ports(settings: Settings) -> Iterator[str]:
    if Supervisor(settings).is_running():
        return
    keys = [
        "kafka_port",
        "kafka_controller_port",
        "connect_port",
        "clickhouse_port",
        "airflow_port",
        "superset_port",
        "metadata_port",
    ]
    if "wms" in services.names(settings):
        keys.append("wms_port")
    by_port: dict[int, str] = {}
    for key in keys:
        port = getattr(settings, key)
        if port in by_port:
            yield f"{key.upper()} and {by_port[port]} are both {port}. Give them different ports in .env."
        by_port[port] = key.upper()
        if listens(settings.bind_address, port):
            yield f"port {port} ({key.upper()}) is taken{_owner(port)}. Stop that program, or set another port."


def _owner(port: int) -> str:
    try:
        for connection in psutil.net_connections("tcp"):
            at_port = connection.laddr and connection.laddr.port == port
            if at_port and connection.status == psutil.CONN_LISTEN and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    except (psutil.AccessDenied, psutil.NoSuchProcess):
        pass
    return ""


_CHECKS: tuple[Callable[[Settings], Iterator[str]], ...] = (
    _python,
    _platform,
    _memory,
    _disk,
    _writable,
    _paths,
    _ports,
    products_sound,
    external_wms,
    _sink,
)
