"""The ClickHouse engine of the embedded runtime, behind our HTTP server."""

from sklad.embedded.layout import Layout
from sklad.embedded.service import Service, python_module
from sklad.settings import ROOT, Settings


def clickhouse(settings: Settings) -> Service:
    data = Layout.of(settings).data("clickhouse")
    return Service(
        name="clickhouse",
        command=python_module(
            "sklad.clickhouse_server",
            "--host", settings.clickhouse_host, "--port", str(settings.clickhouse_port),
            "--data-dir", str(data),
            "--config", f"{ROOT}/embedded/clickhouse/config.xml",
            "--users", f"{ROOT}/clickhouse/users.d/sklad.xml",
        ),
        environment={
            "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
            "WMS_HOST": settings.wms_host,
            "WMS_PORT": str(settings.wms_port),
            "WMS_DB": settings.wms_db,
            "WMS_ETL_PASSWORD": settings.wms_etl_password,
            "CLICKHOUSE_PASSWORD": settings.clickhouse_password,
            "CLICKHOUSE_ETL_PASSWORD": settings.clickhouse_etl_password,
            "CLICKHOUSE_WEB_PASSWORD": settings.clickhouse_web_password,
            "CLICKHOUSE_BI_PASSWORD": settings.clickhouse_bi_password,
            "CLICKHOUSE_MEMORY_BYTES": str(settings.clickhouse_memory_bytes),
        },
        prepare=lambda: data.mkdir(parents=True, exist_ok=True),
    )  # fmt: skip
