"""What a user sees of a mistake: a message of the service that noticed, a non-zero exit, nothing damaged."""

import pytest

from tests.compose.stack import ComposeStack
from tests.e2e.conftest import Stack

pytestmark = [pytest.mark.compose, pytest.mark.timeout(1800)]


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"LIVE_RATE": "fast"}, "LIVE_RATE: input should be a valid number"),
        ({"BIND_ADDRESS": "0.0.0.0"}, "WMS_PASSWORD"),  # noqa: S104
        ({"WMS_EXTERNAL": "true", "LIVE_RATE": "5"}, "the demo workload would change the stock of your own WMS"),
        ({"PRODUCTS": "web"}, "PRODUCTS=web leaves stock out, and COMPOSE_PROFILES=stock,wms are its services"),
        ({"SINK": "both"}, "SINK: input should be 'ingest', 'engine' or 'connect'"),
    ],
)
def test_settings_that_cannot_be_used_end_the_start(
    other: ComposeStack, environment: dict[str, str], said: str
) -> None:
    up = other.up(**environment)

    assert up.returncode != 0
    assert 'service "preflight" didn\'t complete successfully' in up.stderr
    assert said in other.compose("logs", "preflight").stdout
    assert other.containers()["wms"]["State"] == "created", "nothing was started"


def test_an_empty_variable_is_named(other: ComposeStack) -> None:
    up = other.up(KAFKA_IMAGE="")

    assert up.returncode != 0
    assert "KAFKA_IMAGE" in up.stderr


def test_a_taken_port_is_named(other: ComposeStack, stack: Stack) -> None:
    up = other.up("wms", WMS_PORT=stack.environment["WMS_PORT"])

    assert up.returncode != 0
    assert f"127.0.0.1:{stack.environment['WMS_PORT']}" in up.stderr
    assert "already" in up.stderr


def test_an_image_that_is_not_there_is_named(other: ComposeStack) -> None:
    up = other.up("akhq", AKHQ_IMAGE="sklad-standin/none:1")

    assert up.returncode != 0
    assert "sklad-standin/none" in up.stderr


def test_a_plugin_that_cannot_be_fetched_ends_the_build(other: ComposeStack) -> None:
    build = other.compose("build", "connect", CLICKHOUSE_SINK_URL="https://127.0.0.1:1/sink.zip")

    assert build.returncode != 0
    assert "ClickHouse's sink could not be fetched from https://127.0.0.1:1/sink.zip" in build.stdout + build.stderr
