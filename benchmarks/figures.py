"""From raw results to figures: the median over repetitions of what did not fail. What was not measured is None."""

import json
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.plan import NAMED_RATE

OURS = "sklad, SINK=ingest"
BARE = "Debezium to a bare consumer"

Result = dict[str, Any]


def read(folder: Path) -> list[Result]:
    """All raw results of a run."""
    return [json.loads(file.read_text()) for file in sorted(folder.glob("*.json"))]


class Results:
    """Raw results, asked by system and phase. What failed, or ended with sides that differ, counts nowhere."""

    def __init__(self, raw: list[Result]) -> None:
        self.raw = raw
        self.failed = [result for result in raw if "error" in result or result.get("equal") is False]
        self._by_phase: dict[tuple[str, str], list[Result]] = defaultdict(list)
        for result in raw:
            if result not in self.failed:
                self._by_phase[result["system"], result["phase"]].append(result)

    @property
    def systems(self) -> list[str]:
        """In the order of their names, ours first; ceilings are among them."""
        return sorted({result["system"] for result in self.raw}, key=lambda name: (not name.startswith("sklad"), name))

    def phases(self, beginning: str) -> list[str]:
        """Names of the phases that begin so, shortest first: that is by size."""
        found = {result["phase"] for result in self.raw if result["phase"].startswith(beginning)}
        return sorted(found, key=lambda name: (len(name), name))

    def of(self, system: str, phase: str) -> list[Result]:
        return self._by_phase.get((system, phase), [])

    def median(self, system: str, phase: str, key: str) -> float | None:
        values = [result[key] for result in self.of(system, phase) if result.get(key) is not None]
        return median(values) if values else None

    def steps(self, system: str) -> dict[float, list[Result]]:
        """By rate, what was measured at it in each repetition."""
        found: dict[float, list[Result]] = defaultdict(list)
        for result in self.of(system, "ladder"):
            for step in result["steps"]:
                found[step["rate"]].append(step)
        return dict(sorted(found.items()))

    def at_rate(self, system: str, rate: float, key: str) -> float | None:
        values = [step[key] for step in self.steps(system).get(rate, []) if step[key] is not None]
        return median(values) if values else None

    def stored(self, system: str, what: str, per: float | None = None) -> float | None:
        """Median bytes of `what` after the ladder, each divided by its rows, or by `per`."""
        found = []
        for result in self.of(system, "ladder"):
            storage = result["storage"]
            if rows := per or storage.get(f"{what}_rows"):
                found.append(storage[f"{what}_bytes"] / rows)
        return median(found) if found else None


def figures(results: Results) -> dict[str, float | None]:
    """The flat figures of latest.json; ours with the default SINK, at the largest sizes that were measured."""
    loads, bursts = results.phases("first load "), results.phases("burst ")
    load, burst = (loads or [""])[-1], (bursts or [""])[-1]
    first_load = results.median(OURS, load, "rows_per_s")
    read = load.replace("first load", "read")
    reads = [results.median(name, read, "rows_per_s") for name in results.systems if name.startswith("engine read")]
    base = float(loads[0].split()[-1]) if loads else None
    p99 = results.at_rate(OURS, NAMED_RATE, "p99_ms")
    return {
        "p50_ms_5000": results.at_rate(OURS, NAMED_RATE, "p50_ms"),
        "p99_ms_5000": p99,
        "p99_ratio_to_bare_consumer_5000": _ratio(p99, results.at_rate(BARE, NAMED_RATE, "p99_ms")),
        "sustained_changes_per_s": results.median(OURS, "ladder", "sustained_per_s"),
        "burst_rows_per_s": results.median(OURS, burst, "rows_per_s"),
        "first_load_rows_per_s": first_load,
        "first_load_ratio_to_engine_read": _ratio(first_load, max(filter(None, reads), default=None)),
        "cpu_s_per_million_5000": results.at_rate(OURS, NAMED_RATE, "cpu_seconds_per_million"),
        "cpu_s_per_million_5000_unread": results.median(OURS, f"cost {NAMED_RATE}", "cpu_seconds_per_million"),
        "log_bytes_per_change": _rounded(results.stored(OURS, "log")),
        "state_bytes_per_balance": _rounded(results.stored(OURS, "state", base)),
        "memory_gib": results.median("whole stack", "warm start", "memory_gib"),
        "warm_start_s": results.median("whole stack", "warm start", "warm_start_s"),
    }


def _ratio(one: float | None, other: float | None) -> float | None:
    return round(one / other, 3) if one is not None and other else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
