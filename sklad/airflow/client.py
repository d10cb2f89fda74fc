"""Airflow's REST API: running a DAG and waiting for its end, the state of its last run."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx

from sklad.airflow.failures import explain
from sklad.errors import DeadlineError, ServiceError
from sklad.waiting import wait_until

UNDER_WAY = ("queued", "running")


@dataclass(frozen=True)
class DagRun:
    """One run of a DAG. `state`: queued, running, success or failed. Times: ISO 8601, UTC, None while still to come.

    `note`: what its tasks said of it, or a person.
    """

    dag_id: str
    run_id: str
    state: str
    started_at: str | None
    ended_at: str | None
    note: str


class AirflowClient:
    """Talks to one Airflow as one user. Logs in at the first call that needs it."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self._url = url.rstrip("/")
        self._user = user
        self._password = password

    def last_run(self, dag_id: str) -> DagRun | None:
        """The newest run of a DAG; None when it never ran or Airflow does not know it (yet).

        Raises:
            ServiceError: Airflow refuses the login.
            httpx.HTTPError: Airflow does not answer.
        """
        answer = self._http.get(f"/api/v2/dags/{dag_id}/dagRuns", params={"order_by": "-run_after", "limit": 1})
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        runs = answer.raise_for_status().json()["dag_runs"]
        return _run(runs[0]) if runs else None

    def run_dag(self, dag_id: str, seconds: float) -> DagRun:
        """Run a DAG to its success. A run that is under way is waited for: a second one would only queue behind it.

        Args:
            dag_id: the DAG; one that was not parsed yet is waited for.
            seconds: the deadline for all of it, retries of its tasks included.

        Raises:
            ServiceError: the run failed; the message has the failed task, its error and where its log is.
            DeadlineError: the run did not end in time; the message has what its tasks were doing.
        """
        try:
            run = wait_until(lambda: self._current_or_new_run(dag_id), f"Airflow knows the DAG {dag_id}", seconds)
        except DeadlineError as error:
            raise DeadlineError(f"{error}{self._import_errors()}") from error

        def ended() -> DagRun | None:
            newest = self._get_run(run)
            return None if newest.state in UNDER_WAY else newest

        try:
            finished = wait_until(ended, f"run {run.run_id} of the DAG {dag_id} ends", seconds)
        except DeadlineError as error:
            raise DeadlineError(f"{error}\n{explain(self._http, dag_id, run.run_id)}") from error
        if finished.state != "success":
            raise ServiceError(
                f"run {run.run_id} of the DAG {dag_id} {finished.state}:\n{explain(self._http, dag_id, run.run_id)}"
            )
        return finished

    @cached_property
    def _http(self) -> httpx.Client:
        # A server that is still building its API can take many seconds for the first answers.
        http = httpx.Client(base_url=self._url, timeout=60)
        answer = http.post("/auth/token", json={"username": self._user, "password": self._password})
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise ServiceError(
                f"Airflow at {self._url} refuses the user {self._user}. AIRFLOW_USER and AIRFLOW_PASSWORD from .env "
                "take effect when Airflow starts: `make down`, then `make up`."
            )
        http.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['access_token']}"
        return http

    def _current_or_new_run(self, dag_id: str) -> DagRun | None:
        current = self.last_run(dag_id)
        if current and current.state in UNDER_WAY:
            return current
        # A null logical date: the run belongs to no interval of the schedule, so it collides with none.
        answer = self._http.post(f"/api/v2/dags/{dag_id}/dagRuns", json={"logical_date": None})
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        if answer.is_client_error:
            raise ServiceError(f"Airflow refuses to run the DAG {dag_id}: {answer.text}")
        return _run(answer.raise_for_status().json())

    def _get_run(self, run: DagRun) -> DagRun:
        return _run(self._http.get(f"/api/v2/dags/{run.dag_id}/dagRuns/{run.run_id}").raise_for_status().json())

    def _import_errors(self) -> str:
        """Why DAG files could not be read, as lines to append to a message; empty when all could."""
        answer = self._http.get("/api/v2/importErrors")
        errors = answer.json()["import_errors"] if answer.is_success else []
        return "".join(f"\n{error['filename']}: {error['stack_trace'].strip()}" for error in errors)


def _run(answer: dict[str, Any]) -> DagRun:
    return DagRun(
        dag_id=answer["dag_id"],
        run_id=answer["dag_run_id"],
        state=answer["state"],
        started_at=answer["start_date"],
        ended_at=answer["end_date"],
        note=answer["note"] or "",
    )
