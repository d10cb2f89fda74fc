"""Starting, asking and stopping supervisord, which keeps the services alive."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from supervisor.states import RUNNING_STATES, ProcessStates
from supervisor.xmlrpc import Faults, SupervisorTransport

from sklad.embedded import services
from sklad.embedded.layout import Layout
from sklad.errors import ServiceError
from sklad.settings import ROOT, Settings
from sklad.waiting import wait_until

# A broker with an unclean shutdown recovers at its next start; thirty seconds let all of them end cleanly.
STOP_SECONDS = 30
_STOP_SIGNALS = {"wms": "INT", "metadata": "INT"}  # PostgreSQL's fast shutdown: TERM would wait for its clients
_NOT_RUNNING = (OSError, HTTPException)
# One death during start may be somebody's kill; three in a row are a fault that won't go away by itself.
TRIES = 3


@dataclass(frozen=True)
class Process:
    """One service as supervisor sees it. `pid` is 0 while it doesn't run."""

    name: str
    state: str
    pid: int
    running_seconds: int


class Supervisor:
    """The supervisord of one state folder."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._layout = Layout.of(settings)
        self._socket = self._layout.run / "supervisor.sock"

    @property
    def _rpc(self) -> Any:  # noqa: ANN401 - an XML-RPC proxy answers to any name
        transport = SupervisorTransport(None, None, f"unix://{self._socket}")
        return ServerProxy("http://127.0.0.1", transport=transport).supervisor

    def is_running(self) -> bool:
        """Whether supervisord is there, starting and stopping services included."""
        try:
            self._rpc.getState()
        except _NOT_RUNNING:
            return False
        except Fault as fault:
            return bool(fault.faultCode == Faults.SHUTDOWN_STATE)
        return True

    def boot(self) -> None:
        """Start supervisord itself, with no service running yet."""
        self._write_programs()
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", f"{ROOT}/embedded/supervisord.conf"]
        environment = os.environ | self._settings.as_environment() | {"SKLAD_STATE": str(self._layout.state)}
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ServiceError(f"supervisord did not start:\n{(done.stderr or done.stdout).strip()}")
        wait_until(self.is_running, f"supervisord answers on {self._socket}", 15, not_yet=(HTTPException,))

    def start(self, name: str) -> None:
        """Start a service, unless it runs already."""
        try:
            self._rpc.startProcess(name, False)
        except Fault as fault:
            if fault.faultCode != Faults.ALREADY_STARTED:
                raise ServiceError(f"{name} did not start: {fault.faultString}. See: make logs s={name}") from fault

    def processes(self) -> list[Process]:
        """All services in starting order; empty when supervisord is down."""
        try:
            answer = self._rpc.getAllProcessInfo()
        except _NOT_RUNNING:
            return []
        found = {
            info["name"]: Process(
                name=info["name"],
                state=info["statename"],
                pid=info["pid"],
                running_seconds=info["now"] - info["start"] if info["state"] in RUNNING_STATES else 0,
            )
            for info in answer
        }
        return [found[name] for name in services.names(self._settings) if name in found]

    def wait_ready(self, name: str, ready: Callable[[], bool], what: str, seconds: float) -> None:
        """Wait until a started service is ready.

        Raises:
            ServiceError: it ended again and again; the message has its last words.
            DeadlineError: it is not ready after `seconds`.
        """
        tries: set[int] = set()

        def ready_or_failing() -> bool:
            info = self._rpc.getProcessInfo(name)
            tries.add(info["start"])
            if len(tries) > TRIES or info["state"] == ProcessStates.FATAL:
                raise ServiceError(
                    f"{name} does not start. Its last words:\n{self._last_words(name)}\nAll: make logs s={name}"
                )
            return ready()

        wait_until(ready_or_failing, f"{what} (see: make logs s={name})", seconds)

    def _last_words(self, name: str, lines: int = 5) -> str:
        log = self._layout.logs / f"{name}.log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else "(no log yet)"

    def stop(self) -> None:
        """Stop all services in order, then supervisord. Fine when nothing runs."""
        try:
            self._rpc.shutdown()
        except _NOT_RUNNING:
            return
        except Fault as fault:
            if fault.faultCode != Faults.SHUTDOWN_STATE:
                raise
        deadline = STOP_SECONDS * len(services.names(self._settings))
        wait_until(lambda: not self.is_running() and not self._socket.exists(), "all services have stopped", deadline)

    def _write_programs(self) -> None:
        programs = self._layout.run / "programs"
        shutil.rmtree(programs, ignore_errors=True)
        for folder in (programs, self._layout.logs):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for priority, name in enumerate(services.names(self._settings), start=1):
            (programs / f"{name}.conf").write_text(self._program(name, priority))

    def _program(self, name: str, priority: int) -> str:
        # startretries: each try waits a second longer than the last. A neighbour that is down for minutes, or a disk
        # that is full for an hour, must not leave the service down for good.
        return f"""\
[program:{name}]
command = {sys.executable} -m sklad.embedded.run {name}
priority = {priority}
autostart = false
autorestart = true
startsecs = 2
startretries = 100
stopsignal = {_STOP_SIGNALS.get(name, "TERM")}
stopwaitsecs = {STOP_SECONDS}
stopasgroup = false
killasgroup = true
redirect_stderr = true
stdout_logfile = {self._layout.logs}/{name}.log
stdout_logfile_maxbytes = 10MB
stdout_logfile_backups = 2
"""
