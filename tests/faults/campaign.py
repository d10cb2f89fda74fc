"""Rounds of faults under a live load. After each the pipeline must come back by itself, exact."""

import json
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import Any

from data_generator.live import LiveOptions, LiveRun
from data_generator.randomness import stream
from data_generator.stock_workload import StockWorkload
from sklad.faults import FAULTS
from sklad.waiting import listens, wait_until
from tests.faults.events import COMPONENTS, Event, Faults
from tests.pipeline.stack import Pipeline

RECOVERY_SECONDS = 300


@dataclass
class Round:
    """What happened, how long it took to get over it (seconds), and what was wrong afterwards: nothing, one hopes."""

    number: int
    events: list[Event]
    changes: int = 0
    recovery: dict[str, float] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)


class Campaign:
    """Many rounds on one pipeline. The same seed draws the same faults; what they meet is up to the machine."""

    def __init__(self, pipeline: Pipeline, faults: Faults, seed: int, rate: float, say: Callable[[str], None]) -> None:
        self._pipeline = pipeline
        self._faults = faults
        self._chance = random.Random(seed)  # noqa: S311 - no secret
        self._seed = seed
        self._rate = rate
        self._say = say
        self.rounds: list[Round] = []

    @property
    def events(self) -> int:
        return sum(len(round.events) for round in self.rounds)

    def run(self, events: int, until: float, results: Path) -> None:
        """Rounds until so many events have struck, or a moment of time.monotonic() has come; written after each."""
        while self.events < events and time.monotonic() < until:
            self._round()
            self.write(results)

    def _round(self) -> None:
        this = Round(len(self.rounds) + 1, self._faults.draw(self._chance))
        self.rounds.append(this)
        with self._load(this.number):
            self._strike(this)
            wait_until(self._takes_writes, "the WMS takes writes again", RECOVERY_SECONDS, not_yet=FAULTS)
        began = time.monotonic()
        self._pipeline.arrived(RECOVERY_SECONDS)
        this.recovery["all of it arrived"] = round(time.monotonic() - began, 2)
        this.differences = self._compare(this)
        what = ", ".join(f"{event.kind} {event.component}" for event in this.events)
        self._say(
            f"round {this.number}: {what}; {this.changes} changes; {this.recovery}; {this.differences or 'exact'}"
        )

    @contextmanager
    def _load(self, number: int) -> Iterator[None]:
        settings = self._pipeline.settings
        stop = Flag()
        options = LiveOptions(dsn=settings.wms_dsn("wms_app", settings.wms_app_password), rate=self._rate)
        run = LiveRun(StockWorkload(stream(self._seed, f"round {number}")), options, stop, lambda _: None)
        failed: list[BaseException] = []

        def move() -> None:
            try:
                run.run()
            except BaseException as error:
                failed.append(error)

        thread = Thread(target=move, name="load")
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
        if failed:
            raise failed[0]

    def _strike(self, this: Round) -> None:
        """Events at their moments, which may overlap; then each component's time until it answers again.

        Events that found nothing to strike are no events. Where one component was struck again before it answered, the
        time counts from the last.
        """
        began = time.monotonic()
        struck: dict[str, float] = {}

        def one(event: Event) -> bool:
            time.sleep(max(0.0, began + event.at - time.monotonic()))
            if not self._faults.strike(event):
                return False
            over = struck[event.component] = time.monotonic()
            if event.component in COMPONENTS:
                wait_until(
                    lambda: self._answers(event.component),
                    f"{event.component} is back after {event.kind}",
                    RECOVERY_SECONDS,
                    not_yet=FAULTS,
                )
                seconds = round(time.monotonic() - over, 2)
                if struck[event.component] == over:
                    this.recovery[event.component] = max(seconds, this.recovery.get(event.component, 0))
            return True

        with ThreadPoolExecutor(len(this.events)) as pool:
            happened = list(pool.map(one, this.events))
        this.events = [event for event, it_did in zip(this.events, happened, strict=True) if it_did]

    def _answers(self, component: str) -> bool:
        settings = self._pipeline.settings
        if component == "wms":
            return self._takes_writes()
        if component == "kafka":
            return listens(settings.bind_address, settings.kafka_port)
        if component == "clickhouse":
            return bool(self._pipeline.ask("SELECT 1"))
        if component == "ingest":
            return any(each.name == component and each.pid for each in self._pipeline.supervisor.processes())
        states = self._pipeline.connect.states()
        return bool(states) and states[0].is_running

    def _takes_writes(self) -> bool:
        self._pipeline.mark()
        return True

    def _compare(self, this: Round) -> list[str]:
        """Everything that differs, now that nothing moves; then the past is forgotten on both sides."""
        pipeline = self._pipeline
        source, state = pipeline.source(), pipeline.state()
        found = [
            f"{key}: WMS {source.get(key)}, ClickHouse {state.get(key)}"
            for key in sorted(source.keys() | state.keys())
            if source.get(key) != state.get(key)
        ]
        committed, logged = pipeline.oracle.read(), pipeline.log(pipeline.oracle.since)
        this.changes = len(committed)
        found += [f"lost from the log: {change}" for change in sorted(set(committed) - set(logged))]
        found += [f"never committed: {change}" for change in sorted(set(logged) - set(committed))]
        if len(logged) != len(set(logged)):
            found.append("the log holds a change twice")
        found += [f"not applied: {reason}" for reason in pipeline.errors()]
        pipeline.oracle.forget()
        return found

    def summary(self) -> dict[str, Any]:
        """Figures for docs/reliability.md."""
        kinds: dict[str, int] = defaultdict(int)
        seconds: dict[str, list[float]] = defaultdict(list)
        for this in self.rounds:
            for event in this.events:
                kinds[f"{event.kind} {event.component}"] += 1
            for component, value in this.recovery.items():
                seconds[component].append(value)
        return {
            "seed": self._seed,
            "rounds": len(self.rounds),
            "events": self.events,
            "changes": sum(this.changes for this in self.rounds),
            "rounds_with_differences": sum(bool(this.differences) for this in self.rounds),
            "events_by_kind": dict(sorted(kinds.items())),
            "recovery_seconds": {
                component: {"median": round(statistics.median(values), 2), "max": max(values), "times": len(values)}
                for component, values in sorted(seconds.items())
            },
        }

    def write(self, file: Path) -> None:
        """The summary, and each round."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(self.summary() | {"raw": [asdict(this) for this in self.rounds]}, indent=1) + "\n")
