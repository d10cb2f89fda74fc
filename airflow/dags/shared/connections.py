"""What DAGs of all products connect to, by Airflow's connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk.bases.hook import BaseHook

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client


def clickhouse(connection_id: str) -> Client:
    """ClickHouse as the user, and in the database, of a connection. Without a session, so that threads may share it."""
    # Imported here: parsing DAGs must stay quick.
    from airflow.providers.clickhousedb.hooks.clickhouse import ClickHouseHook  # noqa: PLC0415

    hook = ClickHouseHook(clickhouse_conn_id=connection_id, client_kwargs={"autogenerate_session_id": False})
    return hook.get_client()


def address(connection_id: str) -> str:
    """Host and port of a connection."""
    found = BaseHook.get_connection(connection_id)
    return f"{found.host}:{found.port}"
