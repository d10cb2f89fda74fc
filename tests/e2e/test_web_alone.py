"""PRODUCTS=web: web analytics without a WMS. It comes up, fills, is backed up, damaged, and brought back."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data_generator.web import generate
from data_generator.web_options import WebOptions
from sklad.airflow.client import AirflowClient
from tests.e2e.conftest import Stack, eventually, running, settings_of_its_own

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

RUN_SECONDS = 300
# What there is of each layer, whole and as it is.
LAYERS = {
    "facts": "SELECT count(), groupBitXor(cityHash64(*)) FROM analytics.fact_events FINAL",
    "users": "SELECT count(), groupBitXor(cityHash64(*)) FROM analytics.dim_users",
    "places": "SELECT count(), groupBitXor(cityHash64(*)) FROM analytics.dim_geo",
    "hours": "SELECT countMerge(total_events) FROM analytics.agg_events_hourly",
    "sources": "SELECT countMerge(total_events) FROM analytics.agg_traffic_sources",
}


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Up, its feeds in every layer."""
    folder = tmp_path_factory.mktemp("sklad-web")
    made = generate(WebOptions(events=2000, days=2, until=datetime.now(UTC)), folder / "feeds")
    environment = settings_of_its_own(folder / "s") | {"PRODUCTS": "web", "WEB_JSONL_DIR": str(folder / "feeds")}
    with running(environment) as stack:
        airflow = AirflowClient(stack["AIRFLOW_URL"], stack["AIRFLOW_USER"], stack["AIRFLOW_PASSWORD"])
        airflow.run_dag("init_data_pipeline", RUN_SECONDS)

        def events() -> object:
            for dag in ("streaming_to_clickhouse", "build_dwh_layer"):
                airflow.run_dag(dag, RUN_SECONDS)
            return layers(stack)["facts"][0]

        # Not every run sees all: one that was under way is joined.
        eventually(events, made.events, seconds=RUN_SECONDS)
        yield stack


def layers(stack: Stack) -> dict[str, tuple[int, ...]]:
    return {name: stack.ask(query, user="admin")[0] for name, query in LAYERS.items()}


def test_nothing_of_a_wms_runs_and_all_is_well(web: Stack) -> None:
    status = web.status()
    assert status["problems"] == []
    assert {service["name"] for service in status["services"]} == {
        *("metadata", "kafka", "clickhouse", "superset"),
        *("airflow-apiserver", "airflow-scheduler", "airflow-dag-processor"),
    }


@pytest.mark.parametrize("command", ["verify", "resync"])
def test_what_is_about_the_wms_says_so(web: Stack, command: str) -> None:
    refused = web.sklad(command)
    assert refused.returncode != 0
    assert "PRODUCTS=web leaves it out" in web.said(refused).replace("\n", " ")
    assert "Traceback" not in web.said(refused)


def test_it_is_brought_back_from_a_backup(web: Stack, tmp_path: Path) -> None:
    before = layers(web)
    assert all(count for count, *_ in before.values())
    done = web.sklad("backup", str(tmp_path))
    assert done.returncode == 0, web.said(done)
    [backup] = [path for path in tmp_path.iterdir() if path.is_dir()]
    assert {file.name for file in backup.iterdir()} == {
        *("analytics.tar", "airflow.dump", "superset.dump", "manifest.json")
    }
    with web.clickhouse("admin") as admin:
        admin.command("DROP TABLE analytics.fact_events SYNC")
        admin.command("TRUNCATE TABLE analytics.dim_users")

    refused = web.sklad("restore", str(backup))
    assert refused.returncode == 1
    restored = web.sklad("restore", "--replace", str(backup))

    assert restored.returncode == 0, web.said(restored)
    assert layers(web) == before
    eventually(lambda: web.status()["problems"], [], seconds=120)
