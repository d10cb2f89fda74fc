"""The process that writes what Kafka has into ClickHouse (SINK=ingest), as a service."""

from sklad.embedded.service import Need, Service, python_module
from sklad.settings import Settings


def ingest(settings: Settings) -> Service:
    return Service(
        name="ingest",
        command=python_module("sklad.ingest"),
        environment=settings.as_environment(),
        needs=(
            Need("Kafka", settings.bind_address, settings.kafka_port),
            Need("ClickHouse", settings.clickhouse_host, settings.clickhouse_port),
        ),
    )
