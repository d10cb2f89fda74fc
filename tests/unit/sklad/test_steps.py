"""Steps run in order, side by side where they may, and a failure stops what builds on it."""

import io
import threading
import time

import pytest
from rich.console import Console

from sklad.errors import ServiceError, StepError
from sklad.steps import Step, run_steps
from sklad.waiting import wait_until


def quiet() -> Console:
    return Console(file=io.StringIO())


def test_a_step_runs_after_those_it_builds_on() -> None:
    order: list[str] = []
    run_steps(
        [
            Step("last", lambda: order.append("last"), ["middle"]),
            Step("middle", lambda: order.append("middle"), ["first"]),
            Step("first", lambda: order.append("first")),
        ],
        quiet(),
    )
    assert order == ["first", "middle", "last"]


def test_independent_steps_run_side_by_side() -> None:
    both_here = threading.Barrier(2, timeout=10)
    run_steps([Step("one", lambda: both_here.wait() and None), Step("two", lambda: both_here.wait() and None)], quiet())


def test_a_failure_is_raised_after_what_runs_has_ended_and_nothing_new_starts() -> None:
    failed = threading.Event()
    ran: list[str] = []

    def fail() -> None:
        failed.set()
        raise ServiceError("the reason")

    def slow() -> None:
        failed.wait(10)
        ran.append("slow")

    steps = [Step("bad", fail), Step("slow", slow), Step("never", lambda: ran.append("never"), ["slow"])]
    with pytest.raises(ServiceError, match="the reason"):
        run_steps(steps, quiet())
    assert ran == ["slow"]
    assert [step.state for step in steps] == ["failed", "done", "waiting"]


def test_without_a_terminal_each_step_is_a_line() -> None:
    console = quiet()
    run_steps([Step("Load", lambda: "7 rows")], console)
    line = console.file.getvalue()  # type: ignore[attr-defined]
    assert "Load" in line
    assert "7 rows" in line


def test_waits_end_once_another_step_has_failed() -> None:
    waiting = threading.Event()

    def fail() -> None:
        waiting.wait(10)
        raise ServiceError("the reason")

    def wait_in_vain() -> None:
        wait_until(waiting.set, "something that never comes", 60)

    began = time.monotonic()
    steps = [Step("waits", wait_in_vain), Step("bad", fail)]
    with pytest.raises(ServiceError, match="the reason"):
        run_steps(steps, quiet())
    assert time.monotonic() - began < 10
    assert [step.outcome for step in steps] == ["given up", "failed"]


def test_a_fault_of_the_world_outside_names_its_step() -> None:
    def refused() -> None:
        raise ConnectionRefusedError("nobody listens")

    with pytest.raises(StepError, match=r"(?s)Load: nobody listens\n.*run the same command again"):
        run_steps([Step("Load", refused)], quiet())


def test_a_defect_keeps_its_own_traceback() -> None:
    with pytest.raises(KeyError, match="no such key"):
        run_steps([Step("Load", lambda: {}["no such key"])], quiet())
