"""Runs a live workload at a steady rate until it is told to stop, through restarts of the database."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from typing import Protocol

import psycopg

from data_generator.errors import OptionError, WorkloadError
from data_generator.pacing import OpenLoop

# Changes in one transaction, at most: locks are held shortly, and a stop is obeyed soon.
MAX_BATCH = 500
_PAUSE_AFTER_NOTHING = 0.05
_LONGEST_RETRY_DELAY = 5.0
# Batches look up some hundred keys in an index. The planner, not knowing how few, may read the whole table instead.
_SESSION = "-c enable_hashjoin=off -c enable_mergejoin=off -c statement_timeout=60s -c lock_timeout=15s"


class Workload(Protocol):
    """What a data product brings: batches of changes of its own kinds."""

    def make(self, connection: psycopg.Connection, changes: int, now: float) -> Counter[str]:
        """Make about `changes` row changes in one transaction; returns how many there were, by kind."""

    def forget(self) -> None:
        """Drop what was read from the database and may have changed."""


@dataclass(frozen=True)
class LiveOptions:
    """How to run. `rate`: row changes a second; times in seconds; `duration` None: until told to stop.

    Raises:
        OptionError: a value is out of its range.
    """

    dsn: str = field(repr=False)
    rate: float
    duration: float | None = None
    application_name: str = "sklad-live"
    report_every: float = 30.0
    reconnect_for: float = 300.0

    def __post_init__(self) -> None:
        for name in ("rate", "duration", "report_every", "reconnect_for"):
            value = getattr(self, name)
            if value is not None and not 0 < value < float("inf"):
                raise OptionError(f"--{name.replace('_', '-')} {value:g}: choose a number above 0.")


class LiveRun:
    """One run: connects, paces, reconnects, reports. `say` gets the lines for a person."""

    def __init__(self, workload: Workload, options: LiveOptions, stop: Event, say: Callable[[str], None]) -> None:
        self._workload = workload
        self._options = options
        self._stop = stop
        self._say = say
        self._connection: psycopg.Connection | None = None

    def run(self) -> Counter[str]:
        """Run until stopped or the duration is over; returns the changes made, by kind.

        Raises:
            OptionError: the DSN is malformed.
            WorkloadError: the database stayed away too long, refuses, or has nothing to move.
        """
        try:
            return self._run()
        finally:
            if self._connection:
                self._connection.close()

    def _run(self) -> Counter[str]:
        self._connect()
        begun = time.monotonic()
        pace = OpenLoop(self._options.rate, begun)
        end = begun + (self._options.duration or float("inf"))
        total: Counter[str] = Counter()
        report = _Report(self._options.rate, begun)
        while not self._stop.is_set() and (now := time.monotonic()) < end:
            if now >= report.begun + self._options.report_every:
                self._say(report.line(now, pace.forgiven))
                report = _Report(self._options.rate, now, pace.forgiven)
            if (wait := pace.wait(now)) > 0:
                self._stop.wait(min(wait, end - now, report.begun + self._options.report_every - now))
                continue
            made = self._batch(min(pace.due(now), MAX_BATCH), now)
            pace.done(now, made.total())
            report.made += made
            total += made
        whole = _Report(self._options.rate, begun, made=total)
        self._say(f"stopped; in all {whole.line(time.monotonic(), pace.forgiven)}")
        return total

    def _batch(self, changes: int, now: float) -> Counter[str]:
        """Make a batch. Nothing made, for whatever passing reason: pause, so that the next try does not spin."""
        made: Counter[str] = Counter()
        try:
            if self._connection is None or self._connection.broken:
                self._connect()
            if self._connection is not None:
                made = self._workload.make(self._connection, changes, now)
        except psycopg.OperationalError as error:
            self._say(f"a batch failed and is made up for: {_first_line(error)}")
        except psycopg.IntegrityError as error:
            self._say(f"warehouses or products have changed, reading them anew: {_first_line(error)}")
            self._workload.forget()
        except psycopg.Error as error:
            raise WorkloadError(
                f"The WMS refused a change: {_first_line(error)}. Check that wms/on_start.sh has run there and that "
                "the connection is for the role wms_app."
            ) from error
        if not made:
            self._stop.wait(_PAUSE_AFTER_NOTHING)
        return made

    def _connect(self) -> None:
        """Connect, with growing pauses; leaves no connection when told to stop meanwhile."""
        if self._connection:
            self._connection.close()
            self._connection = None
        deadline = time.monotonic() + self._options.reconnect_for
        delay = 0.1
        while not self._stop.is_set():
            try:
                self._connection = psycopg.connect(
                    self._options.dsn,
                    autocommit=True,
                    application_name=self._options.application_name,
                    connect_timeout=5,
                    options=_SESSION,
                )
            except psycopg.OperationalError as error:
                if time.monotonic() + delay > deadline:
                    raise WorkloadError(
                        f"No connection to the WMS for {self._options.reconnect_for:g} seconds; the last reason: "
                        f"{_first_line(error)}. Check that PostgreSQL is up and that host, port and password are right."
                    ) from error
                self._say(f"no connection, trying again in {delay:.1f} s: {_first_line(error)}")
                self._stop.wait(delay)
                delay = min(delay * 2, _LONGEST_RETRY_DELAY)
            except psycopg.ProgrammingError as error:
                raise OptionError(
                    "--dsn is not a connection string of PostgreSQL (key=value … or postgresql://…)."
                ) from error
            else:
                self._workload.forget()
                return


@dataclass
class _Report:
    """The changes since `begun`."""

    rate: float
    begun: float
    forgiven_before: float = 0.0
    made: Counter[str] = field(default_factory=Counter)

    def line(self, now: float, forgiven: float) -> str:
        seconds = max(now - self.begun, 1e-9)
        kinds = ", ".join(f"{kind} {count}" for kind, count in self.made.most_common()) or "none"
        skipped = round(forgiven - self.forgiven_before)
        late = f", {skipped} given up: too far behind" if skipped else ""
        return f"{self.made.total() / seconds:.1f} changes/s of {self.rate:g} over {seconds:.0f} s{late}: {kinds}"


def _first_line(error: psycopg.Error) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
