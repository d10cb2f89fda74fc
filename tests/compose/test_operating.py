"""What an operator does with containers."""

import pytest

from tests.compose.stack import ComposeStack
from tests.e2e.conftest import eventually
from tests.e2e.test_operating import answer_of, raise_all_balances_of

pytestmark = [pytest.mark.compose, pytest.mark.timeout(1800)]

JOBS = {
    *("preflight", "wms-init", "metadata-init", "migrate", "connectors", "airflow-init", "superset-init", "dashboards"),
}


def test_services_are_healthy_and_jobs_are_done(stack: ComposeStack) -> None:
    containers = stack.containers()

    assert containers.keys() >= JOBS
    assert {name for name, entry in containers.items() if entry["State"] == "exited"} == JOBS
    assert {name: entry["ExitCode"] for name, entry in containers.items() if entry["ExitCode"] != 0} == {}
    assert {name for name, entry in containers.items() if entry["Health"] not in ("healthy", "")} == set()


def test_status_inside_says_that_all_is_well(stack: ComposeStack) -> None:
    assert stack.status()["problems"] == []


def test_up_again_is_safe(stack: ComposeStack) -> None:
    before = stack.balances()

    again = stack.up()

    assert again.returncode == 0, again.stderr[-3000:]
    assert stack.balances() == before


@pytest.mark.parametrize("service", ["clickhouse", "connect", "kafka", "wms"])
def test_a_killed_container_comes_back_and_the_state_is_exact(stack: ComposeStack, service: str) -> None:
    # `docker kill` counts as a person's will, which no restart policy overrides: so kill what runs inside.
    stack.compose("exec", "-T", "--user", "root", service, "sh", "-c", "kill -9 -1")

    wanted = raise_all_balances_of(stack, warehouse=2)

    eventually(lambda: answer_of(lambda: stack.balances("warehouse_id = 2")), wanted, seconds=180)
    eventually(lambda: stack.containers()[service]["Health"], "healthy", seconds=120)


def test_a_changed_password_takes_effect_at_the_next_start(stack: ComposeStack) -> None:
    changed = {
        "WMS_ETL_PASSWORD": "another'one",
        "CLICKHOUSE_BI_PASSWORD": "and-another",
        "AIRFLOW_DB_PASSWORD": "a p@ss/w:rd?#%",
        "SUPERSET_DB_PASSWORD": 'one\'s "own"',
    }
    try:
        up = stack.up(**changed)

        assert up.returncode == 0, up.stderr[-3000:]
    finally:
        back = stack.up()
    assert back.returncode == 0, back.stderr[-3000:]


def test_down_and_up_keep_the_data(stack: ComposeStack) -> None:
    before = stack.balances()
    stack.compose("down")

    up = stack.up()

    assert up.returncode == 0, up.stderr[-3000:]
    assert stack.balances() == before


def test_no_secret_in_any_log(stack: ComposeStack) -> None:
    assert "dev-only" not in stack.compose("logs").stdout


def test_a_product_runs_alone(other: ComposeStack) -> None:
    up = other.up(PRODUCTS="web", COMPOSE_PROFILES="")

    assert up.returncode == 0, other.said(up)
    assert not {"wms", "connect", "flow-watch", "ingest"} & other.containers().keys()
    status = other.status()
    assert status["problems"] == []
    assert [told["label"] for told in status["products"]] == ["web: facts", "web: checks"]
