"""Waiting ends with the condition, or at the deadline with what stood in the way."""

import pytest

from sklad.errors import DeadlineError
from sklad.waiting import wait_until


def test_it_returns_what_the_condition_returned() -> None:
    answers = iter([None, 0, "ready"])
    assert wait_until(lambda: next(answers), "it is ready", 5, pause=0) == "ready"


def test_the_deadline_names_the_condition_and_the_last_obstacle() -> None:
    def refuse() -> bool:
        raise ConnectionRefusedError("nobody listens")

    with pytest.raises(DeadlineError, match=r"Kafka listens.*nobody listens"):
        wait_until(refuse, "Kafka listens", 0.01, pause=0.001)


def test_a_defect_is_not_waited_for() -> None:
    def broken() -> bool:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        wait_until(broken, "never", 60)
