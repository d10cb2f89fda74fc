"""A stack is backed up while changes go on; another one comes up from that: with its history, exact, and going on."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sklad.airflow.client import AirflowClient, DagRun
from tests.e2e import people
from tests.e2e.conftest import ROOT, Stack, eventually, running, settings_of_its_own
from tests.s3 import BUCKET, serving_s3

CHART = "Chart of a person"
USER = "keeper"
CHANGES_A_SECOND = 200

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Saved:
    """A backup, and what was so in its stack when it was made."""

    folder: Path
    url: str  # of another one, in an object store
    moment: datetime  # under load, before the backup
    at_moment: list[Row]
    changes: set[Row]  # of the log, before the backup
    last_run: DagRun  # of Airflow's daily load


@contextmanager
def load(stack: Stack) -> Iterator[None]:
    """The live workload runs meanwhile."""
    settings = stack.settings
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "WMS_APP_DSN": settings.wms_dsn("wms_app", settings.wms_app_password),
    }
    command = [sys.executable, "-m", "data_generator", "live", "--rate", f"{CHANGES_A_SECOND}", "--seed", "1"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, cwd=ROOT) as workload:
        try:
            yield
            assert workload.poll() is None, "the workload ended early"
        finally:
            workload.terminate()


def as_of(stack: Stack, moment: datetime) -> list[Row]:
    return stack.ask(
        "SELECT warehouse_id, product_id, quantity, updated_at"
        f" FROM stock_balances_as_of(moment = '{moment:%F %T.%f}') ORDER BY ALL",
        user="admin",
    )


def changes(stack: Stack, until: datetime) -> set[Row]:
    """Changes in the log that had arrived by a moment."""
    query = (
        "SELECT lsn, warehouse_id, product_id, op, quantity, quantity_before, committed_at, arrived_at"
        f" FROM kafka_wms_stock_balances FINAL WHERE op != 'r' AND arrived_at <= '{until:%F %T.%f}'"
    )
    return set(stack.ask(query, user="admin"))


def last_run(stack: Stack) -> DagRun:
    """Airflow's last run of the daily load."""
    client = AirflowClient(stack["AIRFLOW_URL"], stack["AIRFLOW_USER"], stack["AIRFLOW_PASSWORD"])
    found = client.last_run("wms_reference_daily")
    assert found
    return found


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An object store; the variables that lead to it."""
    with serving_s3(tmp_path_factory.mktemp("s3")) as variables:
        yield variables


@pytest.fixture(scope="module")
def saved(stack: Stack, store: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Saved]:
    """Backups of a stack under load, in which a person made a chart."""
    target = tmp_path_factory.mktemp("backups")
    with people.administrator(stack) as admin, load(stack):
        dataset = people.ids(admin, "dataset", "table_name")["bi_stock_full"]
        chart = admin.post(
            "chart/",
            {"slice_name": CHART, "viz_type": "table", "datasource_id": dataset, "datasource_type": "table"},
        )["id"]
        role = next(role["id"] for role in admin.listed("security/roles") if role["name"] == "Viewer")
        name = {"username": USER, "first_name": "A", "last_name": "Keeper", "email": "keeper@example.com"}
        user = admin.post("security/users/", name | {"roles": [role], "active": True, "password": people.PASSWORD})
        time.sleep(4)
        moment = datetime.now(UTC)
        time.sleep(4)
        before = datetime.now(UTC)
        done = stack.sklad("backup", str(target))
        assert done.returncode == 0, stack.said(done)
        stored = Stack(stack.environment | store).sklad("backup", f"s3://{BUCKET}/sklad")
        assert stored.returncode == 0, stack.said(stored)
    assert not (stack.settings.state_dir / "backup").exists()
    [folder] = [path for path in target.iterdir() if path.is_dir()]
    assert str(folder) in done.stdout.replace("\n", "")
    url = stored.stdout.split("sklad restore ")[1].strip()
    yield Saved(folder, url, moment, as_of(stack, moment), changes(stack, before), last_run(stack))
    with people.administrator(stack) as admin:
        admin.delete(f"chart/{chart}")
        admin.put(f"security/users/{user['id']}", {"active": False})


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Another machine's stack, as it first comes up."""
    with running(settings_of_its_own(tmp_path_factory.mktemp("sklad-2"))) as other:
        yield other


