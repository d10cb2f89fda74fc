"""First reads, second reads, and reads that something interrupts."""

import json
import os
import shutil
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event

import psycopg
import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from sklad.connect import SOURCE
from sklad.embedded.layout import Layout
from sklad.resync.links import resync_links
from sklad.resync.run import resync
from sklad.waiting import wait_until
from tests.pipeline.stack import NAME, Pipeline
from tests.semantics.conftest import Verdict

pytestmark = pytest.mark.usefixtures("begin_anew")
SIGNALS = "wms.signals"
# A hundred rows at a time: slow enough to be interrupted.
SLOWLY = {"max__batch__size": "100", "max__queue__size": "200", "poll__interval__ms": "100"}


@pytest.fixture
def many_rows(pipeline: Pipeline) -> Iterator[int]:
    """10,000 balances more, in warehouses from 20,000 on; gives the first."""
    first = 20_000
    pipeline.run(
        f"INSERT INTO warehouses SELECT {first} + n, 'x', 1 FROM generate_series(0, 199) AS n",
        f"INSERT INTO stock_balances SELECT {first} + n / 50, 1 + n % 50, n FROM generate_series(0, 9999) AS n",
    )
    pipeline.arrived()
    yield first


@pytest.mark.row("a snapshot while transactions are open that began before it and commit after it")
def test_snapshot_over_open_transactions(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    """A slot waits for running transactions, in two turns. One that begins in the second may write before the slot's
    position and commit after it: the snapshot does not see it, the stream brings it.
    """
    pipeline.arrived()
    pipeline.remove_connector()
    pipeline.drop_slot()
    update = "UPDATE stock_balances SET quantity = %s WHERE (warehouse_id, product_id) = (%s, %s)"
    with pipeline.wms() as first, pipeline.wms() as second, pipeline.wms() as over, ThreadPoolExecutor() as pool:
        for connection in (first, second, over):
            connection.autocommit = False
        before = transaction_id(first)
        post = pool.submit(pipeline.rest, "POST", "/connectors", json=json.loads(SOURCE.read_text()))
        wait_until(lambda: slot_waits_for(pipeline, before), "the connector's slot waits for the first", 60)
        meanwhile = transaction_id(second)
        first.commit()
        wait_until(lambda: slot_waits_for(pipeline, meanwhile), "the connector's slot waits for the second", 60)
        over.execute(update, [1001, warehouse, 1])
        over.execute(update, [1002, warehouse, 1])
        over.execute("DELETE FROM stock_balances WHERE (warehouse_id, product_id) = (%s, 2)", [warehouse])
        over.execute("INSERT INTO stock_balances VALUES (%s, 30, 30)", [warehouse])
        second.commit()
        wait_until(lambda: reading(pipeline), "the snapshot is read", 60)
        over.commit()
        post.result()
    verdict.exact(within=60)
    assert pipeline.state()[warehouse, 1][0] == 1002


def transaction_id(connection: psycopg.Connection) -> int:
    """The number of the transaction that is open, given to it now at the latest."""
    (number,) = connection.execute("SELECT pg_current_xact_id()::xid::text::bigint").fetchall()[0]
    return int(number)


def slot_waits_for(pipeline: Pipeline, transaction: int) -> bool:
    """Whether a slot is being created, and waits for this transaction to end."""
    with pipeline.superuser() as wms:
        waiting = (
            "SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE NOT granted AND backend_type = 'walsender' AND transactionid::text::bigint = %s"
        )
        return bool(wms.execute(waiting, [transaction]).rowcount)


def reading(pipeline: Pipeline) -> bool:
    """Whether rows of a second snapshot have arrived."""
    return pipeline.ask("SELECT uniqExact(lsn) FROM kafka_wms_stock_balances WHERE op = 'r'")[0][0] > 1


@pytest.mark.row("a snapshot under concurrent writes")
def test_snapshot_under_writes(pipeline: Pipeline, many_rows: int, verdict: Verdict) -> None:
    stop = Event()

    def write(worker: int) -> None:
        change = "UPDATE stock_balances SET quantity = quantity + 1 WHERE (warehouse_id + product_id) %% 200 = %s"
        with pipeline.wms() as wms:
            turn = 0
            while not stop.wait(0.02):
                turn += 1
                # A writer that a deadlock ends has changed nothing, like one that gives up.
                with suppress(psycopg.errors.DeadlockDetected), wms.transaction():
                    wms.execute(change, [(4 * turn + worker) % 200])
                    wms.execute("DELETE FROM stock_balances WHERE (warehouse_id, product_id) = (%s, %s)",
                                [many_rows + worker, turn % 50 + 1])  # fmt: skip
                    wms.execute("INSERT INTO stock_balances VALUES (%s, %s, 0) ON CONFLICT DO NOTHING",
                                [many_rows + worker, (turn + 7) % 50 + 1])  # fmt: skip

    with ThreadPoolExecutor(3) as pool:
        writers = [pool.submit(write, worker) for worker in range(3)]
        try:
            for _ in range(3):
                pipeline.remove_connector()
                pipeline.drop_slot()
                pipeline.apply_connector()
                pipeline.arrived()
        finally:
            stop.set()
        for writer in writers:
            writer.result()
    verdict.exact(log=False, within=60)


@pytest.mark.row("a snapshot is killed half-way and run again: rows deleted in between")
def test_snapshot_killed(pipeline: Pipeline, many_rows: int, verdict: Verdict) -> None:
    interrupt_a_snapshot(pipeline, f"DELETE FROM stock_balances WHERE warehouse_id < {many_rows + 100}")
    pipeline.apply_connector(**SLOWLY)
    verdict.exact(log=False, within=60)


@pytest.mark.row("the same, and the source is empty by then")
@pytest.mark.usefixtures("many_rows")
def test_snapshot_killed_and_source_emptied(pipeline: Pipeline, verdict: Verdict) -> None:
    interrupt_a_snapshot(pipeline, "DELETE FROM stock_balances WHERE warehouse_id > 0")
    pipeline.apply_connector(**SLOWLY)
    verdict.loud("the WMS has no balances, ClickHouse has")


def interrupt_a_snapshot(pipeline: Pipeline, meanwhile: str) -> None:
    """Kill Connect while it reads, run a statement, and have the next try find neither slot nor offset."""
    pipeline.remove_connector()
    pipeline.drop_slot()
    pipeline.empty_clickhouse()
    pipeline.apply_connector(**SLOWLY)
    read = "SELECT count() FROM kafka_wms_stock_balances WHERE op = 'r'"
    wait_until(lambda: pipeline.ask(read)[0][0] > 500, "the snapshot is under way", 60, pause=0.05)
    kill(pipeline, "connect")
    wait_until(pipeline.connect.is_ready, "Connect is back", 60)
    assert pipeline.ask(read)[0][0] < 10_000, "it was over before it could be killed"
    pipeline.run(meanwhile)


def kill(pipeline: Pipeline, name: str) -> None:
    os.kill(next(process.pid for process in pipeline.supervisor.processes() if process.name == name), signal.SIGKILL)


@pytest.mark.row("an incremental snapshot under concurrent writes: what it reads carries no position in the log")
def test_incremental_snapshot(pipeline: Pipeline, many_rows: int, verdict: Verdict) -> None:
    kafka = pipeline.settings.kafka_bootstrap_servers
    topic = NewTopic(SIGNALS, num_partitions=1, replication_factor=1)
    admin = AdminClient({"bootstrap.servers": kafka})
    admin.create_topics([topic])[SIGNALS].result(30)
    pipeline.apply_connector(
        read__only="true", signal__enabled__channels="kafka", signal__kafka__topic=SIGNALS,
        signal__kafka__bootstrap__servers=kafka, incremental__snapshot__chunk__size="500",
    )  # fmt: skip
    pipeline.arrived()
    data = {"data-collections": ["public.stock_balances"], "type": "INCREMENTAL"}
    signalled = json.dumps({"type": "execute-snapshot", "data": data}).encode()
    pipeline.produce(signalled, topic=SIGNALS, key=b"wms")
    for turn in range(40):
        pipeline.run(
            f"UPDATE stock_balances SET quantity = quantity + 1 WHERE product_id = {turn + 1}",
            f"DELETE FROM stock_balances WHERE (warehouse_id, product_id) = ({many_rows + turn}, {turn + 1})",
        )
    wait_until(lambda: len(pipeline.errors()) > 9000, "it is read", 60)
    pipeline.arrived()
    assert pipeline.state() == pipeline.source(), "the stream goes on"
    verdict.loud("messages could not be applied")


@pytest.mark.row("the connector is deleted and created again")
def test_connector_recreated(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    pipeline.arrived()
    pipeline.rest("DELETE", f"/connectors/{NAME}")
    pipeline.run(
        f"UPDATE stock_balances SET quantity = 9 WHERE warehouse_id = {warehouse}",
        f"DELETE FROM stock_balances WHERE (warehouse_id, product_id) = ({warehouse}, 2)",
    )
    pipeline.apply_connector()
    verdict.exact()


@pytest.mark.row("the connector's offsets are deleted, its slot stays")
def test_offsets_deleted(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    pipeline.arrived()
    pipeline.remove_connector()
    pipeline.run(
        f"UPDATE stock_balances SET quantity = 9 WHERE warehouse_id = {warehouse}",
        f"DELETE FROM stock_balances WHERE (warehouse_id, product_id) = ({warehouse}, 2)",
    )
    pipeline.apply_connector()
    verdict.exact(log=False)


@pytest.mark.row("the slot is dropped, then the connector is created anew")
def test_slot_dropped(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    pipeline.arrived()
    pipeline.stop_connector()
    pipeline.drop_slot()
    pipeline.run(
        f"UPDATE stock_balances SET quantity = 9 WHERE warehouse_id = {warehouse}",
        f"DELETE FROM stock_balances WHERE (warehouse_id, product_id) = ({warehouse}, 2)",
    )
    pipeline.rest("PUT", f"/connectors/{NAME}/resume")
    verdict.loud("slot")
    pipeline.remove_connector()
    pipeline.drop_slot()
    pipeline.apply_connector()
    verdict.exact(log=False)


@pytest.mark.row("the slot is lost: its reader was away for more than max_slot_wal_keep_size")
def test_slot_lost(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    pipeline.arrived()
    pipeline.stop_connector()
    with pipeline.superuser() as wms:
        for _ in range(12):
            wms.execute("SELECT pg_logical_emit_message(false, 'fill', repeat('x', 10000000))")
            wms.execute("SELECT pg_switch_wal()")
        wms.execute("CHECKPOINT")
    pipeline.run(f"DELETE FROM stock_balances WHERE (warehouse_id, product_id) = ({warehouse}, 2)")
    pipeline.rest("PUT", f"/connectors/{NAME}/resume")
    verdict.loud("the replication slot is lost", "Run: sklad resync", seconds=60)
    newest = "SELECT wal_status FROM slot_health ORDER BY asked_at DESC LIMIT 1"
    wait_until(lambda: pipeline.ask(newest) == [("lost",)], "slot_health notices it", 60, pause=0.5)
    resync(resync_links(pipeline.settings), SOURCE, print)
    verdict.exact(log=False)


@pytest.mark.row("the source is restored from a backup: its log goes on from an earlier position")
def test_source_restored(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    pipeline.arrived()
    data = Layout.of(pipeline.settings).data("wms")
    backup = data.with_name("wms.backup")
    with pipeline.stopped("wms"):
        shutil.copytree(data, backup, symlinks=True)
    pipeline.run(f"UPDATE stock_balances SET quantity = 9 WHERE warehouse_id = {warehouse}")
    with pipeline.superuser() as wms:
        wms.execute("SELECT pg_logical_emit_message(false, 'fill', repeat('x', 10000000))")
    pipeline.arrived()
    with pipeline.stopped("wms"):
        shutil.rmtree(data)
        backup.rename(data)
    pipeline.run(
        f"UPDATE stock_balances SET quantity = 8 WHERE (warehouse_id, product_id) = ({warehouse}, 1)",
        f"DELETE FROM stock_balances WHERE (warehouse_id, product_id) = ({warehouse}, 2)",
    )
    verdict.loud("restored")
    resync(resync_links(pipeline.settings), SOURCE, print)
    pipeline.arrived()
    assert pipeline.state() == pipeline.source()
