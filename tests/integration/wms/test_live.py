"""The live workload on a real PostgreSQL, judged by the change stream that it leaves."""

import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

from data_generator.errors import OptionError, WorkloadError
from data_generator.live import LiveOptions, LiveRun
from data_generator.randomness import stream
from data_generator.stock_movements import MIX
from data_generator.stock_workload import StockWorkload

ROOT = Path(__file__).resolve().parents[3]


def run(dsn, *, seed=1, stop=None, say=print, **options):
    return LiveRun(
        StockWorkload(stream(seed, "live")), LiveOptions(dsn=dsn, **options), stop or threading.Event(), say
    ).run()


@contextmanager
def running(dsn, **options):
    """Run in the background; yields a result holder whose `made` and `said` can be read once the block has ended."""
    result, stop = SimpleNamespace(made=None, said=[]), threading.Event()

    def target():
        result.made = run(dsn, stop=stop, say=result.said.append, **options)

    thread = threading.Thread(target=target)
    thread.start()
    try:
        yield result
    finally:
        stop.set()
        thread.join(timeout=20)
        assert not thread.is_alive(), "the workload did not stop"


def until(condition, what, seconds=15):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.02)


def ops(transactions):
    return Counter(change.op for changes in transactions for change in changes)


@pytest.fixture(scope="module")
def busy_day(shared_wms, open_change_log):
    """Some thousand changes: (what the workload says it made, the transactions that were committed)."""
    log = open_change_log(shared_wms)
    made = run(shared_wms.dsn("wms_app"), rate=2000, duration=2)
    transactions = log.transactions()
    log.close()
    return made, transactions


def test_every_kind_of_movement_is_made_and_every_change_counted(busy_day):
    made, transactions = busy_day
    seen = ops(transactions)

    assert set(made) == set(MIX)
    assert made["pick"] == max(made.values())
    assert seen["I"] == made["relisting"]
    assert seen["D"] == made["delisting"]
    assert seen["I"] + seen["D"] + seen["U"] == made.total()


def test_quantities_change_by_plausible_amounts_and_never_below_zero(busy_day):
    changes = [change for transaction in busy_day[1] for change in transaction]

    assert all(int(change.new["quantity"]) >= 0 for change in changes if change.op != "D")
    assert all(-40 <= change.delta <= 90 and change.delta for change in changes if change.op == "U")


def test_a_low_rate_makes_one_movement_a_transaction(wms, change_log):
    run(wms.dsn("wms_app"), rate=50, duration=2)
    transactions = change_log.transactions()
    pairs = [changes for changes in transactions if len(changes) > 1]

    assert len(transactions) > 70
    assert pairs
    for start, end in pairs:  # the two sides of a transfer
        assert start.delta == -end.delta
        assert start.new["product_id"] == end.new["product_id"]
        assert start.new["warehouse_id"] != end.new["warehouse_id"]


def test_popular_products_move_more(wms, change_log):
    """At a low rate: a statement changes a row once, so the large ones of a high rate even out what is popular."""
    run(wms.dsn("wms_app"), rate=100, duration=4)
    moves = Counter(c.new["product_id"] for changes in change_log.transactions() for c in changes if c.op == "U")

    most_moved = sum(count for _, count in moves.most_common(5))
    assert most_moved > 0.35 * moves.total()  # a half is to be expected; evenly it would be less than a fifth


@pytest.mark.parametrize(("rate", "seconds"), [(1, 2), (20, 1), (2000, 2)])
def test_keeps_its_rate(wms, rate, seconds):
    made = run(wms.dsn("wms_app"), rate=rate, duration=seconds).total()
    assert 0.85 * rate * seconds - 1 <= made <= rate * seconds + 2


