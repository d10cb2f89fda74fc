"""Airflow's tasks are killed in the middle of a daily load; tried again, they publish it, and nobody sees a half."""

import os
import random
import re
import signal
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Any

import psutil
import pytest

from sklad.airflow.client import AirflowClient
from sklad.embedded.supervision import Supervisor
from tests.e2e.conftest import Stack
from tests.readers import counts_seen

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]

DAG = "wms_reference_daily"
# So often is a task tried again: were the kills of a load all of one task, its last try would still be left. A load may
# end before so many of its tasks were met at work: then the next one goes on.
KILLS = 3
LOADS = 10
# A task's process names itself so once it begins to work, which takes a second or two.
TASK = re.compile(r"airflow worker -- [0-9a-f-]{36}")
SECONDS = 600


def test_a_load_whose_tasks_are_killed_is_published_whole(stack: Stack) -> None:
    chance = random.Random(1)  # noqa: S311 - no secret
    airflow = AirflowClient(stack["AIRFLOW_URL"], stack["AIRFLOW_USER"], stack["AIRFLOW_PASSWORD"])
    with stack.wms() as wms:
        before = wms.execute("SELECT count(*) FROM products").fetchall()[0][0]
        wms.execute("INSERT INTO products VALUES (90001, 'Новый', 'Новое')")
    killed: set[int] = set()

    with stack.clickhouse() as reader, counts_seen(reader, "products") as seen, ThreadPoolExecutor(1) as pool:
        for _ in range(LOADS):
            run = pool.submit(airflow.run_dag, DAG, SECONDS)
            while len(killed) < KILLS and not _ends(run, 0.05):
                for task in set(_tasks(stack)) - killed:
                    if not _ends(run, chance.uniform(0, 1)) and _kill(task):
                        killed.add(task)
            run.result()
            if len(killed) == KILLS:
                break

    with stack.wms() as wms:
        wms.execute("DELETE FROM products WHERE product_id = 90001")
    assert len(killed) == KILLS
    assert set(seen) == {before, before + 1}, "a reader saw a table that was not whole"


def _ends(run: Future[Any], seconds: float) -> bool:
    """Whether it is over within this time."""
    return bool(wait([run], seconds).done)


def _kill(task: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(task, signal.SIGKILL)
        return True
    return False


def _tasks(stack: Stack) -> Iterator[int]:
    """Processes of tasks at work."""
    for service in Supervisor(stack.settings).processes():
        for process in service.family():
            with suppress(psutil.Error):
                if TASK.match(" ".join(process.cmdline())):
                    yield process.pid
