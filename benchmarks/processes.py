"""What the processes of a stack take: CPU-seconds and memory, by what they do; and the log that the WMS keeps."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil

from sklad.embedded.supervision import Process, memory_bytes
from tests.pipeline.stack import Pipeline

SAMPLE_SECONDS = 1.0
# What the WMS's processes are called, by what they are there for; the others are its own housekeeping.
_WMS_PARTS = {
    "walsender": "wms, decoding",
    "wms_app": "wms, workload",
    "etl": "wms, reading",
    "wms wms": "wms, reading",
}
_KEPT = "SELECT coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)), 0)::bigint FROM pg_replication_slots"


@dataclass
class Usage:
    """Over a phase: CPU-seconds by process, the most memory (PSS) of all together, the most log kept. Bytes."""

    cpu_seconds: dict[str, float] = field(default_factory=dict)
    peak_memory_bytes: int = 0
    peak_wal_bytes: int = 0

    @property
    def cpu_total(self) -> float:
        """Without the work that the WMS's users have it do."""
        return sum(seconds for name, seconds in self.cpu_seconds.items() if name != "wms, workload")


@contextmanager
def measured(pipeline: Pipeline) -> Iterator[Usage]:
    """Usage from here to the context's end. Sampled: a process that lives for less than a second may be missed."""
    usage, done = Usage(), threading.Event()
    tops = pipeline.supervisor.processes()
    cpu = _Cpu(tops)

    def sample() -> None:
        with pipeline.superuser() as wms:
            while not done.wait(SAMPLE_SECONDS):
                cpu.look()
                usage.peak_memory_bytes = max(usage.peak_memory_bytes, memory_bytes(tops))
                usage.peak_wal_bytes = max(usage.peak_wal_bytes, int(wms.execute(_KEPT).fetchall()[0][0]))

    sampler = threading.Thread(target=sample, name="usage")
    sampler.start()
    try:
        yield usage
    finally:
        done.set()
        sampler.join()
        cpu.look()
        usage.cpu_seconds = {name: round(seconds, 3) for name, seconds in sorted(cpu.used.items())}


class _Cpu:
    """CPU-seconds since it was made, by role; processes that end keep what was last seen of them."""

    def __init__(self, tops: list[Process]) -> None:
        self._tops = tops
        self._last: dict[int, float] = {}
        self.used: dict[str, float] = {}
        self._collect(count=False)

    def look(self) -> None:
        self._collect(count=True)

    def _collect(self, *, count: bool) -> None:
        for name, member in ((top.name, member) for top in self._tops for member in top.family()):
            try:
                times, role = member.cpu_times(), _role(name, member)
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
            now = times.user + times.system
            # One that is new since the last look has all of its time from since then.
            before = self._last.get(member.pid, 0.0 if count else now)
            self.used[role] = self.used.get(role, 0.0) + (now - before if count else 0.0)
            self._last[member.pid] = now


def _role(service: str, member: psutil.Process) -> str:
    if service != "wms":
        return service
    title = " ".join(member.cmdline())
    return next((role for word, role in _WMS_PARTS.items() if word in title), "wms, the rest")
