"""A WMS that isn't ours (WMS_EXTERNAL=true): can it be captured and read? Nothing is changed in it."""

import psycopg

from sklad.errors import ServiceError
from sklad.settings import Settings

SECONDS = 10
OLDEST = 140000  # PostgreSQL 14, as server_version_num writes it
PUBLISHED = {"stock_balances", "wms_heartbeat"}
READ = ("regions", "warehouses", "products", "stock_balances")
_STEPS = 'README, "Your own WMS", has the steps.'


def check(settings: Settings) -> int:
    """Log in as both roles that Sklad uses, look at what they need; returns how many balances there are.

    Raises:
        ServiceError: all that is missing, each with its cure.
    """
    with _connect(settings, "debezium", settings.wms_debezium_password, "WMS_DEBEZIUM_PASSWORD") as wms:
        problems = _capture_problems(wms)
    with _connect(settings, "etl", settings.wms_etl_password, "WMS_ETL_PASSWORD") as wms:
        unreadable = [table for table in READ if not _may(wms, table, "SELECT")]
        if unreadable:
            problems.append(f"role etl can't read {', '.join(unreadable)}: missing, or without the right (0001, 0006).")
        if problems:
            listed = "\n".join(f"  - {problem}" for problem in problems)
            raise ServiceError(f"the WMS at {_place(settings)} is not ready to be captured:\n{listed}\n{_STEPS}")
        return int(wms.execute("SELECT count(*) FROM stock_balances").fetchall()[0][0])


def _connect(settings: Settings, role: str, password: str, key: str) -> psycopg.Connection:
    try:
        return psycopg.connect(settings.wms_dsn(role, password), connect_timeout=SECONDS, autocommit=True)
    except psycopg.OperationalError as error:
        raise ServiceError(
            f"the WMS at {_place(settings)} can't be entered as role {role}: {str(error).strip()}\n"
            f"Check WMS_HOST, WMS_PORT, WMS_DB and {key} in .env. {_STEPS}"
        ) from error


def _place(settings: Settings) -> str:
    return f"{settings.wms_host}:{settings.wms_port}/{settings.wms_db}"


def _capture_problems(wms: psycopg.Connection) -> list[str]:
    version, wal_level, replicates = wms.execute(
        "SELECT current_setting('server_version_num')::int, current_setting('wal_level'), rolreplication"
        " FROM pg_roles WHERE rolname = current_user"
    ).fetchall()[0]
    rows = wms.execute(
        "SELECT tablename FROM pg_publication_tables WHERE pubname = 'sklad_stock' AND schemaname = 'public'"
    ).fetchall()
    unpublished = sorted(PUBLISHED - {name for (name,) in rows})
    problems = []
    if version < OLDEST:
        problems.append(f"PostgreSQL {version // 10000} is too old: 14 is the oldest that Sklad captures.")
    if wal_level != "logical":
        problems.append(f"wal_level is {wal_level}: set wal_level = logical in its postgresql.conf and restart it.")
    if not replicates:
        problems.append("role debezium may not replicate: ALTER ROLE debezium REPLICATION (0005).")
    if unpublished:
        problems.append(f"publication sklad_stock lacks {', '.join(unpublished)} (0002, 0007).")
    if not _may(wms, "stock_balances", "SELECT"):
        problems.append("role debezium can't read stock_balances: missing, or without the right (0001, 0006).")
    if not _may(wms, "wms_heartbeat", "UPDATE"):
        problems.append("role debezium can't write wms_heartbeat: missing, or without the right (0002, 0006).")
    return problems


def _may(wms: psycopg.Connection, table: str, right: str) -> bool:
    """Whether the table is there and the role has the right; a table that isn't there gives NULL."""
    query = "SELECT coalesce(has_table_privilege(to_regclass(%s), %s), false)"
    try:
        return bool(wms.execute(query, [f"public.{table}", right]).fetchall()[0][0])
    except psycopg.errors.InsufficientPrivilege:  # not even the schema may be looked into
        return False
