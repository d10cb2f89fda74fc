"""Prepare Airflow's metadata database: schema, roles, the administrator named by AIRFLOW_USER and AIRFLOW_PASSWORD, and
the pools that products declare in dags/<product>/pools.json, as `airflow pools import` reads them.

Run with Airflow's own Python before the services start, each time. One process does what three `airflow` commands do in
twenty seconds, and returns in a fraction of one when nothing has changed. Exit code 0: the database is ready.
"""

from __future__ import annotations

import json
import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg2
from werkzeug.security import check_password_hash

# An address that can receive nothing marks the accounts made here; people add others in the user interface.
EMAIL_DOMAIN = "sklad.invalid"


def installed_versions() -> str:
    """The versions whose schema the database must have, as they are noted on its version table."""
    return " ".join(f"{name} {version(name)}" for name in ("apache-airflow-core", "apache-airflow-providers-fab"))


def connect() -> psycopg2.extensions.connection:
    """Open the metadata database, without Airflow, which takes seconds to import."""
    url = os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    return psycopg2.connect(url.replace("postgresql+psycopg2://", "postgresql://", 1))


def declared_pools() -> dict[str, dict[str, Any]]:
    """The pools of all products, those left out too: a pool that nobody uses costs nothing."""
    files = Path(os.environ["AIRFLOW__CORE__DAGS_FOLDER"]).glob("*/pools.json")
    return {name: pool for file in files for name, pool in json.loads(file.read_text(encoding="utf-8")).items()}


def is_ready(user: str, password: str) -> bool:
    """Whether schema, administrator and pools are already as they should be."""
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT obj_description(to_regclass('alembic_version'))")
        if cursor.fetchone() != (installed_versions(),):
            return False
        cursor.execute(
            "SELECT username, password FROM ab_user WHERE active AND (username = %s OR email LIKE %s)",
            (user, f"%@{EMAIL_DOMAIN}"),
        )
        accounts = cursor.fetchall()
        cursor.execute("SELECT pool, slots FROM slot_pool")
        slots = dict(cursor.fetchall())
    if any(slots.get(name) != pool["slots"] for name, pool in declared_pools().items()):
        return False
    return [name for name, _ in accounts] == [user] and check_password_hash(accounts[0][1], password)


def migrate() -> None:
    """Create or upgrade the schema, then note on it which versions it belongs to."""
    from airflow.utils.db import initdb  # noqa: PLC0415 - seconds, and seldom needed

    initdb()
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("COMMENT ON TABLE alembic_version IS %s", (installed_versions(),))


def ensure_administrator(user: str, password: str) -> None:
    """Synchronise roles, make `user` an administrator with `password`, deactivate those made under an earlier name."""
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder  # noqa: PLC0415

    with get_application_builder() as builder:
        security = builder.sm
        builder.add_permissions(update_perms=True)
        security.sync_roles()
        admin = security.find_role("Admin")
        account = security.find_user(username=user)
        if account is None:
            security.add_user(user, user, "(.env)", f"{user}@{EMAIL_DOMAIN}", admin, password)
        else:
            account.active = True
            account.roles = [admin]
            security.reset_password(account.id, password)
        for other in security.get_all_users():
            if other.username != user and other.email.endswith(f"@{EMAIL_DOMAIN}") and other.active:
                other.active = False
                security.update_user(other)


def ensure_pools() -> None:
    """Make the declared pools, or give them back their number of slots."""
    from airflow.models.pool import Pool  # noqa: PLC0415

    for name, pool in declared_pools().items():
        Pool.create_or_update_pool(name, pool["slots"], pool["description"], pool["include_deferred"])


def main() -> int:
    """Bring the database to the wanted state; safe to run at any time, by one process at a time."""
    user, password = os.environ["AIRFLOW_USER"], os.environ["AIRFLOW_PASSWORD"]
    if is_ready(user, password):
        return 0
    migrate()
    ensure_administrator(user, password)
    ensure_pools()
    if not is_ready(user, password):
        print(
            "Airflow's metadata database is not as bootstrap.py left it. Does another one run at once?", file=sys.stderr
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
