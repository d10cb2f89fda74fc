"""The suite itself: what takes an hour to reach must not fail for want of a fixture."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_tests_of_containers_find_their_fixtures() -> None:
    """They share tests with tests/e2e, which has fixtures of its own."""
    planned = subprocess.run(
        [sys.executable, "-m", "pytest", "-m", "compose", "--setup-plan", "-q", "tests/compose"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert planned.returncode == 0, planned.stdout[-3000:]
    assert "test_every_chart_draws_itself" in planned.stdout
