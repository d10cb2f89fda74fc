"""The running stack proves itself: equal under load, damage named and mended, a lost slot brought back."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
import pytest

from sklad.settings import load_settings
from sklad.waiting import wait_until
from tests.e2e.conftest import ROOT, Stack
from tests.readers import balances_seen

pytestmark = pytest.mark.e2e
CONNECTOR = "wms.stock_balances"
NOTICED_SECONDS = 60


def verify(stack: Stack, *options: str) -> tuple[int, dict[str, Any]]:
    """Exit code and what it printed."""
    done = stack.sklad("verify", "--json", *options)
    return done.returncode, json.loads(done.stdout)


def role_dsn(stack: Stack, role: str, password: str) -> str:
    """The WMS as another role than its owner."""
    settings = load_settings().model_copy(update={"wms_port": int(stack.environment["WMS_PORT"])})
    return settings.wms_dsn(role, getattr(settings, password))


@contextmanager
def live_load(stack: Stack, rate: int) -> Iterator[None]:
    """Stock moves at `rate` changes a second."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "WMS_APP_DSN": role_dsn(stack, "wms_app", "wms_app_password")}
    command = [sys.executable, "-m", "data_generator", "live", "--rate", str(rate), "--seed", "11"]
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL) as load:
        try:
            yield
        finally:
            assert load.poll() is None, "the workload ended by itself"
            load.terminate()


def test_no_false_alarm_under_live_load(stack: Stack) -> None:
    with live_load(stack, 300):
        done = stack.sklad("verify", "--times", "10")
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("stock_balances: equal.") == 10


def test_damage_is_named_and_mended(stack: Stack) -> None:
    with stack.clickhouse() as client:
        keys = "SELECT warehouse_id, product_id FROM stock_balances_v ORDER BY ALL LIMIT 2"
        lost, wrong = client.query(keys).result_rows
        table = "INSERT INTO stock_balances (warehouse_id, product_id, quantity, updated_at, version, is_deleted)"
        client.command(f"{table} SELECT {lost[0]}, {lost[1]}, 0, now64(6), max(version), 1 FROM stock_balances")
        client.command(f"{table} SELECT {wrong[0]}, {wrong[1]}, 123456, now64(6), max(version), 0 FROM stock_balances")
        client.command(f"{table} SELECT 999999, 999999, 5, now64(6), max(version), 0 FROM stock_balances")

    code, found = verify(stack)
    assert (code, found["verdict"]) == (1, "different")
    kinds = {(row["key"]["warehouse_id"], row["key"]["product_id"]): row["kind"] for row in found["differences"]}
    assert kinds == {tuple(lost): "missing", tuple(wrong): "different", (999999, 999999): "extra"}
    assert "WMS and ClickHouse differ" in " ".join(stack.status()["problems"])

    code, found = verify(stack, "--repair")
    assert (code, found["verdict"]) == (0, "equal")
    assert stack.status()["last_verify"]["verdict"] == "equal"


def slot_health(stack: Stack) -> str:
    """The newest word in ClickHouse on the connector's slot."""
    with stack.clickhouse() as client:
        return str(client.query("SELECT wal_status FROM slot_health ORDER BY asked_at DESC LIMIT 1").result_rows[0][0])


def test_a_lost_slot_is_noticed_and_brought_back(stack: Stack) -> None:
    connect = httpx.Client(base_url=stack["CONNECT_URL"], timeout=30)
    connect.put(f"/connectors/{CONNECTOR}/stop").raise_for_status()
    with stack.wms() as wms:
        _eventually_drop_slot(stack)
        wms.execute("DELETE FROM stock_balances WHERE warehouse_id = 2 AND product_id % 7 = 0")
        wms.execute("UPDATE stock_balances SET quantity = quantity + 5 WHERE warehouse_id = 3")

    wait_until(lambda: slot_health(stack) == "missing", "slot_health notices it", NOTICED_SECONDS)
    problems = " ".join(stack.status()["problems"])
    assert "the replication slot is missing: changes no longer reach ClickHouse. Run: sklad resync" in problems
    code, found = verify(stack)
    assert code == 2
    assert "sklad resync" in found["reason"]

    rows = stack.status()["rows_in_source"]
    with live_load(stack, 100), stack.clickhouse("bi") as client, balances_seen(client) as seen:
        done = stack.sklad("resync")
    assert done.returncode == 0, done.stdout + done.stderr
    assert min(seen) > 0.99 * rows, "a reader saw less than a whole table"
    assert verify(stack)[0] == 0
    assert stack.status()["slot"]["wal_status"] == "reserved"


def test_a_resync_that_was_cut_off_is_not_taken_for_a_new_connector(stack: Stack) -> None:
    connect = httpx.Client(base_url=stack["CONNECT_URL"], timeout=30)
    connect.put(f"/connectors/{CONNECTOR}/stop").raise_for_status()
    offsets = f"/connectors/{CONNECTOR}/offsets"
    wait_until(lambda: connect.delete(offsets).is_success, "the connector's offsets are deleted", 60)

    up = stack.sklad("up")
    assert up.returncode == 1
    assert "run sklad resync" in up.stderr

    assert stack.sklad("resync").returncode == 0
    assert stack.sklad("up").returncode == 0


def _eventually_drop_slot(stack: Stack) -> None:
    dsn = role_dsn(stack, "debezium", "wms_debezium_password")
    with psycopg.connect(dsn, autocommit=True) as wms:

        def dropped() -> bool:
            drop = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active"
            return wms.execute(drop).rowcount == 1

        wait_until(dropped, "the slot is free and dropped", 60)
