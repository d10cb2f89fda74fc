"""PostgreSQL's part: each database as a pg_dump in its custom format, restored beside the one it then replaces.

Roles, rights and passwords are not in it: a start gives those of today's `.env`.
"""

import subprocess
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from sklad.embedded import postgres
from sklad.embedded.children import run_child
from sklad.embedded.databases import start
from sklad.embedded.layout import Layout
from sklad.embedded.supervision import Supervisor
from sklad.errors import BackupError
from sklad.settings import Settings
from sklad.waiting import wait_until

SEGMENT_BYTES = 16 * 2**20  # of a cluster that initdb made without asking for others
START_SECONDS = 120
SWAP_SECONDS = 30
_DROP = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")


@dataclass(frozen=True)
class Database:
    """One database: in which cluster, its name there, the role that owns all in it, and the dump's name."""

    cluster: str
    name: str
    owner: str
    file: str


def databases(settings: Settings) -> list[Database]:
    """All that are ours: not a WMS of somebody else's, nor one that is not there."""
    metadata = [Database("metadata", name, name, f"{name}.dump") for name in ("airflow", "superset")]
    if settings.wms_external or not settings.captures_wms:
        return metadata
    return [Database("wms", settings.wms_db, settings.wms_user, "wms.dump"), *metadata]


def version(settings: Settings) -> str:
    """The clusters' version."""
    return str(_ask(settings, "metadata", "SHOW server_version"))


def size(settings: Settings) -> int:
    """Bytes that the databases have on disk: more than their dumps."""
    return sum(
        int(_ask(settings, database.cluster, "SELECT pg_database_size(%s)", database.name))
        for database in databases(settings)
    )


def lsn(settings: Settings) -> int:
    """Where the WMS's log stands."""
    return int(_ask(settings, "wms", "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"))


def save(settings: Settings, database: Database, folder: Path) -> None:
    """Dump a database, as one transaction sees it. Raises BackupError with pg_dump's words."""
    _run(settings, database.cluster, "pg_dump", "--format=custom", f"--file={folder / database.file}", database.name)


def restore(settings: Settings, database: Database, folder: Path) -> None:
    """Replace a database by a dump, in one step, once that is restored whole beside it.

    Connections to it are cut; whoever uses it should be stopped. Raises BackupError with pg_restore's words.
    """
    restored, replaced = f"{database.name}_restored", f"{database.name}_replaced"
    create = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0")
    with postgres.administrator_connection(settings, database.cluster) as administrator:
        for left_behind in (restored, replaced):
            administrator.execute(_DROP.format(sql.Identifier(left_behind)))
        administrator.execute(create.format(sql.Identifier(restored), sql.Identifier(database.owner)))
        _run(
            settings, database.cluster, "pg_restore", "--exit-on-error", "--single-transaction", "--no-owner",
            "--no-privileges", f"--role={database.owner}", f"--dbname={restored}", str(folder / database.file),
        )  # fmt: skip
        what = f"nobody uses the database {database.name}, so that it can be replaced"
        swap = partial(_swap, administrator, database.name, restored, replaced)
        wait_until(swap, what, SWAP_SECONDS, not_yet=(psycopg.errors.ObjectInUse,))
        administrator.execute(_DROP.format(sql.Identifier(replaced)))


def _swap(administrator: psycopg.Connection, name: str, restored: str, replaced: str) -> bool:
    administrator.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
    with administrator.transaction():
        for old, new in ((name, replaced), (restored, name)):
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            administrator.execute(rename.format(sql.Identifier(old), sql.Identifier(new)))
    return True


def advance(settings: Settings, beyond: int) -> bool:
    """Have the WMS's log go on behind a position that an earlier cluster of the same data has reached.

    Versions in ClickHouse are positions. A new cluster counts from the beginning: its changes would stand before those
    that are in the change log already. False: it stood behind it anyway.
    """
    if lsn(settings) >= beyond:
        return False
    timeline = str(_ask(settings, "wms", "SELECT pg_walfile_name(pg_current_wal_insert_lsn())"))[:8]
    segment = beyond // SEGMENT_BYTES + 1
    supervisor, layout = Supervisor(settings), Layout.of(settings)
    supervisor.halt("wms")
    try:
        done = run_child(
            [
                *postgres.as_ordinary_user(), str(layout.postgres_programs() / "pg_resetwal"),
                f"--next-wal-file={timeline}{segment >> 8:08X}{segment & 0xFF:08X}", str(layout.data("wms")),
            ]
        )  # fmt: skip
        _refuse(done, "pg_resetwal")
    finally:
        start(settings, "wms", START_SECONDS)
    return True


def _ask(settings: Settings, cluster: str, query: str, *parameters: object) -> Any:  # noqa: ANN401 - what is asked for
    with postgres.administrator_connection(settings, cluster) as administrator:
        return administrator.execute(query.encode(), parameters).fetchall()[0][0]


def _run(settings: Settings, cluster: str, program: str, *arguments: str) -> None:
    command = [str(Layout.postgres_programs() / program), *arguments]
    _refuse(run_child(command, postgres.administrator_environment(settings, cluster)), program)


def _refuse(done: subprocess.CompletedProcess[str], program: str) -> None:
    if done.returncode != 0:
        raise BackupError(f"{program} failed (exit code {done.returncode}):\n{done.stderr.strip()[-3000:]}")
