"""What the stock DAGs connect to. `sklad` must be on the Python path; tasks import it: parsing must stay quick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk.bases.hook import BaseHook

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

    from sklad.resync.run import Links as ResyncLinks
    from sklad.verify.run import Links as VerifyLinks


def clickhouse() -> Client:
    """ClickHouse as user etl."""
    from airflow.providers.clickhousedb.hooks.clickhouse import ClickHouseHook  # noqa: PLC0415

    return ClickHouseHook(clickhouse_conn_id="clickhouse_etl").get_client()


def for_verify() -> VerifyLinks:
    """What a comparison reads."""
    from sklad.verify.run import Links  # noqa: PLC0415

    return Links(wms_dsn=_wms("wms_etl"), kafka=_address("kafka"), clickhouse=clickhouse)


def for_resync() -> ResyncLinks:
    """What takes part in loading the table anew."""
    from sklad.resync.run import Links  # noqa: PLC0415

    return Links(
        wms_dsn=_wms("wms_debezium"),
        connect_url=f"http://{_address('kafka_connect')}",
        kafka=_address("kafka"),
        clickhouse=clickhouse,
    )


def _wms(connection_id: str) -> str:
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415

    found = BaseHook.get_connection(connection_id)
    return make_conninfo(
        host=found.host, port=found.port, user=found.login, password=found.password, dbname=found.schema
    )


def _address(connection_id: str) -> str:
    found = BaseHook.get_connection(connection_id)
    return f"{found.host}:{found.port}"