@pytest.fixture(scope="module")
def restored(saved: Saved, store: dict[str, str], other: Stack) -> Stack:
    """That stack, with the backup from the object store in the place of a change that it had seen."""
    with other.wms() as wms:
        wms.execute("UPDATE stock_balances SET quantity = quantity + 1 WHERE warehouse_id = 1")
    eventually(lambda: other.ask("SELECT count() > 0 FROM kafka_wms_stock_balances WHERE op = 'u'"), [(True,)])
    refused = other.sklad("restore", str(saved.folder))
    assert refused.returncode == 1
    assert "has a history of its own" in other.said(refused)
    done = Stack(other.environment | store).sklad("restore", "--replace", saved.url)
    assert done.returncode == 0, other.said(done)
    return other


def test_a_damaged_backup_is_refused_and_changes_nothing(saved: Saved, other: Stack, tmp_path: Path) -> None:
    copy = shutil.copytree(saved.folder, tmp_path / saved.folder.name)
    content = bytearray((copy / "wms.tar").read_bytes())
    content[len(content) // 2] ^= 1
    (copy / "wms.tar").write_bytes(content)
    (copy / "superset.dump").unlink()
    before = other.balances()
    refused = other.sklad("restore", str(copy))
    assert refused.returncode == 1
    assert "wms.tar has other bytes than were written" in other.said(refused)
    assert "superset.dump is missing" in other.said(refused)
    assert "Traceback" not in other.said(refused)
    assert other.status()["problems"] == []
    assert other.balances() == before


def test_only_its_owner_can_read_it(saved: Saved) -> None:
    modes = {path.name: path.stat().st_mode & 0o777 for path in saved.folder.iterdir()}
    assert saved.folder.stat().st_mode & 0o777 == 0o700
    assert modes == dict.fromkeys(
        ["wms.tar", "wms.stock_balances.tar", "wms.dump", "airflow.dump", "superset.dump", "manifest.json"], 0o600
    )


def test_one_that_cannot_be_finished_leaves_nothing(stack: Stack, tmp_path: Path) -> None:
    """No file may get larger than 100 kB, as on a disk that is full."""
    command = f"ulimit -f 100; exec {ROOT}/bin/sklad backup {tmp_path}/backups"
    done = subprocess.run(
        ["/bin/bash", "-c", command], env=stack.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, stack.said(done)
    assert "pg_dump failed" in stack.said(done)
    assert "Traceback" not in stack.said(done)
    assert [path.name for path in (tmp_path / "backups").iterdir()] == [".lock"]


def test_what_is_not_there_is_said(stack: Stack, tmp_path: Path) -> None:
    refused = stack.sklad("restore", str(tmp_path))
    assert refused.returncode == 1
    assert "is no backup" in stack.said(refused)
    inside = stack.sklad("backup", str(Path(stack.environment["STATE_DIR"]) / "backups"))
    assert inside.returncode == 1
    assert "make reset deletes" in stack.said(inside)


def test_the_restored_stack_is_exact_and_well(restored: Stack) -> None:
    verdict = restored.sklad("verify")
    assert verdict.returncode == 0, restored.said(verdict)
    eventually(lambda: restored.status()["problems"], [])


def test_its_history_is_that_of_the_backup(saved: Saved, restored: Stack) -> None:
    assert len(saved.changes) > CHANGES_A_SECOND
    assert saved.changes <= changes(restored, datetime.now(UTC))
    assert as_of(restored, saved.moment) == saved.at_moment


def test_new_changes_flow_and_stand_behind_all_earlier_ones(saved: Saved, restored: Stack) -> None:
    with restored.wms() as wms:
        wms.execute("UPDATE stock_balances SET quantity = 123456 WHERE warehouse_id = 2 AND product_id % 7 = 0")
        wanted = wms.execute("SELECT count(*) FROM stock_balances WHERE quantity = 123456").fetchall()[0][0]
    eventually(lambda: len(restored.balances("quantity = 123456")), wanted)
    [(oldest_of_them,)] = restored.ask("SELECT min(lsn) FROM kafka_wms_stock_balances WHERE quantity = 123456")
    assert oldest_of_them > max(row[0] for row in saved.changes)
    assert restored.sklad("verify").returncode == 0


def test_what_people_made_in_superset_is_there(restored: Stack) -> None:
    with people.administrator(restored) as admin:
        assert CHART in people.ids(admin, "chart", "slice_name")
        assert USER in people.ids(admin, "security/users", "username")


def test_airflows_runs_are_there(saved: Saved, restored: Stack) -> None:
    assert saved.last_run.state == "success"
    assert last_run(restored) == saved.last_run
