"""A throw-away Airflow, as the embedded runtime runs it: metadata in the tests' PostgreSQL, three processes."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import psutil

from sklad.embedded import airflow
from sklad.embedded.service import base_environment
from sklad.settings import Settings
from sklad.waiting import answers, wait_until
from tests.integration.postgres import Postgres

START_SECONDS = 180
# A scheduler waits for its running tasks, whoever they wait for: patience has an end.
STOP_SECONDS = 5


@contextmanager
def empty_metadata(postgres: Postgres, settings: Settings) -> Iterator[None]:
    """An empty database for Airflow's metadata, gone again at the end."""
    with postgres.connect("postgres") as connection:
        connection.execute(f"CREATE ROLE airflow LOGIN PASSWORD '{settings.airflow_db_password}'")
        connection.execute("CREATE DATABASE airflow OWNER airflow")
    yield
    with postgres.connect("postgres") as connection:
        connection.execute("DROP DATABASE airflow WITH (FORCE)")
        connection.execute("DROP ROLE airflow")


@contextmanager
def running_airflow(settings: Settings) -> Iterator[None]:
    """Airflow up, its database prepared."""
    bootstrap(settings)
    with ExitStack() as stack:
        for service in (airflow.api_server(settings), airflow.scheduler(settings), airflow.dag_processor(settings)):
            service.prepare()
            log = stack.enter_context((settings.state_dir / f"{service.name}.log").open("wb"))
            process = subprocess.Popen(
                service.command,
                env=base_environment(settings.state_dir) | dict(service.environment),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            stack.callback(stop, process)
        wait_until(lambda: answers(f"{settings.airflow_url}/execution/health"), "Airflow answers", START_SECONDS)
        yield


def bootstrap(settings: Settings) -> float:
    """Seconds it took."""
    began = time.monotonic()
    done = subprocess.run(
        airflow.bootstrap_command(settings),
        env=base_environment(settings.state_dir) | airflow.environment(settings),
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return time.monotonic() - began


def stop(process: subprocess.Popen) -> None:
    """As supervisor does it, with less patience: what is killed here is thrown away."""
    tasks = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_SECONDS)
    for task in tasks:
        with suppress(psutil.NoSuchProcess):
            task.kill()
