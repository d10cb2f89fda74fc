"""The two PostgreSQL clusters: started, and what is in them. Safe to repeat; passwords of today apply."""

from functools import partial

import psycopg
from psycopg import sql

from sklad.embedded import postgres
from sklad.embedded.children import call
from sklad.embedded.supervision import Supervisor
from sklad.settings import ROOT, Settings

# All that wms/on_start.sh reads of the settings.
_WMS_KEYS = (
    "WMS_USER",
    "WMS_PASSWORD",
    "WMS_DEBEZIUM_PASSWORD",
    "WMS_ETL_PASSWORD",
    "WMS_APP_PASSWORD",
    "WMS_CSV_DIR",
)


def start(settings: Settings, cluster: str, seconds: float) -> None:
    """Start a cluster, if it is down, and wait until it accepts connections."""
    supervisor = Supervisor(settings)
    supervisor.start(cluster)
    ready = partial(postgres.accepts_connections, settings, cluster)
    supervisor.wait_ready(cluster, ready, f"PostgreSQL cluster {cluster} accepts connections", seconds)


def prepare_wms(settings: Settings) -> int:
    """Tables and seed data (once), roles, rights, publication of the WMS; returns how many balances it has.

    Raises:
        ServiceError: on_start.sh failed; the message has what it said, such as the row of a CSV file.
    """
    environment = settings.as_environment()
    call(
        [f"{ROOT}/wms/on_start.sh"],
        postgres.administrator_environment(settings, "wms")
        | {key: environment[key] for key in _WMS_KEYS}
        | {"PGDATABASE": settings.wms_db},
    )
    with psycopg.connect(settings.wms_dsn("etl", settings.wms_etl_password)) as connection:
        return int(connection.execute("SELECT count(*) FROM stock_balances").fetchall()[0][0])


def prepare_metadata(settings: Settings) -> None:
    """The databases of Airflow and Superset, each with an owner of the same name, whom alone it lets in."""
    owners = {"airflow": settings.airflow_db_password, "superset": settings.superset_db_password}
    with postgres.administrator_connection(settings, "metadata") as connection:
        for owner, password in owners.items():
            _own_database(connection, owner, password)


def _own_database(connection: psycopg.Connection, owner: str, password: str) -> None:
    role = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [owner])
    verb = sql.SQL("ALTER ROLE {}" if role.rowcount else "CREATE ROLE {}")
    connection.execute(
        sql.SQL(" ").join([verb.format(sql.Identifier(owner)), sql.SQL("LOGIN PASSWORD {}").format(password)])
    )
    if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [owner]).rowcount:
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(owner), sql.Identifier(owner)))
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(owner)))
