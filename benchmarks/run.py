"""One run: repetition by repetition, each system alone, in an order that rotates. Every result is a file at once."""

import json
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.phases.burst import burst
from benchmarks.phases.catch_up import catch_up
from benchmarks.phases.cost import cost
from benchmarks.phases.engine_read import engine_read
from benchmarks.phases.first_load import first_load
from benchmarks.phases.readers import readers
from benchmarks.phases.steady import ladder, steady
from benchmarks.plan import Plan
from benchmarks.stack import Source, Stack
from benchmarks.systems.system import System

Say = Callable[[str], None]
Phases = dict[str, Callable[[], dict[str, Any]]]


class Run:
    """Measures into a folder; files that are there already are not measured again, so that a run can be completed."""

    def __init__(self, stack: Stack, plan: Plan, folder: Path, say: Say) -> None:
        self._stack = stack
        self._plan = plan
        self._folder = folder
        self._say = say

    def repetition(self, number: int, systems: Sequence[System]) -> None:
        """All systems, each at all sizes. The first of the order is another one each time."""
        turn = number % len(systems)
        order = [*systems[turn:], *systems[:turn]]
        plan = self._plan
        for position, size in enumerate(plan.sizes):
            self._stack.fill(Source(size))
            for streams in (1, 2):
                self.keep(
                    number, f"engine read in {streams}", f"read {size}", partial(engine_read, self._stack, streams)
                )
            for system in order:
                self._measure(number, system, size, is_base=position == 0)
        if plan.wide_bytes:
            self._stack.fill(Source(plan.wide_rows, plan.wide_bytes))
            for system in order:
                self._measure_wide(number, system)

    def _measure(self, number: int, system: System, size: int, *, is_base: bool) -> None:
        phases = self._followed(system, size) if is_base and not system.first_load_only else {}
        self._phases(number, system, f"first load {size}", phases)

    def _followed(self, system: System, size: int) -> Phases:
        """What comes after the first load, as changes go on."""
        plan, stack = self._plan, self._stack
        times = (plan.rate_seconds, plan.warm_up)
        # To what reads everything over and over, a rate makes no difference: it is measured at the first.
        rates = plan.rates[:1] if system.reads_everything else plan.rates
        phases: Phases = {"ladder": partial(ladder, stack, system, list(rates), *times)} if rates else {}
        if rates and plan.cost_rate and not system.reads_everything:
            phases[f"cost {plan.cost_rate}"] = partial(cost, stack, system, plan.cost_rate, *times)
        for rows in plan.bursts:
            phases[f"burst {rows}"] = partial(burst, stack, system, min(rows, size))
        if system.state and system.pauses and plan.downtime:
            phases["catch up"] = partial(catch_up, stack, system, plan.downtime_rate, plan.downtime)
        if system.state and plan.readers:
            phases["readers"] = partial(readers, stack, system, plan.readers, plan.readers_rate, *times)
        return phases

    def _measure_wide(self, number: int, system: System) -> None:
        plan = self._plan
        phases: Phases = {}
        if not system.reads_everything and not system.first_load_only:
            phases["wide"] = partial(steady, self._stack, system, plan.wide_rate, plan.rate_seconds, plan.warm_up)
        self._phases(number, system, "wide first load", phases)

    def _phases(self, number: int, system: System, load: str, phases: Phases) -> None:
        if not system.state and not phases:
            return
        if all(self._file(number, system.name, name).exists() for name in (load, *phases)):
            return
        try:
            begin = partial(first_load, self._stack, system) if system.state else partial(_begin, system)
            if not self.keep(number, system.name, load, begin, again=True):
                return
            for name, measure in phases.items():
                self.keep(number, system.name, name, measure)
        finally:
            system.end()

    def keep(
        self, number: int, system: str, phase: str, measure: Callable[[], dict[str, Any]], *, again: bool = False
    ) -> bool:
        """Measure and write. A phase that fails is a result too: the other systems go on. False: it failed."""
        file = self._file(number, system, phase)
        if file.exists() and not again:
            return True
        result: dict[str, Any] = {"system": system, "phase": phase, "repetition": number}
        try:
            result |= measure()
        except Exception as error:
            result["error"] = f"{type(error).__name__}: {error}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(result) + "\n")
        self._say(_line(result))
        return "error" not in result

    def _file(self, number: int, system: str, phase: str) -> Path:
        name = re.sub(r"[^a-z0-9]+", "-", f"{number} {system} {phase}".lower())
        return self._folder / f"{name}.json"


def _begin(system: System) -> dict[str, Any]:
    """What has no state to be loaded only begins."""
    system.begin()
    return {}


def _line(result: dict[str, Any]) -> str:
    shown = {
        key: value
        for key, value in result.items()
        if isinstance(value, int | float | str) and key not in {"system", "phase", "repetition", "at"}
    }
    steps = "; ".join(
        f"{step['made_per_s']:,.0f}/s p50 {step['p50_ms']} p99 {step['p99_ms']} ms" for step in result.get("steps", [])
    )
    facts = ", ".join(
        f"{key} {value:,}" if isinstance(value, int) else f"{key} {value}" for key, value in shown.items()
    )
    return f"{result['repetition'] + 1}. {result['system']}, {result['phase']}: {steps or facts}"
