"""One command at a time may change a folder: a lock that the kernel drops when its holder ends, however it ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from sklad.errors import ServiceError, SettingsError
from sklad.settings import Settings


@contextmanager
def alone(settings: Settings, command: str) -> Iterator[None]:
    """Hold the state folder for `command`; the folder is made if it isn't there.

    Raises:
        SettingsError: STATE_DIR can't be written.
        ServiceError: another command holds it; the message names its process.
    """
    folder = settings.state_dir
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = (folder / "lock").open("a+")
    except OSError as error:
        raise SettingsError(
            f"STATE_DIR={folder} can't be written: {error.strerror}. Set another folder in .env, or give this user "
            "the right to write there."
        ) from error
    with file:
        _take(file, folder)
        file.truncate(0)
        file.write(f"`{command}`, process {os.getpid()}")
        file.flush()
        yield


def _take(file: TextIO, folder: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        raise ServiceError(
            f"{file.read() or 'another command'} is at work on {folder}. Wait until it ends, or stop it with Ctrl-C or "
            "kill, then run this again."
        ) from error


@contextmanager
def in_turn(folder: Path) -> Iterator[None]:
    """Wait until nobody else installs into `folder`, then hold it: `make up` and `make test` share the engines."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f".{folder.name}.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
