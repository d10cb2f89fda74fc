"""airflow/airflow.env: options that Airflow knows, readable by docker compose too, and nothing secret."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from sklad.settings import load_settings

ROOT = Path(__file__).resolve().parents[3]
FILE = ROOT / "airflow" / "airflow.env"


@pytest.fixture(scope="module")
def options() -> dict[str, str]:
    lines = [line for line in FILE.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def test_airflow_knows_every_option(options: dict[str, str], tmp_path: Path) -> None:
    done = subprocess.run(
        [
            load_settings().tools_dir / "airflow" / "bin" / "python",
            Path(__file__).with_name("unknown_options.py"),
            *options,
        ],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AIRFLOW_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )

    assert done.stdout.splitlines()[-1] == "", done.stdout


def test_both_runtimes_read_the_same_values(options: dict[str, str]) -> None:
    # docker compose would substitute $ and drop quotes; the embedded runtime's reader does not in all cases.
    assert {name: value for name, value in options.items() if re.search(r"[$'\"\s]", value)} == {}


def test_no_secret_and_no_address_is_shared(options: dict[str, str]) -> None:
    telling = re.compile(r"SECRET|PASSWORD|FERNET|SQL_ALCHEMY_CONN$|BASE_URL|HOST$|PORT$")
    assert [name for name in options if telling.search(name)] == []


def test_every_option_says_why_or_stands_under_one_that_does() -> None:
    paragraphs = [part for part in FILE.read_text().split("\n\n") if "=" in part]
    assert all("#" in part for part in paragraphs)


def test_the_lock_pins_and_hashes_everything() -> None:
    lock = (ROOT / "airflow" / "requirements.lock").read_text()
    packages = re.findall(r"^(\S+)==\S+.*?(?=^\S|\Z)", lock, re.MULTILINE | re.DOTALL)
    unpinned = [line for line in lock.splitlines() if re.match(r"^[a-z0-9]", line) and "==" not in line.split(" ")[0]]
    assert len(packages) > 100
    assert unpinned == []
    assert "http://" not in lock
    assert "https://" not in lock
    for entry in re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)[1:]:
        assert "--hash=sha256:" in entry, entry.splitlines()[0]
