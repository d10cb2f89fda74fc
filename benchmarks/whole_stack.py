"""The whole stack, Airflow and Superset included: how long a warm start takes and how much memory all of it has."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.e2e.conftest import Stack, settings_of_its_own

REST_SECONDS = 30


def warm_start() -> dict[str, Any]:
    """Start it once, and again: by `sklad bench start`, on ports and in a folder of its own."""
    with TemporaryDirectory(prefix="sklad-") as folder:
        stack = Stack(settings_of_its_own(Path(folder) / "s"))
        try:
            _run(stack, "up")
            out = Path(folder) / "start.json"
            _run(stack, "bench", "start", "--rest", str(REST_SECONDS), "--seconds", "30", "--out", str(out))
            found = json.loads(out.read_text())
        finally:
            stack.sklad("down")
    return {
        "warm_start_s": found["warm_start_seconds"],
        "memory_gib": round(found["memory_pss_mb"]["total"] / 1024, 2),
        "cpu_percent_of_a_core": found["cpu_percent_of_a_core"],
        "disk_mb": found["disk_mb"],
    }


def _run(stack: Stack, *arguments: str) -> None:
    done = stack.sklad(*arguments)
    if done.returncode != 0:
        raise RuntimeError(f"sklad {' '.join(arguments)} failed:\n{stack.said(done)}")
