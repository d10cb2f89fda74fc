"""Kafka Connect's REST API: registering connectors, reading their states."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from sklad.errors import ServiceError
from sklad.waiting import wait_until

CONFLICT = 409  # the worker is rebalancing: ask again


@dataclass(frozen=True)
class ConnectorState:
    """One connector as its worker reports it: a state per task, `trace` is the first failure's stack trace."""

    name: str
    state: str
    tasks: tuple[str, ...]
    trace: str = ""

    @property
    def is_running(self) -> bool:
        """The connector and at least one task run. (A connector without tasks calls itself RUNNING.)"""
        return self.state == "RUNNING" and bool(self.tasks) and set(self.tasks) == {"RUNNING"}


class ConnectClient:
    """Talks to one Kafka Connect worker."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=30)

    def is_ready(self) -> bool:
        """Whether the worker has joined its group: it answers before that, with errors."""
        return self._http.get("/connectors").is_success

    def states(self) -> list[ConnectorState]:
        """States of all connectors."""
        answer = self._http.get("/connectors", params={"expand": "status"}).raise_for_status().json()
        return [_state(name, entry["status"]) for name, entry in sorted(answer.items())]

    def state(self, name: str) -> ConnectorState | None:
        """The state of one connector; None before its first report."""
        answer = self._http.get(f"/connectors/{name}/status")
        return _state(name, answer.json()) if answer.is_success else None

    def apply(self, definition: Path, seconds: float = 120) -> ConnectorState:
        """Create or update the connector that a JSON file ({"name", "config"}) declares, and wait until its tasks run.

        Raises:
            ServiceError: the file is no connector definition, the worker refuses it, or a task failed.
            DeadlineError: its tasks did not run within `seconds`.
        """
        name, config = _read(definition)
        wait_until(lambda: self._put(name, config, definition), f"Kafka Connect accepts {name}", 60)

        def running() -> ConnectorState | None:
            state = self.state(name)
            if state and "FAILED" in (state.state, *state.tasks):
                raise ServiceError(f"connector {name} failed: {_cause(state.trace)}")
            return state if state and state.is_running else None

        return wait_until(running, f"the task of connector {name} runs", seconds)

    def restart_failed(self, name: str) -> None:
        """Restart what failed of a connector."""
        self._http.post(f"/connectors/{name}/restart", params={"includeTasks": "true", "onlyFailed": "true"})

    def _put(self, name: str, config: dict[str, str], definition: Path) -> bool:
        current = self._http.get(f"/connectors/{name}/config")
        if current.is_success and current.json() == config | {"name": name}:
            self.restart_failed(name)
            return True
        answer = self._http.put(f"/connectors/{name}/config", json=config)
        if answer.status_code == CONFLICT:
            return False
        if answer.is_client_error or answer.is_server_error:
            raise ServiceError(
                f"Kafka Connect refuses {definition}: {answer.json().get('message', answer.text)}\n"
                "Mend the file (or the setting it names) and run the same command again."
            )
        return True


def _read(definition: Path) -> tuple[str, dict[str, str]]:
    try:
        content: dict[str, Any] = json.loads(definition.read_text())
        return content["name"], content["config"]
    except (OSError, json.JSONDecodeError) as error:
        raise ServiceError(f"{definition} can't be read as JSON: {error}. Mend the file.") from error
    except (KeyError, TypeError) as error:
        raise ServiceError(f'{definition} must be an object with "name" and "config". Mend the file.') from error


def _state(name: str, status: dict[str, Any]) -> ConnectorState:
    tasks = status["tasks"]
    traces = [part.get("trace", "") for part in (status["connector"], *tasks)]
    return ConnectorState(
        name=name,
        state=status["connector"]["state"],
        tasks=tuple(task["state"] for task in tasks),
        trace=next((trace for trace in traces if trace), ""),
    )


def _cause(trace: str) -> str:
    """The innermost cause of a Java stack trace: the line that says what went wrong."""
    causes = [line.strip() for line in trace.splitlines() if line.startswith("Caused by:")]
    return (causes[-1].removeprefix("Caused by: ") if causes else trace.splitlines()[0]) if trace else "no reason given"
