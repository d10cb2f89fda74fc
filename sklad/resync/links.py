"""What a resync reaches, from this project's settings."""

from functools import partial

from sklad import clickhouse
from sklad.resync.run import Links
from sklad.settings import Settings


def resync_links(settings: Settings) -> Links:
    """The WMS as role debezium, which owns the slot; ClickHouse as user etl."""
    return Links(
        wms_dsn=settings.wms_dsn("debezium", settings.wms_debezium_password),
        connect_url=settings.connect_url,
        kafka=settings.kafka_bootstrap_servers,
        clickhouse=partial(clickhouse.etl_client, settings),
    )