def test_two_workloads_on_few_rows_never_deadlock(wms):
    with wms.superuser() as connection:
        connection.execute("DELETE FROM stock_balances WHERE product_id > 12")
        connection.execute("DELETE FROM products WHERE product_id > 12")
    stop, said, totals = threading.Event(), [], []

    def work(seed):
        totals.append(run(wms.dsn("wms_app"), seed=seed, rate=1500, duration=2, stop=stop, say=said.append))

    threads = [threading.Thread(target=work, args=[seed]) for seed in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert len(totals) == 3
    assert all(total.total() > 100 for total in totals)
    assert wms.ask("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == 0
    assert not [line for line in said if "failed" in line]


def test_lists_again_what_was_delisted_when_hardly_anything_is_left(wms):
    with wms.superuser() as connection:
        connection.execute("DELETE FROM stock_balances WHERE product_id > 2")
    made = run(wms.dsn("wms_app"), rate=400, duration=1)
    assert made["relisting"] > 0
    assert made.total() > 100


def test_goes_on_after_a_product_was_removed(wms):
    newest = "SELECT max(updated_at) FROM stock_balances"
    loaded = wms.ask(newest)
    with running(wms.dsn("wms_app"), rate=300) as live:
        until(lambda: wms.ask(newest) > loaded, "start")
        with wms.superuser() as connection, connection.transaction():
            connection.execute("LOCK TABLE stock_balances IN EXCLUSIVE MODE")
            connection.execute("DELETE FROM stock_balances WHERE product_id > 5")
            connection.execute("DELETE FROM products WHERE product_id > 5")
        until(lambda: any("reading them anew" in line for line in live.said), "noticing that products are gone")
        before = wms.ask("SELECT now()")
        until(lambda: wms.ask(newest) > before, "going on")


def test_survives_a_restart_of_the_database(wms):
    with running(wms.dsn("wms_app"), rate=100) as live:
        until(lambda: wms.ask("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sklad-live'"), "start")
        wms.server.stop()
        until(lambda: any("trying again" in line for line in live.said), "noticing that the database is away")
        wms.server.start()
        restarted = wms.ask("SELECT now()")
        until(lambda: wms.ask("SELECT max(updated_at) FROM stock_balances") > restarted, "moving stock again")
    assert live.made


def test_gives_up_on_a_database_that_stays_away(wms):
    dsn = psycopg.conninfo.make_conninfo(wms.dsn("wms_app"), port=1)
    with pytest.raises(WorkloadError, match=r"No connection to the WMS for 0\.5 seconds.*Connection refused"):
        run(dsn, rate=1, reconnect_for=0.5)


def test_says_what_to_do_when_it_may_not_write(wms):
    with pytest.raises(WorkloadError, match=r"permission denied for table stock_balances.*role wms_app"):
        run(wms.dsn("etl"), rate=10, duration=5)


def test_says_what_to_do_when_there_is_nothing_to_move(wms):
    with wms.superuser() as connection:
        connection.execute("TRUNCATE stock_balances, products")
    with pytest.raises(WorkloadError, match=r"4 warehouses and 0 products.*on_start\.sh"):
        run(wms.dsn("wms_app"), rate=10, duration=5)


def test_a_malformed_dsn_is_refused_without_repeating_it():
    with pytest.raises(OptionError, match="not a connection string") as caught:
        run("host=here secret", rate=1)
    assert "secret" not in str(caught.value)


def test_the_command_stops_cleanly_on_sigterm_and_reports(wms):
    command = [sys.executable, "-m", "data_generator", "live", "--rate", "50", "--report-every", "0.5"]
    process = subprocess.Popen(
        [*command, "--application-name", "sigterm-test"],
        env={"WMS_APP_DSN": wms.dsn("wms_app")},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert "changes/s of 50" in process.stdout.readline()
    assert wms.ask("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sigterm-test'") == 1
    process.send_signal(signal.SIGTERM)

    rest, _ = process.communicate(timeout=10)

    assert process.returncode == 0
    assert "live: stopped; in all" in rest.splitlines()[-1]
    until(
        lambda: wms.ask("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sigterm-test'") == 0,
        "closing the connection",
    )
