"""LOAD=bulk at a first start of real engines, from PostgreSQL to ClickHouse, while the WMS goes on."""

import os
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from threading import Event

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from sklad.settings import ROOT
from sklad.waiting import wait_until
from tests.pipeline.stack import NAME, SLOT, Pipeline, make_pipeline

WAREHOUSES, PRODUCTS = 80, 2500
# The WMS's workers, each with products of its own: they never wait for each other.
WORKERS = 2


@pytest.fixture(scope="module")
def engines() -> Iterator[Pipeline]:
    """Engines without a connector."""
    with make_pipeline(warehouses=WAREHOUSES, products=PRODUCTS, load="bulk") as new:
        try:
            new.start(without=("Connectors", "First snapshot in ClickHouse"))
            yield new
        finally:
            new.stop()


@pytest.fixture
def pipeline(engines: Pipeline) -> Iterator[Pipeline]:
    """With a WMS that nobody has captured yet."""
    yield engines
    engines.forget()


def load(pipeline: Pipeline, **settings: str) -> "subprocess.Popen[str]":
    """The job that makes the connectors, which loads first; the same one runs in `make up` and in containers."""
    return subprocess.Popen(
        [ROOT / "bin" / "sklad", "apply", "connectors"],
        env=os.environ | pipeline.settings.as_environment() | settings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def complete(pipeline: Pipeline, **settings: str) -> str:
    """Run the job to its end; returns what it said."""
    process = load(pipeline, **settings)
    said, _ = process.communicate(timeout=180)
    assert process.returncode == 0, said
    return said


def kill_when(process: "subprocess.Popen[str]", moment: Callable[[], object]) -> None:
    """SIGKILL at the first moment that answers true."""
    with process:
        wait_until(lambda: process.poll() is not None or moment(), "the moment has come", 60, 0.005)
        assert process.poll() is None, "it ended before it could be killed"
        process.kill()


@contextmanager
def at_work(pipeline: Pipeline) -> Iterator[None]:
    """Workers change quantities, delete, insert and change keys, all the time."""
    done = Event()

    def work(worker: int) -> None:
        with pipeline.wms() as wms:
            for turn in count():
                if done.wait(0.02):  # else all that they did would have to be waited for
                    return
                place = {"warehouse": turn % WAREHOUSES + 1, "rest": worker, "to": 1 + (turn + 7) % WAREHOUSES}
                mine = "product_id %% 10 = %(rest)s"
                wms.execute(
                    f"UPDATE stock_balances SET quantity = quantity + 1 WHERE warehouse_id = %(warehouse)s AND {mine}",
                    place,
                )
                wms.execute(
                    f"DELETE FROM stock_balances WHERE warehouse_id = %(warehouse)s AND {mine} AND product_id %% 3 = 0",
                    place,
                )
                wms.execute(
                    "INSERT INTO stock_balances SELECT %(to)s, product_id, 5 FROM products"
                    f" WHERE {mine} AND product_id %% 3 = 0 ON CONFLICT DO NOTHING",
                    place,
                )
                # A balance goes to another warehouse as it is: a new key.
                wms.execute(
                    "UPDATE stock_balances AS moved SET warehouse_id = %(to)s"
                    f" WHERE warehouse_id = %(warehouse)s AND {mine} AND product_id %% 7 = 0 AND NOT EXISTS ("
                    "SELECT FROM stock_balances AS there"
                    " WHERE there.warehouse_id = %(to)s AND there.product_id = moved.product_id)",
                    place,
                )

    with ThreadPoolExecutor(WORKERS) as pool:
        workers = [pool.submit(work, worker) for worker in range(WORKERS)]
        try:
            yield
        finally:
            done.set()
        for worker in workers:
            worker.result()


def assert_equal(pipeline: Pipeline) -> None:
    """Both sides have the same rows once all has arrived."""
    pipeline.open()
    state, source = pipeline.state(), pipeline.source()
    assert len(source) > WAREHOUSES * PRODUCTS / 2
    assert state == source


def slot_is_there(pipeline: Pipeline) -> bool:
    with pipeline.superuser() as wms:
        return bool(wms.execute("SELECT FROM pg_replication_slots WHERE slot_name = %s", [SLOT]).rowcount)


def rows_are_read(pipeline: Pipeline) -> bool:
    try:
        return bool(pipeline.ask("SELECT count() FROM stock_balances_resync")[0][0])
    except DatabaseError as error:
        assert "UNKNOWN_TABLE" in str(error)
        return False


def offsets_are_set(pipeline: Pipeline) -> bool:
    found = pipeline.rest("GET", f"/connectors/{NAME}/offsets")
    return found.is_success and found.json()["offsets"] != []


def test_a_first_load_under_changes_deletes_and_key_changes_is_exact(pipeline: Pipeline) -> None:
    with at_work(pipeline):
        assert "balances read" in complete(pipeline)
        pipeline.open()
    assert_equal(pipeline)
    assert pipeline.ask("SELECT countIf(op = 'r'), countIf(op = 'd') > 0 FROM kafka_wms_stock_balances") == [(0, True)]
    meanwhile = (
        "SELECT count() FROM kafka_wms_stock_balances AS change, stock_balances_loads AS load"
        " WHERE change.lsn > load.slot_lsn AND change.committed_at < load.loaded_at"
    )
    assert pipeline.ask(meanwhile)[0][0] > 0, "nothing changed while the table was read: this test shows nothing"
    # The connector goes on from there at the next start; nothing is read again.
    loads = pipeline.ask("SELECT * FROM stock_balances_loads")
    pipeline.start()
    assert pipeline.ask("SELECT * FROM stock_balances_loads") == loads
    assert_equal(pipeline)


@pytest.mark.parametrize("moment", [slot_is_there, rows_are_read, offsets_are_set])
def test_a_first_load_that_is_killed_is_run_again(pipeline: Pipeline, moment: Callable[[Pipeline], bool]) -> None:
    before = pipeline.source()
    kill_when(load(pipeline), lambda: moment(pipeline))
    assert pipeline.state() in ({}, before), "a reader saw a table that was not whole"
    pipeline.run(
        "DELETE FROM stock_balances WHERE product_id % 11 = 0",
        "UPDATE stock_balances SET quantity = quantity + 1 WHERE product_id % 13 = 0",
    )
    complete(pipeline)
    assert_equal(pipeline)


def test_a_stream_that_has_begun_is_not_loaded_again(pipeline: Pipeline) -> None:
    """Whoever began with a snapshot may set LOAD=bulk later: nothing happens."""
    complete(pipeline, LOAD="snapshot")
    pipeline.open()
    assert "balances read" not in complete(pipeline)
    assert pipeline.ask("SELECT count() FROM stock_balances_loads") == [(0,)]
    assert_equal(pipeline)
