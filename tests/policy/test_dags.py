"""What every DAG owes the person who is called when it fails. Parsed by Airflow itself, in its own environment."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sklad.settings import load_settings

ROOT = Path(__file__).resolve().parents[2]
DAGS = ROOT / "airflow" / "dags"
# A DAG is named by a product and what it does; the default says nothing.
NOBODY = ("", "airflow")
SECRETS = re.compile(r"(password|passwd|secret|token|api_?key)\s*[=:]\s*['\"][^'\"{$]+['\"]", re.IGNORECASE)


# The tasks that the reference names, by DAG.
WEB_TASKS = {
    "init_data_pipeline": {
        "create_kafka_topics",
        *(f"load_{feed}_events" for feed in ("browser", "device", "geo", "location")),
        "verify_data_load",
    },
    "streaming_to_clickhouse": {
        *(f"consume_{feed}_events" for feed in ("browser", "device", "geo", "location")),
        "validate_ingestion",
    },
    "build_dwh_layer": {
        *("build_fact_events", "update_dim_users", "update_dim_geo", "optimize_tables", "verify_dwh_layer"),
        "clear_staging_old_data",
    },
    "data_quality_checks": {
        *("check_freshness", "check_nulls", "check_duplicates", "check_referential_integrity", "check_consistency"),
        "generate_quality_report",
    },
}


def describe(home: Path, **environment: str) -> dict[str, Any]:
    """What Airflow finds in the DAG folder."""
    python = load_settings().tools_dir / "airflow" / "bin" / "python"
    assert python.exists(), (
        f"{python} is missing: Airflow is not installed there. `make test` installs it, or `make up`."
    )
    done = subprocess.run(
        [python, Path(__file__).with_name("describe_dags.py"), DAGS],
        env={"PATH": os.environ["PATH"], "HOME": str(home), "AIRFLOW_HOME": str(home), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


@pytest.fixture(scope="session")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return describe(tmp_path_factory.mktemp("airflow"))


@pytest.fixture(scope="session")
def dags(parsed: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = parsed["dags"]
    return found


@pytest.fixture(scope="session")
def tasks(dags: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {f"{dag['dag_id']}.{task['task_id']}": task for dag in dags for task in dag["tasks"]}


def test_every_file_can_be_imported(parsed: dict[str, Any]) -> None:
    assert parsed["import_errors"] == {}


def test_the_dags_that_the_documents_name_exist(dags: list[dict[str, Any]]) -> None:
    assert "wms_reference_daily" in {dag["dag_id"] for dag in dags}


def test_the_web_dags_have_the_tasks_that_the_reference_names(dags: list[dict[str, Any]]) -> None:
    found = {dag["dag_id"]: {task["task_id"] for task in dag["tasks"]} for dag in dags}
    assert {name: found[name] for name in WEB_TASKS} == WEB_TASKS


@pytest.mark.parametrize("products", ["stock", "stock,web"])
def test_only_dags_of_selected_products_are_there(products: str, tmp_path: Path) -> None:
    selected = describe(
        tmp_path,
        PRODUCTS=products,
        AIRFLOW__CORE__MIGHT_CONTAIN_DAG_CALLABLE="selected_products.might_contain_dag",
        AIRFLOW__CORE__DAGS_FOLDER=str(DAGS),
        AIRFLOW__CORE__PLUGINS_FOLDER=str(DAGS.parent / "plugins"),
    )
    assert selected["import_errors"] == {}
    assert {Path(dag["file"]).parts[0] for dag in selected["dags"]} == set(products.split(","))


def test_every_file_is_named_after_its_dag_and_lies_in_its_products_folder(dags: list[dict[str, Any]]) -> None:
    for dag in dags:
        product, file = Path(dag["file"]).parts
        assert file == f"{dag['dag_id']}.py"
        assert product in dag["tags"]


def test_every_dag_says_what_to_do_when_it_fails(dags: list[dict[str, Any]]) -> None:
    assert [dag["dag_id"] for dag in dags if "when it fails" not in dag["doc"].lower()] == []


def test_every_dag_ends_in_time_one_run_at_once_and_does_not_catch_up(dags: list[dict[str, Any]]) -> None:
    rules = [(dag["dag_id"], dag["has_timeout"], dag["max_active_runs"], dag["catchup"]) for dag in dags]
    assert rules == [(dag["dag_id"], True, 1, False) for dag in dags]


def test_every_task_has_an_owner(tasks: dict[str, dict[str, Any]]) -> None:
    assert [name for name, task in tasks.items() if task["owner"] in NOBODY] == []


def test_every_task_has_a_name_for_people(tasks: dict[str, dict[str, Any]]) -> None:
    names = {name: task["display_name"] for name, task in tasks.items()}
    assert [name for name, shown in names.items() if not re.fullmatch(r"[A-Z][a-z]*( \w+)+", shown)] == []


def test_the_daily_load_writes_the_assets_that_others_read(tasks: dict[str, dict[str, Any]]) -> None:
    writes = {name: task["writes"] for name, task in tasks.items() if task["writes"]}
    reads = {name: task["reads"] for name, task in tasks.items() if task["reads"]}

    assert writes == {
        "wms_reference_daily.publish": ["products", "regions", "warehouses"],
        "wms_stock_reload.reload": ["stock_balances"],
    }
    assert reads["wms_stock_alerts.tell"] == ["products", "regions", "stock_balances", "warehouses"]
    assert {table for tables in reads.values() for table in tables} <= {
        table for tables in writes.values() for table in tables
    }


def test_every_task_is_retried_with_growing_pauses(tasks: dict[str, dict[str, Any]]) -> None:
    assert [name for name, task in tasks.items() if task["retries"] < 1 or not task["has_backoff"]] == []


def test_no_task_can_hang(tasks: dict[str, dict[str, Any]]) -> None:
    assert [name for name, task in tasks.items() if not task["has_timeout"]] == []


def test_no_file_holds_a_secret() -> None:
    files = [path for path in DAGS.rglob("*") if path.suffix in (".py", ".sql")]
    assert files
    assert [path.name for path in files if SECRETS.search(path.read_text())] == []
