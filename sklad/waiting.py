"""Waiting for a condition: always by condition, always with a deadline, always saying what was waited for."""

import socket
import time
from collections.abc import Callable
from contextvars import ContextVar
from threading import Event
from typing import TypeVar

import httpx

from sklad.errors import DeadlineError, GivenUpError

T = TypeVar("T")

# What a service that is still starting may answer with; anything else is a defect and passes through.
_NOT_YET = (OSError, httpx.HTTPError)

# Set by whoever runs several things at once: once the event is set, waits in this context end.
give_up: ContextVar[Event | None] = ContextVar("give_up", default=None)


def wait_until(
    condition: Callable[[], T | None],
    what: str,
    seconds: float,
    pause: float = 0.2,
    not_yet: tuple[type[Exception], ...] = (),
) -> T:
    """Call `condition` until it returns something true, and return that.

    Args:
        condition: cheap to call. Network errors and `not_yet` count as "not yet"; other exceptions pass through.
        what: the condition in words, for the error: "Kafka listens on 127.0.0.1:9092".
        seconds: the deadline.
        pause: seconds between two calls.
        not_yet: further exceptions that mean "not yet".

    Raises:
        DeadlineError: the deadline passed; its message carries the last thing that stood in the way.
        GivenUpError: `give_up` was set meanwhile.
    """
    expected: tuple[type[Exception], ...] = (*_NOT_YET, *not_yet)
    deadline = time.monotonic() + seconds
    nobody_waits = give_up.get()
    reason = "no answer yet"
    while True:
        if nobody_waits and nobody_waits.is_set():
            raise GivenUpError(f"no longer waiting for this: {what}")
        try:
            if result := condition():
                return result
        except expected as error:
            reason = str(error) or type(error).__name__
        if time.monotonic() >= deadline:
            raise DeadlineError(f"waited {seconds:.0f} s in vain for this: {what} (last: {reason})")
        time.sleep(pause)


def listens(host: str, port: int) -> bool:
    """Whether something accepts connections there."""
    try:
        with socket.create_connection((host, port), timeout=2):
            return True
    except OSError:
        return False


def answers(url: str) -> bool:
    """Whether an HTTP GET of the URL succeeds. Raises httpx.HTTPError when nothing answers at all."""
    return httpx.get(url, timeout=5).is_success
