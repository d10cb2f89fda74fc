"""What the stock DAGs connect to. `sklad` must be on the Python path; tasks import it: parsing must stay quick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk.bases.hook import BaseHook
from shared import connections

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

    from sklad.resync.run import Links as ResyncLinks
    from sklad.verify.run import Links as VerifyLinks


def clickhouse() -> Client:
    """ClickHouse as user etl."""
    return connections.clickhouse("clickhouse_etl")


def for_verify() -> VerifyLinks:
    """What a comparison reads."""
    from sklad.verify.run import Links  # noqa: PLC0415

    return Links(wms_dsn=_wms("wms_etl"), kafka=connections.address("kafka"), clickhouse=clickhouse)


def for_resync() -> ResyncLinks:
    """What takes part in loading the table anew."""
    from sklad.resync.run import Links  # noqa: PLC0415

    return Links(
        wms_dsn=_wms("wms_debezium"),
        connect_url=f"http://{connections.address('kafka_connect')}",
        kafka=connections.address("kafka"),
        clickhouse=clickhouse,
    )


def _wms(connection_id: str) -> str:
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415

    found = BaseHook.get_connection(connection_id)
    return make_conninfo(
        host=found.host, port=found.port, user=found.login, password=found.password, dbname=found.schema
    )
