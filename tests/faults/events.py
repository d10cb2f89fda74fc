"""What can befall a pipeline: each fault strikes one component and says when it is over."""

import os
import random
import shutil
import signal
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock

import psutil

from sklad.embedded.programs import STOP_SECONDS
from tests.machine import full_disk
from tests.pipeline.proxy import Proxy
from tests.pipeline.stack import Pipeline

COMPONENTS = ("wms", "kafka", "connect", "ingest", "clickhouse")
# Longer than the sessions of ingest (6 s) and Connect (10 s) in Kafka, and short of a round's patience.
LONG_PAUSE_SECONDS = 13.0
_SS = shutil.which("ss")
# How often a kind is drawn; 2 if it is not named. A disk that was full takes a minute to get over.
_WEIGHTS = {"kill": 6.0, "pause": 4.0, "fill": 0.25}
# Moments of a round's events: so many seconds for each, so that the next often meets those that are still coming back.
_SECONDS_EACH = 1.5


@dataclass(frozen=True)
class Event:
    """A fault of one kind for one component, at a moment of its round (seconds)."""

    kind: str
    component: str
    at: float
    seconds: float


class Faults:
    """Strikes. `proxy` stands between the WMS and Connect. `as_root`: with what takes root, if this process has it.
    `most`: the largest number of events in a round.

    `left_out`: kinds that won't be drawn, and why.
    """

    def __init__(self, pipeline: Pipeline, proxy: Proxy, *, as_root: bool, most: int) -> None:
        self._pipeline = pipeline
        self._proxy = proxy
        self._most = most
        self._turns: dict[str, Lock] = defaultdict(Lock)
        self.kinds: dict[str, tuple[Callable[[Event], None], tuple[str, ...]]] = {
            "kill": (self._kill, COMPONENTS),
            "stop": (self._stop, COMPONENTS),
            "restart": (self._restart, COMPONENTS),
            "pause": (self._pause, COMPONENTS),
            "cut": (self._cut, ("wms-connect",)),
            "latency": (self._delay, ("wms-connect",)),
        }
        self.left_out: list[str] = []
        if as_root and os.geteuid() == 0 and _SS:
            self.kinds["sever"] = (self._sever, ("all of wms", "all of kafka"))
        else:
            self.left_out.append("sever (takes root and the program ss)")
        if pipeline.data_folder.is_mount():
            self.kinds["fill"] = (self._fill, ("disk",))
        else:
            self.left_out.append("fill the disk (takes the right to mount a tmpfs)")

    def draw(self, chance: random.Random) -> list[Event]:
        """One round's events, of any kinds, close to each other."""
        events = []
        count = chance.randint(1, self._most)
        for _ in range(count):
            kind = chance.choices(list(self.kinds), [_WEIGHTS.get(kind, 2.0) for kind in self.kinds])[0]
            long = chance.random() < 0.1
            events.append(
                Event(
                    kind=kind,
                    component=chance.choice(self.kinds[kind][1]),
                    at=round(chance.uniform(0.2, _SECONDS_EACH * count), 2),
                    seconds=LONG_PAUSE_SECONDS if long else round(chance.uniform(0.2, 3.0), 2),
                )
            )
        return sorted(events, key=lambda event: event.at)

    def strike(self, event: Event) -> bool:
        """Returns when the fault is over: the component may still be on its way back.

        Faults of one component strike one after another.

        Returns:
            Whether there was anything to strike: a process that is already dead can't be killed.
        """
        with self._turns[event.component]:
            if event.component in COMPONENTS and not self._processes(event.component):
                return False
            with suppress(psutil.NoSuchProcess, ProcessLookupError):
                self.kinds[event.kind][0](event)
            return True

    def _processes(self, component: str) -> list[psutil.Process]:
        services = self._pipeline.supervisor.processes()
        return [member for service in services if service.name == component for member in service.family()]

    def _signal(self, component: str, number: signal.Signals) -> None:
        for process in self._processes(component):
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)

    def _kill(self, event: Event) -> None:
        self._end(event.component, signal.SIGKILL)

    def _restart(self, event: Event) -> None:
        self._end(event.component, signal.SIGINT if event.component == "wms" else signal.SIGTERM)

    def _end(self, component: str, number: signal.Signals) -> None:
        """Returns when the process has ended: what answers later is the next one. Patience is supervisor's."""
        for process in self._processes(component)[:1]:
            process.send_signal(number)
            try:
                process.wait(STOP_SECONDS)
            except psutil.TimeoutExpired:
                process.kill()
                process.wait(STOP_SECONDS)

    def _stop(self, event: Event) -> None:
        with self._pipeline.stopped(event.component):
            time.sleep(event.seconds)

    def _pause(self, event: Event) -> None:
        self._signal(event.component, signal.SIGSTOP)
        time.sleep(event.seconds)
        self._signal(event.component, signal.SIGCONT)

    def _cut(self, _: Event) -> None:
        self._proxy.cut()

    def _delay(self, event: Event) -> None:
        self._proxy.delay = 0.2
        time.sleep(event.seconds)
        self._proxy.delay = 0

    def _sever(self, event: Event) -> None:
        settings = self._pipeline.settings
        port = settings.wms_port if "wms" in event.component else settings.kafka_port
        subprocess.run([str(_SS), "-K", "dst", "127.0.0.1", "dport", "=", str(port)], capture_output=True, check=False)

    def _fill(self, event: Event) -> None:
        with full_disk(self._pipeline.data_folder):
            time.sleep(event.seconds)
