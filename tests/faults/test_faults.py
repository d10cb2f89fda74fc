"""Whatever dies, stops, hangs or is cut off: afterwards the state equals the source and the log has each change once.

`make test` runs a few events of the kinds that any user may cause; `make test-faults` as many as FAULT_EVENTS says (or
FAULT_MINUTES allow), of all kinds.
"""

import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from sklad.faults import FAULTS, reason
from sklad.settings import ROOT
from sklad.waiting import wait_until
from tests.faults.campaign import Campaign
from tests.faults.events import Faults
from tests.machine import own_disk
from tests.pipeline.proxy import Proxy
from tests.pipeline.stack import Pipeline, make_pipeline, running_pipeline

LONG = "FAULT_EVENTS" in os.environ
EVENTS = int(os.environ.get("FAULT_EVENTS", "8"))
MINUTES = float(os.environ.get("FAULT_MINUTES", "1000" if LONG else "2"))
SEED = int(os.environ.get("FAULT_SEED", str(secrets.randbelow(10**6))))
# Events of a round, at most: sixteen in half a minute meet each other, and what is still coming back.
MOST = int(os.environ.get("FAULT_MOST", "16" if LONG else "2"))
RATE = float(os.environ.get("FAULT_RATE", "200"))
RESULTS = Path(os.environ.get("FAULT_RESULTS", ROOT / ".sklad" / f"faults{'' if LONG else '-short'}.json"))
# A small file system of the pipeline's own can be filled without filling the machine's.
DISK_MB = 2048


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with ExitStack() as stack:
        made = stack.enter_context(make_pipeline(warehouses=8, products=250))
        if LONG:
            stack.enter_context(own_disk(made.data_folder, DISK_MB))
        stack.callback(made.stop)
        made.start()
        made.open()
        yield made


@pytest.fixture(scope="module")
def proxy(pipeline: Pipeline) -> Iterator[Proxy]:
    """Between the WMS and Connect."""
    made = Proxy(pipeline.settings.wms_port)
    pipeline.apply_connector(database__port=str(made.port))
    pipeline.arrived()
    yield made
    made.close()


@pytest.mark.parametrize("connections", [1, 2, 3])
def test_a_task_that_met_its_source_ending_runs_again(pipeline: Pipeline, proxy: Proxy, connections: int) -> None:
    """A task that starts makes several connections. Where a later one fails, Debezium does not try again."""
    proxy.serves = connections
    proxy.cut()
    wait_until(lambda: pipeline.connect.states()[0].has_failed, "the connector's task fails", 60)
    proxy.serves = None

    pipeline.arrived()


def test_clickhouses_consumer_without_its_group_is_made_anew() -> None:
    """What a commit that outlasts its session may leave can't be brought about at will: a consumer that polls and does
    not join again. Here it does not because there is no view behind its table.
    """
    made = "SELECT create_table_query FROM system.tables WHERE database = 'wms' AND name = 'stock_balances_queue'"
    with running_pipeline(sink="engine") as pipeline:
        [(queue,)] = pipeline.ask(made)
        for name in ("stock_balances_queue_mv", "stock_balances_queue"):
            pipeline.command(f"DROP TABLE {name} SYNC")
        pipeline.command(queue)

        pipeline.arrived()


@pytest.mark.timeout(0)
def test_no_fault_leaves_a_difference(pipeline: Pipeline, proxy: Proxy) -> None:
    pipeline.oracle.begin()
    faults = Faults(pipeline, proxy, as_root=LONG, most=MOST)
    campaign = Campaign(pipeline, faults, SEED, RATE, lambda line: print(line, flush=True))
    print(f"FAULT_SEED={SEED}; left out: {', '.join(faults.left_out) or 'nothing'}", flush=True)
    try:
        campaign.run(EVENTS, time.monotonic() + MINUTES * 60, RESULTS)
    except BaseException:
        keep_evidence(pipeline)
        raise
    finally:
        print(campaign.summary(), flush=True)
    assert campaign.events
    assert {this.number: this.differences for this in campaign.rounds if this.differences} == {}


def keep_evidence(pipeline: Pipeline) -> None:
    """What explains a pipeline that did not come back: the logs, beside the results, and what its parts say."""
    shutil.copytree(pipeline.data_folder.with_name("logs"), RESULTS.with_suffix(".logs"), dirs_exist_ok=True)
    for ask in (
        pipeline.connect.states,
        pipeline.supervisor.processes,
        lambda: pipeline.ask("SELECT * FROM system.kafka_consumers"),
        lambda: pipeline.ask("SELECT max(lsn), max(arrived_at), max(kafka_offset) FROM kafka_wms_stock_balances"),
        lambda: pipeline.ask("SELECT * FROM wms_replication_slots"),
    ):
        try:
            print(ask(), flush=True)
        except FAULTS as fault:
            print(reason(fault), flush=True)
