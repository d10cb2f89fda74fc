"""Switching SINK, there and back. ClickHouse's sink for Connect is in no registry: its turn comes where somebody put it
in place.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from tests.e2e.conftest import ROOT, Stack, eventually

TOPIC = "wms.public.stock_balances"
NONE: dict[str, list[object]] = {"missing": [], "doubled": [], "unknown": []}


@pytest.fixture
def has_plugin(stack: Stack) -> bool:
    return "ClickHouseSinkConnector" in httpx.get(f"{stack['CONNECT_URL']}/connector-plugins").text


def test_a_sink_without_its_plugin_is_refused_and_the_flow_goes_on(stack: Stack, has_plugin: bool) -> None:
    if has_plugin:
        pytest.skip("the plugin is there")

    refused = stack.up(SINK="connect")

    assert refused.returncode != 0
    assert "SINK=connect needs ClickHouse's sink" in stack.said(refused)
    with stack.wms() as wms:
        wms.execute("UPDATE stock_balances SET quantity = quantity + 1 WHERE warehouse_id = 3")
    eventually(stack.balances, source(stack), seconds=60)
    stack.up()


@pytest.mark.timeout(1800)
def test_switching_loses_and_doubles_nothing(stack: Stack, has_plugin: bool) -> None:
    for sink in ("engine", *(["connect"] if has_plugin else []), "ingest"):
        with workload(stack):
            switched = stack.up(SINK=sink)
            assert switched.returncode == 0, switched.stdout + switched.stderr

        eventually(stack.balances, source(stack), seconds=120)
        # State and log are written by one insert, one after the other: either may show first.
        eventually(lambda: differences(logged(stack), messages(stack)), NONE)


def source(stack: Stack) -> list[tuple[int, int, int]]:
    with stack.wms() as wms:
        return wms.execute("SELECT warehouse_id, product_id, quantity FROM stock_balances ORDER BY 1, 2").fetchall()


@contextmanager
def workload(stack: Stack) -> Iterator[None]:
    """Changes that go on all the while."""
    process = subprocess.Popen(
        [sys.executable, "-m", "data_generator", "live", "--rate", "50"], cwd=ROOT, env=stack.environment
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


Change = tuple[int, int, int, str]


def messages(stack: Stack) -> list[Change]:
    """(LSN, warehouse, product, operation) of each committed message that the topic holds."""
    consumer = Consumer(
        {"bootstrap.servers": stack["KAFKA_BOOTSTRAP_SERVERS"], "group.id": "count", "enable.partition.eof": True}
    )
    consumer.assign([TopicPartition(TOPIC, 0, OFFSET_BEGINNING)])
    found = []
    while message := consumer.poll(30):
        if message.error():  # the end of the partition
            break
        change = json.loads(message.value() or b"")
        row = change["after"] or change["before"] or {}
        found.append((change["source"]["lsn"], row.get("warehouse_id", 0), row.get("product_id", 0), change["op"]))
    consumer.close()
    return found


def logged(stack: Stack) -> list[Change]:
    """The same of each change in ClickHouse's log that came through the topic, and not with a resync."""
    query = "SELECT lsn, warehouse_id, product_id, toString(op) FROM kafka_wms_stock_balances FINAL WHERE tx_id != 0"
    return [(lsn, warehouse, product, op) for lsn, warehouse, product, op in stack.ask(query, user="admin")]


def differences(log: list[Change], sent: list[Change]) -> dict[str, list[Change]]:
    """What the topic holds and the log lacks, what the topic holds more than once, what only the log has."""
    in_log, in_topic = set(log), Counter(sent)
    return {
        "missing": sorted(in_topic.keys() - in_log),
        "doubled": sorted(change for change, times in in_topic.items() if times > 1),
        "unknown": sorted(in_log - in_topic.keys()),
    }
