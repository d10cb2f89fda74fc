"""Running named steps, side by side where nothing orders them, with a live list of what runs and how long it took."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from threading import Event
from typing import Literal

from rich.console import Console
from rich.live import Live
from rich.table import Table

from sklad.errors import GivenUpError, StepError
from sklad.faults import FAULTS, reason
from sklad.waiting import give_up


@dataclass
class Step:
    """One step. `action` returns a few words about what it did, or None; `after` names the steps it builds on."""

    name: str
    action: Callable[[], str | None]
    after: Sequence[str] = ()
    state: Literal["waiting", "running", "done", "failed"] = field(default="waiting", init=False)
    seconds: float = field(default=0, init=False)
    outcome: str = field(default="", init=False)


_MARKS = {"waiting": "[dim]·[/]", "running": "[cyan]…[/]", "done": "[green]✓[/]", "failed": "[red]✗[/]"}


def run_steps(steps: Sequence[Step], console: Console) -> None:
    """Run all steps, each as soon as those before it are done.

    After a failure nothing new starts. What runs is not cut off half-way, but its waits end. Then the first failure is
    raised: a SkladError as it came, a fault of the world outside as StepError that names the step, a defect as it came.
    """
    by_name = {step.name: step for step in steps}
    failures: list[BaseException] = []
    if not steps:
        return
    given_up = Event()
    with ThreadPoolExecutor(max_workers=len(steps)) as pool, _Display(steps, console) as display, _until_left(given_up):
        running: dict[Future[str | None], Step] = {}
        while True:
            if not failures:
                for step in steps:
                    if step.state == "waiting" and all(by_name[name].state == "done" for name in step.after):
                        step.state = "running"
                        running[pool.submit(copy_context().run, _timed, step)] = step
            if not running:
                break
            finished, _ = wait(running, timeout=0.25, return_when=FIRST_COMPLETED)
            for future in finished:
                step = running.pop(future)
                if error := future.exception():
                    step.state = "failed"
                    step.outcome = "given up" if isinstance(error, GivenUpError) else "failed"
                    failures.append(error)
                    given_up.set()
                else:
                    step.state, step.outcome = "done", future.result() or ""
                display.finished(step)
            display.refresh()
    if failures:
        raise failures[0]


@contextmanager
def _until_left(given_up: Event) -> Iterator[None]:
    """Let waits in this context be given up, and give them up when it is left early, as by Ctrl-C."""
    token = give_up.set(given_up)
    try:
        yield
    finally:
        given_up.set()
        give_up.reset(token)


def _timed(step: Step) -> str | None:
    began = time.monotonic()
    try:
        return step.action()
    except FAULTS as error:
        raise StepError(
            f"{step.name}: {reason(error)}\n"
            "Does all of it run (make status), and what do its logs say (make logs)? Mend it and run the same command "
            "again: it goes on where it stopped."
        ) from error
    finally:
        step.seconds = time.monotonic() - began


class _Display:
    """A live table on a terminal; elsewhere (CI, a log file) one line per finished step."""

    def __init__(self, steps: Sequence[Step], console: Console) -> None:
        self._steps = steps
        self._console = console
        self._began = {step.name: 0.0 for step in steps}
        self._live = Live(console=console, auto_refresh=False, transient=False) if console.is_terminal else None

    def __enter__(self) -> "_Display":
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self.refresh()
            self._live.stop()

    def finished(self, step: Step) -> None:
        if not self._live:
            self._console.print(
                f"{_MARKS[step.state]} {step.name:<34} {step.seconds:6.1f} s  {step.outcome}",
                highlight=False,
                soft_wrap=True,
            )

    def refresh(self) -> None:
        if not self._live:
            return
        table = Table.grid(padding=(0, 2))
        for step in self._steps:
            if step.state == "running":
                self._began[step.name] = self._began[step.name] or time.monotonic()
                seconds = time.monotonic() - self._began[step.name]
            else:
                seconds = step.seconds
            shown = f"{seconds:.1f} s" if step.state != "waiting" else ""
            table.add_row(_MARKS[step.state], step.name, shown, f"[dim]{step.outcome}[/]")
        self._live.update(table, refresh=True)
