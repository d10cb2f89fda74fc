"""Kafka Connect's REST API: registering connectors, reading their states."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import httpx

from sklad.errors import ServiceError
from sklad.settings import ROOT
from sklad.waiting import wait_until

# The declared connectors: changes out of the WMS, and, with SINK=connect, into ClickHouse.
SOURCE = ROOT / "kafka" / "connectors" / "postgresql" / "stock_balances.json"
SINK = ROOT / "kafka" / "connectors" / "clickhouse" / "stock_balances.json"

NOT_FOUND = 404
CONFLICT = 409  # the worker is rebalancing: ask again
STOP_SECONDS = 60
# A worker that was just killed answers late, and where others crowd its machine later still.
ACCEPT_SECONDS = 180
LIKENESS = 0.85  # from here on two keys are taken for one and a slip of the finger


@dataclass(frozen=True)
class ConnectorState:
    """One connector as its worker reports it: a state per task, `trace` is the first failure's stack trace."""

    name: str
    state: str
    tasks: tuple[str, ...]
    trace: str = ""

    @property
    def has_failed(self) -> bool:
        return "FAILED" in (self.state, *self.tasks)

    @property
    def is_running(self) -> bool:
        """The connector and at least one task run. (A connector without tasks calls itself RUNNING.)"""
        return self.state == "RUNNING" and bool(self.tasks) and set(self.tasks) == {"RUNNING"}


class ConnectClient:
    """Talks to one Kafka Connect worker."""

    def __init__(self, url: str) -> None:
        # Without TLS nobody's certificates are needed, and reading those that the machine trusts takes 20 ms.
        self._http = httpx.Client(base_url=url, timeout=30, verify=url.startswith("https:"))

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

    def has_plugin(self, definition: Path) -> bool:
        """Whether the worker has the plugin that the declared connector is made of."""
        wanted = _read(definition)[1].get("connector.class")
        answer = self._http.get("/connector-plugins").raise_for_status().json()
        return any(plugin["class"] == wanted for plugin in answer)

    def apply(self, definition: Path, seconds: float = 120) -> ConnectorState:
        """Create or update the connector that a JSON file ({"name", "config"}) declares, and wait until its tasks run.

        Raises:
            ServiceError: the file is no connector definition, the worker refuses it, or a task failed.
            DeadlineError: its tasks did not run within `seconds`.
        """
        name, config = _read(definition)
        if "slot.name" in config:
            self._refuse_half_resync(name)
        wait_until(lambda: self._put(name, config, definition), f"Kafka Connect accepts {name}", ACCEPT_SECONDS)

        def running() -> ConnectorState | None:
            state = self.state(name)
            self.watch(definition, state)
            return state if state and state.is_running else None

        return wait_until(running, f"the task of connector {name} runs", seconds)

    def remove(self, definition: Path) -> bool:
        """Delete the declared connector; its offsets stay. False: there was none."""
        name = _read(definition)[0]
        answer = self._http.delete(f"/connectors/{name}")
        if answer.is_success or answer.status_code == NOT_FOUND:
            return answer.is_success
        raise ServiceError(f"Kafka Connect does not delete {name}: {_message(answer)}. Run the same command again.")

    def exists(self, definition: Path) -> bool:
        """Whether the worker has the declared connector, in whatever state."""
        return self._http.get(f"/connectors/{_read(definition)[0]}").is_success

    def begins_anew(self, definition: Path) -> bool:
        """Whether the declared connector has no offsets to go on from. One that did not exist exists then, stopped."""
        name, _ = _read(definition)
        if self._offsets(name) is None:  # they outlive a connector that was deleted, but only one that is there tells
            self.park(definition)
        return self._offsets(name) == []

    def park(self, definition: Path) -> None:
        """Have the declared connector exist and no task of it run."""
        name, config = _read(definition)

        def known() -> bool:
            if self._http.get(f"/connectors/{name}").is_success:
                return True
            body = {"name": name, "config": config, "initial_state": "STOPPED"}
            return self._http.post("/connectors", json=body).is_success

        wait_until(known, f"Kafka Connect knows {name}", STOP_SECONDS, pause=0.5)
        self._stop(name)

    def delete_offsets(self, definition: Path) -> None:
        """Forget how far a parked connector has come."""
        name, _ = _read(definition)
        if self._offsets(name) == []:
            # Of one that never ran, Connect changes the offsets once only: from then on it fails, for want of a task.
            return
        self._change_offsets(name, lambda: self._http.delete(f"/connectors/{name}/offsets"))

    def set_offsets(self, definition: Path, offset: dict[str, int]) -> None:
        """Have a parked Debezium connector go on from a position of its source when it is next started."""
        name, config = _read(definition)
        place = {"partition": {"server": config["topic.prefix"]}, "offset": offset}
        self._change_offsets(name, lambda: self._http.patch(f"/connectors/{name}/offsets", json={"offsets": [place]}))

    def _change_offsets(self, name: str, change: Callable[[], httpx.Response]) -> None:
        def changed() -> bool:
            # Refused while tasks are ending or the worker rebalances; anything else shows at the deadline.
            answer = change()
            if not answer.is_success:
                raise httpx.HTTPError(_message(answer))
            return True

        wait_until(changed, f"Kafka Connect changes the offsets of {name}", STOP_SECONDS, pause=0.5)

    def watch(self, definition: Path, state: ConnectorState | None = None) -> None:
        """Raise ServiceError, with the cause, once the declared connector has failed; a task may do so after it ran."""
        state = state or self.state(_read(definition)[0])
        if state and state.has_failed:
            raise ServiceError(
                f"connector {state.name} failed: {cause(state.trace)}\n"
                f"Mend {definition}, or what it names, and run the same command again. More: make logs s=connect"
            )

    def restart_failed(self, name: str) -> None:
        """Run a connector's failed tasks anew, and itself if it has failed."""
        only_failed = {"includeTasks": "true", "onlyFailed": "true"}
        self._http.post(f"/connectors/{name}/restart", params=only_failed).raise_for_status()

    def _refuse_half_resync(self, name: str) -> None:
        """A stopped connector without offsets would read its table again and leave in place what was deleted."""
        state = self.state(name)
        if state and state.state == "STOPPED" and self._offsets(name) == []:
            raise ServiceError(f"connector {name} was stopped and its offsets were deleted: run sklad resync.")

    def _offsets(self, name: str) -> list[Any] | None:
        """None: there is no such connector. Its last state outlives it for a moment."""
        answer = self._http.get(f"/connectors/{name}/offsets")
        return None if answer.status_code == NOT_FOUND else list(answer.raise_for_status().json()["offsets"])

    def _put(self, name: str, config: dict[str, str], definition: Path) -> bool:
        """Have the worker run `config`; False: it is rebalancing, ask again."""
        current = self._http.get(f"/connectors/{name}/config")
        state = self.state(name)
        if not current.is_success or current.json() != config | {"name": name} or (state and state.has_failed):
            self._validate(config, definition)
            # The last state of one that was just deleted outlives it for a moment: there is nothing to stop.
            if current.is_success and state and state.state != "FAILED":
                self._stop(name)
            answer = self._http.put(f"/connectors/{name}/config", json=config)
            if answer.status_code == CONFLICT:
                return False
            if not answer.is_success:
                raise _refusal(definition, _message(answer))
        return self._http.put(f"/connectors/{name}/resume").is_success

    def _stop(self, name: str) -> None:
        """End the connector's tasks, so that a state seen later is one of its next tasks."""

        def without_tasks() -> bool:
            asked = self._http.put(f"/connectors/{name}/stop")
            state = self.state(name)
            return asked.is_success and state is not None and not state.tasks

        wait_until(without_tasks, f"connector {name} stops, to take its new configuration", STOP_SECONDS, pause=0.5)

    def _validate(self, config: dict[str, str], definition: Path) -> None:
        """Refuse what the worker would refuse, and keys that nobody reads and that look like one that is.

        The worker ignores those, and takes a default instead.
        """
        plugin = config.get("connector.class", "").rsplit(".", 1)[-1]
        answer = self._http.put(f"/connector-plugins/{plugin}/config/validate", json=config | {"name": "unused"})
        if not answer.is_success:
            raise _refusal(definition, _message(answer))
        entries = answer.json()["configs"]
        known = {entry["definition"]["name"] for entry in entries if entry["definition"]}
        for key in sorted(config.keys() - known):
            if meant := get_close_matches(key, known - config.keys(), 1, LIKENESS):
                raise _refusal(definition, f"no connector reads the key {key}. Did you mean {meant[0]}?")
        if errors := [error for entry in entries for error in entry["value"]["errors"]]:
            raise _refusal(definition, " ".join(errors))


