"""The command line as a person meets it: help with examples, and errors in a sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def call(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "data_generator", *arguments],
        cwd=ROOT,
        env=os.environ | {"COLUMNS": "160"} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("command", ["stock", "web", "live"])
def test_help_shows_examples(command):
    result = call(command, "--help")
    assert result.returncode == 0
    assert f"python -m data_generator {command} --" in result.stdout


def test_says_what_it_wrote_and_where(tmp_path):
    result = call("stock", "--out", str(tmp_path), "--warehouses", "2", "--products", "3", "--fill", "1")
    assert result.returncode == 0
    assert f"6 rows in {tmp_path / 'stock_balances.csv'}" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["stock", "--fill", "2"], 1, "data_generator: --fill 2.0: it is a share; choose between 0 and 1."),
        (["stock", "--regions", "99"], 1, "data_generator: --regions 99: the generator knows 40 regions."),
        (["stock", "--out", "/proc/nowhere"], 1, "data_generator: Can't write the files in /proc/nowhere"),
        (["web", "--late", "2"], 1, "data_generator: --late 2.0: it is a share; choose between 0 and 1."),
        (["web", "--late", "0.6", "--nulls", "0.6"], 1, "data_generator: the shares of all faults add up to 1.2"),
        (["web", "--events", "0"], 1, "data_generator: --events 0: choose 1 or more."),
        (["web", "--out", "/proc/nowhere"], 1, "data_generator: Can't write the files in /proc/nowhere"),
        (["stock", "--products", "many"], 2, "Invalid value for '--products'"),
        (["live", "--rate", "0"], 1, "data_generator: --rate 0: choose a number above 0."),
        (["live", "--rate", "-1"], 1, "data_generator: --rate -1: choose a number above 0."),
        (["live", "--rate", "nan"], 1, "data_generator: --rate nan: choose a number above 0."),
        (["live", "--rate", "1", "--duration", "0"], 1, "data_generator: --duration 0: choose a number above 0."),
        (["live", "--rate", "1", "--dsn", "nonsense"], 1, "data_generator: --dsn is not a connection string"),
    ],
)
def test_errors_say_what_to_do(arguments, code, message):
    result = call(*arguments)
    assert result.returncode == code
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_live_finds_the_wms_through_the_settings():
    result = call("live", "--rate", "1", "--reconnect-for", "0.2", WMS_HOST="127.0.0.1", WMS_PORT="1")
    assert result.returncode == 1
    assert 'connection to server at "127.0.0.1", port 1 failed: Connection refused' in result.stderr
