"""Starting, asking and stopping supervisord, which keeps the services alive."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from xmlrpc.client import Fault, ServerProxy

import psutil
from supervisor.states import RUNNING_STATES, ProcessStates
from supervisor.xmlrpc import Faults, SupervisorTransport

from sklad.embedded import leftovers, programs, services
from sklad.embedded.layout import Layout
from sklad.errors import ServiceError
from sklad.settings import ROOT, Settings
from sklad.waiting import wait_until

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

    def family(self) -> list[psutil.Process]:
        """Its process and all below that; empty while it doesn't run."""
        if not self.pid:
            return []
        try:
            top = psutil.Process(self.pid)
            return [top, *top.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []


def memory_bytes(processes: Iterable[Process]) -> int:
    """Proportional set size of services with all below them: pages that they share count once."""
    total = 0
    for member in (member for process in processes for member in process.family()):
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            total += member.memory_full_info().pss
    return total


class Supervisor:
    """The supervisord of one state folder."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._layout = Layout.of(settings)
        self._socket = self._layout.run / "supervisor.sock"
        self._definition = self._layout.run / "definition"

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

    def runs_as_defined(self) -> bool:
        """Whether supervisord is there with the settings and engines of now."""
        return (
            self.is_running()
            and self._definition.exists()
            and self._definition.read_text() == programs.digest(self._settings)
        )

    def boot(self) -> None:
        """Start supervisord itself, with no service running yet."""
        self._layout.run.mkdir(mode=0o700, parents=True, exist_ok=True)
        programs.write(self._settings)
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", f"{ROOT}/embedded/supervisord.conf"]
        environment = os.environ | self._settings.as_environment() | {"SKLAD_STATE": str(self._layout.state)}
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ServiceError(f"supervisord did not start:\n{(done.stderr or done.stdout).strip()}")
        wait_until(self.is_running, f"supervisord answers on {self._socket}", 15, not_yet=(HTTPException,))
        self._definition.write_text(programs.digest(self._settings))

    def start(self, name: str) -> None:
        """Start a service, unless it runs already. Raises ServiceError: it can't be, or supervisord has ended."""
        try:
            self._rpc.startProcess(name, False)
        except Fault as fault:
            if fault.faultCode != Faults.ALREADY_STARTED:
                raise ServiceError(f"{name} did not start: {fault.faultString}. See: make logs s={name}") from fault
        except _NOT_RUNNING as error:
            raise self._ended(name) from error

    def halt(self, name: str) -> None:
        """Stop a service and leave it stopped until it is started; fine when it is down, or not one of this stack's."""
        try:
            self._rpc.stopProcess(name, True)
        except Fault as fault:
            if fault.faultCode not in (Faults.NOT_RUNNING, Faults.BAD_NAME):
                raise ServiceError(f"{name} did not stop: {fault.faultString}. See: make logs s={name}") from fault
        except _NOT_RUNNING as error:
            raise self._ended(name) from error

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
            ServiceError: it ended again and again; the message has its last words. Or supervisord has ended.
            DeadlineError: it is not ready after `seconds`.
        """
        tries: set[int] = set()

        def ready_or_failing() -> bool:
            try:
                info = self._rpc.getProcessInfo(name)
            except (*_NOT_RUNNING, Fault) as error:
                raise self._ended(name) from error
            tries.add(info["start"])
            if len(tries) > TRIES or info["state"] == ProcessStates.FATAL:
                raise ServiceError(
                    f"{name} does not start. Its last words:\n{self._last_words(name)}\nAll: make logs s={name}"
                )
            return ready()

        wait_until(ready_or_failing, f"{what} (see: make logs s={name})", seconds)

    def _ended(self, name: str) -> ServiceError:
        return ServiceError(
            f"supervisord ended while {name} was starting: somebody stopped it, or memory is short. "
            f"{self._layout.logs}/supervisord.log may say more. Run the same command again."
        )

    def _last_words(self, name: str, lines: int = 5) -> str:
        log = self._layout.logs / f"{name}.log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else "(no log yet)"

    def stop(self) -> None:
        """Stop all services in order, then supervisord; then what an earlier one that was killed left running.

        Fine when nothing runs.
        """
        self._definition.unlink(missing_ok=True)  # a stop that is interrupted must not look like a stack that runs
        if self.is_running():
            with suppress(Fault):  # it is shutting down already
                self._rpc.shutdown()
            deadline = programs.STOP_SECONDS * len(services.names(self._settings))
            wait_until(
                lambda: not self.is_running() and not self._socket.exists(), "all services have stopped", deadline
            )
        leftovers.end(self._settings)