def _refusal(definition: Path, why: str) -> ServiceError:
    return ServiceError(
        f"Kafka Connect refuses {definition}: {why}\n"
        "Mend the file (or the setting in .env that it reads) and run the same command again."
    )


def _read(definition: Path) -> tuple[str, dict[str, str]]:
    try:
        content: dict[str, Any] = json.loads(definition.read_text())
        name, config = content["name"], content["config"]
        wrong = [key for key, value in config.items() if not isinstance(value, str)]
    except (OSError, json.JSONDecodeError) as error:
        raise ServiceError(f"{definition} can't be read as JSON: {error}. Mend the file.") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise ServiceError(f'{definition} must be an object with "name" and "config". Mend the file.') from error
    if wrong:
        raise ServiceError(f"{definition}: these values must stand in quotes: {', '.join(wrong)}. Mend the file.")
    return name, config


def _message(answer: httpx.Response) -> str:
    """The worker's own reason; its whole answer where that isn't the usual JSON."""
    try:
        return str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        return answer.text


def _state(name: str, status: dict[str, Any]) -> ConnectorState:
    tasks = status["tasks"]
    traces = [part.get("trace", "") for part in (status["connector"], *tasks)]
    return ConnectorState(
        name=name,
        state=status["connector"]["state"],
        tasks=tuple(task["state"] for task in tasks),
        trace=next((trace for trace in traces if trace), ""),
    )


def cause(trace: str) -> str:
    """The innermost cause of a Java stack trace: the line that says what went wrong."""
    causes = [line.strip() for line in trace.splitlines() if line.startswith("Caused by:")]
    return (causes[-1].removeprefix("Caused by: ") if causes else trace.splitlines()[0]) if trace else "no reason given"
