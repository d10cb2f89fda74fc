"""The `sklad` command, killed in the middle of its work."""

import queue
import random
import subprocess
import threading
from collections.abc import Mapping
from contextlib import suppress

from sklad.settings import ROOT
from sklad.waiting import wait_until

SECONDS = 900
# Between two lines a command is in the middle of something: so long it may go on.
MOST_SECONDS_MORE = 2.0


def killed_after(lines: int, chance: random.Random, environment: Mapping[str, str], *arguments: str) -> bool:
    """Run `sklad` and kill it with SIGKILL a moment after it has said so many lines. False: it ended before that.

    Args:
        lines: 0 is at its very beginning.
        chance: draws the moment.
        environment: its settings.
        arguments: the command and its options.
    """
    with subprocess.Popen(
        [ROOT / "bin" / "sklad", *arguments],
        env={**environment, "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout
        said: queue.SimpleQueue[str] = queue.SimpleQueue()
        # A thread reads: what the command has started may hold its output open after it is dead.
        threading.Thread(target=lambda: [said.put(line) for line in process.stdout or ()], daemon=True).start()
        for _ in range(lines):
            wait_until(
                lambda: not said.empty() or process.poll() is not None, f"`sklad {arguments[0]}` goes on", SECONDS
            )
            with suppress(queue.Empty):
                said.get_nowait()
        with suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(0, MOST_SECONDS_MORE))
        ended = process.poll() is not None
        process.kill()
        process.wait(30)
        return not ended
