"""Rules that docker-compose.yml keeps, looked at through Compose's own eyes; no Docker engine is needed."""

import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sklad.settings import ROOT, Settings, load_settings

JOBS = {
    *("preflight", "wms-init", "metadata-init", "migrate", "connectors", "airflow-init", "superset-init", "dashboards"),
}
# The names of the reference; each of them is there.
SERVICES = JOBS | {
    *("wms", "kafka", "connect", "flow-watch", "ingest", "clickhouse", "ready", "data-generator", "akhq"),
    *("airflow-db", "airflow-apiserver", "airflow-scheduler", "airflow-dag-processor", "superset-db", "superset"),
}
PUBLISHED = {"wms", "kafka", "connect", "clickhouse", "airflow-apiserver", "superset", "akhq"}
MEMORY_BYTES = 8 * 2**30


def compose(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Compose as a user with no variables of his own does."""
    clean = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environment}
    command = [str(Path(sys.executable).with_name("docker-compose")), *arguments]
    return subprocess.run(command, cwd=ROOT, env=clean, capture_output=True, text=True, check=False)


@cache
def configuration(*files: str) -> dict[str, Any]:
    """What Compose makes of these files and the committed .env, all profiles active."""
    chosen = [argument for file in files for argument in ("--file", file)]
    done = compose(*chosen, "--profile", "*", "config", "--format", "json")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.fixture
def services() -> dict[str, dict[str, Any]]:
    return dict(configuration("docker-compose.yml")["services"])


def test_the_services_are_these(services: dict[str, Any]) -> None:
    assert services.keys() == SERVICES


def test_a_service_that_stays_is_looked_after(services: dict[str, Any]) -> None:
    for name in SERVICES - JOBS - {"ready"}:
        assert services[name]["restart"] == "unless-stopped", name
        assert "start_interval" in services[name]["healthcheck"], name


def test_a_job_is_not_restarted(services: dict[str, Any]) -> None:
    for name in JOBS:
        assert services[name]["restart"] == "no", name


def test_every_service_has_its_limits(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert int(service["mem_limit"]) > 0, name
        assert service["logging"]["options"].keys() == {"max-size", "max-file"}, name
        assert service["init"] is True, name
        assert service["stop_grace_period"], name
        assert "container_name" not in service, name


def test_memory_limits_of_all_that_stays_fit_eight_gigabytes(services: dict[str, Any]) -> None:
    assert sum(int(services[name]["mem_limit"]) for name in SERVICES - JOBS) <= MEMORY_BYTES


def test_a_limit_holds_what_its_process_is_told_to_use() -> None:
    settings = load_settings()
    assert settings.kafka_memory_mb >= 1.5 * settings.kafka_heap_mb
    assert settings.connect_memory_mb >= 1.5 * settings.connect_heap_mb
    assert settings.clickhouse_memory_mb * 2**20 >= 1.1 * settings.clickhouse_memory_bytes


def test_everything_that_is_published_is_bound_to_bind_address() -> None:
    done = compose("--profile", "*", "config", "--format", "json", BIND_ADDRESS="192.0.2.7")
    services = json.loads(done.stdout)["services"]
    ports = {name: service["ports"] for name, service in services.items() if service.get("ports")}
    assert ports.keys() == PUBLISHED
    assert {port["host_ip"] for entries in ports.values() for port in entries} == {"192.0.2.7"}


def test_images_are_pinned_and_each_can_be_replaced(services: dict[str, Any]) -> None:
    own = {f"sklad/{name}" for name in ("tools", "connect", "airflow", "superset")}
    ours = {str(value) for name, value in load_settings().model_dump().items() if name.endswith("_image")}
    assert {service["image"] for service in services.values()} <= own | ours
    for file in ROOT.glob("*/Dockerfile"):
        stages = re.findall(r"^FROM (\S+)", file.read_text(), re.MULTILINE)
        assert all(re.fullmatch(r"\$\{[A-Z]+_IMAGE\}", stage) for stage in stages), file


def test_jobs_get_every_setting() -> None:
    keys = {name.upper() for name in Settings.model_fields}
    for name in ("preflight", "migrate", "connectors", "dashboards", "ready", "data-generator"):
        assert set(configuration("docker-compose.yml")["services"][name]["environment"]) == keys, name


def test_a_key_that_is_missing_is_named() -> None:
    for line in (ROOT / ".env").read_text().splitlines():
        key = line.partition("=")[0]
        if f"${{{key}:?" in (ROOT / "docker-compose.yml").read_text():
            done = compose("config", "--quiet", **{key: ""})
            assert done.returncode != 0, key
            assert f"{key}" in done.stderr, key


def test_a_wms_of_ones_own_leaves_the_demo_out() -> None:
    done = compose("config", "--services", COMPOSE_PROFILES="stock")
    assert set(done.stdout.split()) == SERVICES - {"wms", "wms-init", "data-generator"}


def test_without_the_product_stock_nothing_captures() -> None:
    done = compose("config", "--services", COMPOSE_PROFILES="")
    of_stock = {"wms", "wms-init", "connect", "connectors", "flow-watch", "ingest", "data-generator"}
    assert set(done.stdout.split()) == SERVICES - of_stock


def test_no_service_gets_a_password_that_it_does_not_use(services: dict[str, Any]) -> None:
    """Jobs read all settings; engines get their own secrets only."""
    allowed = {
        "wms": {"POSTGRES_PASSWORD"},
        "kafka": set(),
        "connect": {"WMS_DEBEZIUM_PASSWORD", "CLICKHOUSE_ETL_PASSWORD"},
        "clickhouse": {
            *("CLICKHOUSE_PASSWORD", "CLICKHOUSE_ETL_PASSWORD", "CLICKHOUSE_WEB_PASSWORD", "CLICKHOUSE_BI_PASSWORD"),
            "WMS_ETL_PASSWORD",
        },
        "akhq": set(),
    }
    for name, passwords in allowed.items():
        found = {key for key in services[name].get("environment", {}) if "PASSWORD" in key or "SECRET" in key}
        assert found == passwords, name


def test_the_cluster_overlay_is_valid_and_keeps_the_same_rules() -> None:
    cluster = configuration("docker-compose.yml", "docker-compose.cluster.yml")["services"]
    added = cluster.keys() - SERVICES
    assert added == {
        *("kafka-2", "kafka-3", "connect-2", "clickhouse-1-2", "clickhouse-2-1", "clickhouse-2-2"),
        *("keeper-1", "keeper-2", "keeper-3", "valkey", "airflow-worker"),
    }
    for name in added:
        assert cluster[name]["restart"] == "unless-stopped", name
        assert "start_interval" in cluster[name]["healthcheck"], name
        assert int(cluster[name]["mem_limit"]) > 0, name
        assert {port["host_ip"] for port in cluster[name].get("ports", [])} <= {"127.0.0.1"}, name


def test_members_of_the_cluster_share_neither_data_nor_ports() -> None:
    cluster = configuration("docker-compose.yml", "docker-compose.cluster.yml")["services"]
    for group in ("kafka", "clickhouse", "keeper"):
        members = [service for name, service in cluster.items() if re.fullmatch(rf"{group}(-\d)*", name)]
        data = [v["source"] for member in members for v in member["volumes"] if v["type"] == "volume"]
        assert len(data) == len(set(data)) == len(members), group
    ports = [port["published"] for service in cluster.values() for port in service.get("ports", [])]
    assert len(ports) == len(set(ports))


def test_every_broker_of_the_cluster_knows_the_quorum_and_itself() -> None:
    cluster = configuration("docker-compose.yml", "docker-compose.cluster.yml")["services"]
    for number, name in enumerate(("kafka", "kafka-2", "kafka-3"), start=1):
        lines = cluster[name]["environment"]["KAFKA_OVERRIDES"].splitlines()
        assert f"node.id={number}" in lines
        assert "controller.quorum.voters=1@kafka:9093,2@kafka-2:9093,3@kafka-3:9093" in lines
        assert {"default.replication.factor=3", "min.insync.replicas=2"} <= set(lines)
        assert any(line.startswith(f"advertised.listeners=PLAINTEXT://{name}:9092,") for line in lines)


def test_jobs_know_that_there_is_a_cluster() -> None:
    cluster = configuration("docker-compose.yml", "docker-compose.cluster.yml")["services"]
    for name in ("migrate", "connectors", "ready"):
        assert cluster[name]["environment"]["CLICKHOUSE_CLUSTER"] == "sklad"
