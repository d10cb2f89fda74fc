"""Services that outlived their supervisord, as after `kill -9`: nobody would ever stop them, and their ports are taken.

They have its session, which is named by its process id. The kernel does not give that number to another process while
one of them lives.
"""

import os
import time
from collections.abc import Iterator
from contextlib import suppress

import psutil

from sklad.embedded.layout import Layout
from sklad.errors import ServiceError
from sklad.settings import ROOT, Settings

# They were told to end when supervisord died (run.py). What still lives after this waits for a neighbour that is gone.
SECONDS = 10


def end(settings: Settings) -> int:
    """End what a dead supervisord of this state folder left running; returns how many. To be called when it is down.

    Raises:
        ServiceError: one can't be ended.
    """
    found = list(_find(Layout.of(settings)))
    for process in _alive_after(SECONDS, found):
        with suppress(psutil.NoSuchProcess):
            process.kill()
    if alive := _alive_after(SECONDS, found):
        raise ServiceError(
            f"an earlier start left processes that can't be ended: {', '.join(str(process.pid) for process in alive)}. "
            "End them by hand, then run this again."
        )
    return len(found)


def _alive_after(seconds: float, processes: list[psutil.Process]) -> list[psutil.Process]:
    deadline = time.monotonic() + seconds
    while (alive := [process for process in processes if _lives(process)]) and time.monotonic() < deadline:
        time.sleep(0.1)
    return alive


def _lives(process: psutil.Process) -> bool:
    # A zombie has ended; where process 1 collects nobody, as in some containers, it stays in the list for good.
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _find(layout: Layout) -> Iterator[psutil.Process]:
    pid_file = layout.run / "supervisord.pid"
    try:
        session, written = int(pid_file.read_text()), pid_file.stat().st_mtime
    except (OSError, ValueError):
        return
    if written < psutil.boot_time() or (psutil.pid_exists(session) and _lives(psutil.Process(session))):
        return  # a number of before the machine's start, or by now of somebody else
    for process in psutil.process_iter():
        try:
            ours = os.getsid(process.pid) == session and _at_home(process.cwd(), layout)
        except (OSError, psutil.Error):
            continue
        if ours:
            yield process


def _at_home(folder: str, layout: Layout) -> bool:
    return folder.startswith((str(ROOT), str(layout.state)))
