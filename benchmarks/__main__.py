"""`make bench`: ways from PostgreSQL into ClickHouse side by side, on engines of its own. Method: benchmarks/README.md.

PYTHONPATH=. .venv/bin/python -m benchmarks --short
"""

import sys
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from benchmarks import machine
from benchmarks.plan import SHORT, Plan
from benchmarks.report import report
from benchmarks.run import Run
from benchmarks.stack import Stack, running_stack
from benchmarks.systems.bare_consumer import BareConsumer
from benchmarks.systems.materialized_postgresql import MaterializedPostgreSQL
from benchmarks.systems.peer import Peer
from benchmarks.systems.reload import Reload
from benchmarks.systems.sklad import Sklad
from benchmarks.systems.system import System
from benchmarks.whole_stack import warm_start
from sklad.connect import SINK
from sklad.settings import ROOT

RESULTS = ROOT / "benchmarks" / "results"
FULL = Plan()


def main(
    short: Annotated[bool, typer.Option("--short", help="Ten minutes: to see that it works.")] = False,
    sizes: Annotated[str, typer.Option(help="Balances, with commas between: 1000000,10000000.")] = "",
    rates: Annotated[str, typer.Option(help="Changes a second, with commas between; 0: none.")] = "",
    bursts: Annotated[str, typer.Option(help="Rows of one transaction, with commas between; 0: none.")] = "",
    rate_seconds: Annotated[float | None, typer.Option(help="How long each rate.")] = None,
    downtime: Annotated[float | None, typer.Option(help="Seconds to catch up with; 0: none.")] = None,
    wide_bytes: Annotated[int | None, typer.Option(help="Bytes of a column that nobody reads; 0: none.")] = None,
    readers: Annotated[int | None, typer.Option(help="Readers alongside; 0: none.")] = None,
    repetitions: Annotated[int | None, typer.Option(help="How often all of it.")] = None,
    only: Annotated[str, typer.Option(help="Systems whose name has this in it.")] = "",
    skip: Annotated[str, typer.Option(help="Nor those with one of these in it: snapshot,reload.")] = "",
    peer: Annotated[list[Path] | None, typer.Option(help="A JSON file that declares another path.")] = None,
    whole_stack: Annotated[bool, typer.Option(help="Also a warm start of everything.")] = True,
    name: Annotated[str, typer.Option(help="Name of the run; that of an earlier one completes it.")] = "",
    out: Annotated[Path, typer.Option(help="Where results go.")] = RESULTS,
) -> None:
    """Measure, write results/latest.json, plots and raw results. Exit code 1: a phase failed, or two sides differed."""
    given: dict[str, Any] = {
        "sizes": _numbers(sizes),
        "rates": _numbers(rates),
        "bursts": _numbers(bursts),
        "rate_seconds": rate_seconds,
        "downtime": downtime,
        "wide_bytes": wide_bytes,
        "readers": readers,
        "repetitions": repetitions,
    }
    plan = replace(SHORT if short else FULL, **{key: value for key, value in given.items() if value is not None})
    console = Console()
    raw = out / "raw" / (name or f"{datetime.now(UTC):%Y-%m-%d-%H%M}")
    with running_stack(ROOT / ".sklad" / "bench") as stack:
        about = {
            "began_at": f"{datetime.now(UTC):%F %T} UTC",
            "machine": machine.describe(stack),
            "plan": asdict(plan),
        }
        systems = [
            system
            for system in _systems(stack, peer or [])
            if only in system.name and not any(part in system.name for part in skip.split(",") if part)
        ]
        run = Run(stack, plan, raw, lambda line: console.print(line, highlight=False, soft_wrap=True))
        for number in range(plan.repetitions):
            run.repetition(number, systems)
    if whole_stack and not short:
        for number in range(plan.repetitions):
            run.keep(number, "whole stack", "warm start", warm_start)
    if not report(raw, out, about, console):
        sys.exit(1)


def _systems(stack: Stack, peers: list[Path]) -> list[System]:
    ours = [Sklad(stack, "ingest", "bulk"), Sklad(stack, "ingest", "snapshot"), Sklad(stack, "engine", "bulk")]
    if stack.pipeline.connect.has_plugin(SINK):
        ours.append(Sklad(stack, "connect", "bulk"))
    others = [MaterializedPostgreSQL(stack), Reload(stack), BareConsumer(stack)]
    return [*ours, *others, *(Peer(stack, file) for file in peers)]


def _numbers(text: str) -> tuple[int, ...] | None:
    """ "1,2": (1, 2); "0": (); "": None, as planned."""
    return tuple(number for number in map(int, text.split(",")) if number) if text else None


if __name__ == "__main__":
    typer.run(main)
