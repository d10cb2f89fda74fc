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
from confluent_kafka import Consumer, TopicPartition

from tests.e2e.conftest import ROOT, Stack, eventually

TOPIC = "wms.public.stock_balances"
NONE: dict[str, list[object]] = {"missing": [], "unknown": []}


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
    offset, lsn = end_of_topic(stack), position(stack)
    for sink in ("engine", *(["connect"] if has_plugin else []), "ingest"):
        with workload(stack):
            switched = stack.up(SINK=sink)
            assert switched.returncode == 0, switched.stdout + switched.stderr

        eventually(stack.balances, source(stack), seconds=120)
        # State and log are written by one insert, one after the other: either may show first.
        eventually(lambda: differences(logged(stack, lsn), messages(stack, offset, lsn)), NONE)


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


def position(stack: Stack) -> int:
    """The LSN that later changes of the WMS stand behind."""
    with stack.wms() as wms:
        row = wms.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn").fetchone()
    assert row is not None
    return int(row[0])


@contextmanager
def reader(stack: Stack) -> Iterator[Consumer]:
    consumer = Consumer(
        {"bootstrap.servers": stack["KAFKA_BOOTSTRAP_SERVERS"], "group.id": "count", "enable.partition.eof": True}
    )
    try:
        yield consumer
    finally:
        consumer.close()


def end_of_topic(stack: Stack) -> int:
    """The offset of the next message. Before it may stand what tests planted, that no sink can apply."""
    with reader(stack) as consumer:
        return int(consumer.get_watermark_offsets(TopicPartition(TOPIC, 0), timeout=30)[1])


Change = tuple[int, int, int, str]


def messages(stack: Stack, offset: int, lsn: int) -> list[Change]:
    """(LSN, warehouse, product, operation) of each change behind `lsn` that the topic holds from `offset` on."""
    found = []
    with reader(stack) as consumer:
        consumer.assign([TopicPartition(TOPIC, 0, offset)])
        while message := consumer.poll(30):
            if message.error():  # the end of the partition
                break
            change = json.loads(message.value() or b"")
            row = change["after"] or change["before"] or {}
            found.append((change["source"]["lsn"], row.get("warehouse_id", 0), row.get("product_id", 0), change["op"]))
    return [change for change in found if change[0] > lsn]


def logged(stack: Stack, lsn: int) -> list[Change]:
    """The same of each change in ClickHouse's log that came through the topic, and not with a resync."""
    query = (
        "SELECT lsn, warehouse_id, product_id, toString(op) FROM kafka_wms_stock_balances FINAL"
        f" WHERE tx_id != 0 AND lsn > {lsn}"
    )
    return [(at, warehouse, product, op) for at, warehouse, product, op in stack.ask(query, user="admin")]


def differences(log: list[Change], sent: list[Change]) -> dict[str, list[Change]]:
    """What the topic holds and the log lacks, and what only the log has. What the topic holds twice is one change."""
    if doubled := [change for change, times in Counter(sent).items() if times > 1]:
        print("stand in the topic more than once:", doubled)
    return {"missing": sorted(set(sent) - set(log)), "unknown": sorted(set(log) - set(sent))}
