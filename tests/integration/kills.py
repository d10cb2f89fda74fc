"""Processes that die of SIGKILL between two statements that they send to ClickHouse."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from typing import Any

import pytest
from clickhouse_connect.driver.httpclient import HttpClient


def after_each_command(monkeypatch: pytest.MonkeyPatch, then: Callable[[str], None]) -> None:
    """Have `then` called with each statement that has run, in this process and in those that `dies` forks."""
    command = HttpClient.command

    def run(client: HttpClient, cmd: str, *arguments: Any, **more: Any) -> Any:
        answer = command(client, cmd, *arguments, **more)
        then(cmd)
        return answer

    monkeypatch.setattr(HttpClient, "command", run)


def die() -> None:
    """As the kernel ends a process that takes too much memory."""
    os.kill(os.getpid(), signal.SIGKILL)


def dies(work: Callable[[], None]) -> bool:
    """Do the work in a process of its own. True: it died in the middle of it; False: it came to its end."""
    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL), "the work failed by itself; see the captured output"
    return process.exitcode != 0
