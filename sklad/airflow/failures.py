"""Why a DAG run failed or hangs, in words: read from its tasks' states and logs."""

from typing import Any

import httpx

# What a task that needs no attention is in.
_WELL = ("success", "skipped", "removed")
# States of a task whose last try has ended with an error.
_ERRED = ("failed", "up_for_retry")


def explain(http: httpx.Client, dag_id: str, run_id: str) -> str:
    """One paragraph for each task that is not well: its state, its error, the page of its log.

    Args:
        http: a logged-in client whose base URL is Airflow's.
        dag_id: the DAG.
        run_id: the run; of a run that is still under way, tasks that wait or run are listed as well.
    """
    answer = http.get(f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances")
    if not answer.is_success:
        return f"(its tasks can't be asked: Airflow answers {answer.status_code})"
    tasks = [task for task in answer.json()["task_instances"] if task["state"] not in _WELL]
    return "\n".join(_explain_task(http, task) for task in tasks) or "no task of it failed or waits"


def _explain_task(http: httpx.Client, task: dict[str, Any]) -> str:
    run = f"dags/{task['dag_id']}/runs/{task['dag_run_id']}"
    lines = [f"task {task['task_id']}: {task['state'] or 'not started'}, try {task['try_number']}"]
    if task["state"] in _ERRED:
        lines += [_error(http, task), f"log: {str(http.base_url).rstrip('/')}/{run}/tasks/{task['task_id']}"]
    return "\n".join(lines)


def _error(http: httpx.Client, task: dict[str, Any]) -> str:
    """The last error in the log of the task's last try."""
    path = f"/api/v2/dags/{task['dag_id']}/dagRuns/{task['dag_run_id']}/taskInstances/{task['task_id']}"
    answer = http.get(f"{path}/logs/{task['try_number']}", headers={"Accept": "application/json"})
    events = answer.json().get("content", []) if answer.is_success else []
    errors = [event for event in events if isinstance(event, dict) and event.get("level") in ("error", "critical")]
    for event in reversed(errors):
        if detail := event.get("error_detail"):
            return f"{detail[0]['exc_type']}: {detail[0]['exc_value']}"
    return errors[-1]["event"] if errors else "(its log holds no error: was its process killed?)"
