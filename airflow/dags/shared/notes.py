"""What a task says of its run, for people who look at runs. airflow/plugins/run_notes.py makes it the run's note."""

from __future__ import annotations

from airflow.sdk import get_current_context

KEY = "note"


def note(text: str) -> None:
    """Say it, in place of what this task said before."""
    get_current_context()["ti"].xcom_push(key=KEY, value=text)
