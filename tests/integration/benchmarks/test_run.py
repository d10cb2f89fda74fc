"""A run of `make bench` at a tiny size: every system goes through every phase, and is found equal."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.__main__ import _systems
from benchmarks.figures import OURS, Results, figures, read
from benchmarks.plan import Plan
from benchmarks.report import report
from benchmarks.run import Run
from benchmarks.stack import Stack, running_stack

PLAN = Plan(
    sizes=(20_000,),
    rates=(200, 1000),
    rate_seconds=2,
    warm_up=1,
    cost_rate=200,
    bursts=(5000,),
    downtime=1,
    downtime_rate=200,
    wide_bytes=200,
    wide_rows=2000,
    wide_rate=50,
    readers=2,
    readers_rate=50,
    repetitions=1,
)
# Rates are lower here than the one that figures are named by, and there is no whole stack.
NOT_MEASURED = {
    "p50_ms_5000",
    "p99_ms_5000",
    "p99_ratio_to_bare_consumer_5000",
    "cpu_s_per_million_5000",
    "cpu_s_per_million_5000_unread",
    "memory_gib",
    "warm_start_s",
}


@pytest.mark.timeout(900)
def test_every_system_goes_through_every_phase(tmp_path: Path) -> None:
    raw, said = tmp_path / "raw", []
    with running_stack(tmp_path / "csv") as stack:
        systems = _systems(stack, [])
        Run(stack, PLAN, raw, said.append).repetition(0, systems)
        assert left_behind(stack) == []

    results = Results(read(raw))
    assert [(result["system"], result["phase"], result.get("error")) for result in results.failed] == []
    phases = {"first load 20000", "ladder", "cost 200", "burst 5000", "catch up", "readers", "wide"}
    assert phases <= {result["phase"] for result in results.raw if result["system"] == OURS}
    assert {"sklad, SINK=ingest, LOAD=snapshot", "MaterializedPostgreSQL", "full reload"} < set(results.systems)
    equal = [result["equal"] for result in results.raw if "equal" in result and not result["system"].startswith("Deb")]
    assert len(equal) > 15
    assert all(equal)

    assert report(raw, tmp_path / "out", {"began_at": "now"}, Console(quiet=True))
    latest = json.loads((tmp_path / "out" / "latest.json").read_text())
    assert latest["figures"] == figures(results)
    assert {name for name, value in latest["figures"].items() if value is None} == NOT_MEASURED
    plots = {file.name for file in (tmp_path / "out").glob("*.svg")}
    assert {"latency-p50.svg", "latency-p99.svg", "first-load-20000.svg", "burst-5000.svg"} <= plots


def left_behind(stack: Stack) -> list[str]:
    """Slots, databases and connectors that a system did not take away."""
    with stack.pipeline.superuser() as wms:
        slots = [row[0] for row in wms.execute("SELECT slot_name FROM pg_replication_slots")]
    databases = stack.pipeline.ask("SELECT name FROM system.databases WHERE name LIKE 'bench%'")
    return [*slots, *(name for (name,) in databases), *(state.name for state in stack.pipeline.connect.states())]
