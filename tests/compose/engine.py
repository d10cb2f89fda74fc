"""A Docker engine for the tests: the one that answers, or Debian's, started by hand and stopped after them."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sklad.errors import DeadlineError
from sklad.waiting import wait_until
from tests.machine import NotInstalled, install, succeeds

_START_SECONDS = 60


class NoEngine(Exception):
    """There is none and none can be started; the message says why."""


def compose_command() -> list[str]:
    """Compose as a plugin of the machine's own Docker, or the one that came with the test tools."""
    if succeeds("docker", "compose", "version"):
        return ["docker", "compose"]
    return [str(Path(sys.executable).with_name("docker-compose"))]


@contextmanager
def running_engine() -> Iterator[None]:
    """Have an engine answer within the context.

    Raises:
        NoEngine: none answers, and none can be installed or started here.
    """
    if succeeds("docker", "info"):
        yield
        return
    _make_sure_that_it_is_installed()
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [str(shutil.which("dockerd")), "--storage-driver=overlay2"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            wait_until(
                lambda: process.poll() is not None or succeeds("docker", "info"), "dockerd answers", _START_SECONDS
            )
        except DeadlineError:
            process.terminate()
        if process.poll() is not None or not succeeds("docker", "info"):
            process.wait(30)
            log.seek(0)
            raise NoEngine(f"dockerd does not start: {log.read().decode(errors='replace').strip()[-500:]}")
        try:
            yield
        finally:
            process.terminate()
            process.wait(60)


def can_pull(image: str) -> bool:
    """Whether the image is there, or can be brought from its registry."""
    return succeeds("docker", "image", "inspect", image) or succeeds("docker", "pull", "--quiet", image)


def _make_sure_that_it_is_installed() -> None:
    if os.geteuid() != 0:
        raise NoEngine("no Docker engine answers, and only root can start one")
    if shutil.which("dockerd"):
        return
    try:
        install("docker.io")
    except NotInstalled as reason:
        raise NoEngine(str(reason)) from reason
