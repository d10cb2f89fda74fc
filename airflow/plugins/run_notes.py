"""Each run that ends gets a note that says what it did: what its tasks pushed to XCom under `note`, in that order.

A task itself may not write notes: its token is for the task API. The scheduler may, and calls this. What a person has
noted stays as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin

if TYPE_CHECKING:
    from airflow.models.dagrun import DagRun

# The same in dags/shared/notes.py.
KEY = "note"
# What Airflow's table holds; a longer one would fail the scheduler's transaction.
LONGEST = 1000


class RunNotes:
    """Airflow calls these in the scheduler, within its transaction."""

    @hookimpl
    def on_dag_run_success(self, dag_run: DagRun) -> None:
        """Say what it did."""
        _note(dag_run)

    @hookimpl
    def on_dag_run_failed(self, dag_run: DagRun) -> None:
        """Say how far it came."""
        _note(dag_run)


def _note(dag_run: DagRun) -> None:
    # Imported here: Airflow imports this file in each process, tasks included, whom models are no business of.
    from airflow.models.xcom import XComModel  # noqa: PLC0415
    from sqlalchemy import select  # noqa: PLC0415
    from sqlalchemy.orm import object_session  # noqa: PLC0415

    session = object_session(dag_run)
    if session is None or (dag_run.dag_run_note and dag_run.dag_run_note.user_id is not None):
        return
    pushed = session.scalars(
        select(XComModel.value)
        .where(XComModel.dag_run_id == dag_run.id, XComModel.key == KEY)
        .order_by(XComModel.timestamp)
    )
    if text := "\n".join(str(value) for value in pushed):
        dag_run.note = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


class RunNotesPlugin(AirflowPlugin):
    """What Airflow finds in its plugins folder."""

    name = "run_notes"
    listeners = [RunNotes()]  # noqa: RUF012 - Airflow's way to declare them
