"""The Kafka broker and the Kafka Connect worker of the embedded runtime, on the packaged JDK."""

import base64
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path

from sklad.embedded.layout import Layout
from sklad.embedded.service import Need, Service
from sklad.errors import ServiceError
from sklad.settings import ROOT, Settings

# One small collector thread per JVM: on two cores G1's workers cost more than they save.
_JVM = ("-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError", "-Djava.awt.headless=true")
# What Debezium makes of a burst dies young: with a third of the heap, the default, collections copy it over and over.
_ROOM_FOR_BURSTS = "-XX:NewRatio=1"
_LOGGING = f"-Dlog4j2.configurationFile={ROOT}/embedded/kafka/log4j2.xml"


def cache(layout: Layout, service: str) -> Path:
    """Where the cache is that a service starts from (aot.py)."""
    return layout.jvm_caches / f"{service}.aot"


def use(cache: Path) -> str:
    """The JVM's option to start from a cache, if it is there and fits."""
    return f"-XX:AOTCache={cache}"


def record(cache: Path) -> str:
    """The JVM's option to write a cache at its end."""
    return f"-XX:AOTCacheOutput={cache}"


def broker(settings: Settings, caching: Callable[[Path], str] = use) -> Service:
    layout = Layout.of(settings)
    environment = {
        "KAFKA_HOST": settings.bind_address,
        "KAFKA_PORT": str(settings.kafka_port),
        "KAFKA_CONTROLLER_PORT": str(settings.kafka_controller_port),
        "KAFKA_DATA_DIR": str(layout.data("kafka")),
        "KAFKA_RETENTION_HOURS": str(settings.kafka_retention_hours),
    }
    return Service(
        name="kafka",
        command=(
            *_java(layout, settings.kafka_heap_mb, caching(cache(layout, "kafka"))),
            "kafka.Kafka",
            f"{ROOT}/kafka/server.properties",
        ),
        environment=environment,
        prepare=lambda: _format(layout, environment),
    )


def connect(settings: Settings, caching: Callable[[Path], str] = use) -> Service:
    layout = Layout.of(settings)
    return Service(
        name="connect",
        command=(
            *_java(layout, settings.connect_heap_mb, _ROOM_FOR_BURSTS, caching(cache(layout, "connect"))),
            "org.apache.kafka.connect.cli.ConnectDistributed",
            f"{ROOT}/kafka/connect.properties",
        ),
        environment={
            "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
            "CONNECT_HOST": settings.bind_address,
            "CONNECT_PORT": str(settings.connect_port),
            "CONNECT_POLL_MS": str(settings.connect_poll_ms),
            "WMS_HOST": settings.wms_host,
            "WMS_PORT": str(settings.wms_port),
            "WMS_DB": settings.wms_db,
            "WMS_DEBEZIUM_PASSWORD": settings.wms_debezium_password,
            "CLICKHOUSE_HOST": settings.clickhouse_host,
            "CLICKHOUSE_PORT": str(settings.clickhouse_port),
            "CLICKHOUSE_ETL_PASSWORD": settings.clickhouse_etl_password,
        },
        needs=(Need("Kafka", settings.bind_address, settings.kafka_port),),
    )


def _java(layout: Layout, heap_mb: int, *options: str) -> tuple[str, ...]:
    return (str(layout.java()), f"-Xmx{heap_mb}m", *_JVM, *options, _LOGGING, "-cp", layout.kafka_class_path)


def _format(layout: Layout, environment: dict[str, str]) -> None:
    """Write a new node's identity into its data folder, once."""
    if (layout.data("kafka") / "meta.properties").exists():
        return
    cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    command = [
        *_java(layout, 128), "kafka.tools.StorageTool", "format",
        # With "=": a random id may begin with "-", which would read as an option of its own.
        f"--cluster-id={cluster_id}", "--config", f"{ROOT}/kafka/server.properties",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        raise ServiceError(
            f"Kafka could not format {layout.data('kafka')}:\n{(done.stdout + done.stderr)[-3000:].strip()}"
        )
