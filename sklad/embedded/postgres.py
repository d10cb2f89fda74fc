"""PostgreSQL clusters of the embedded runtime: the WMS, and the metadata of Airflow and Superset.

Both use wms/postgresql.conf and wms/pg_hba.conf; what differs stands on the command line. Administration goes over a
Unix socket in a folder that only its owner can enter, everybody else over TCP with a password.
"""

import os
import shutil
import subprocess
from pathlib import Path

import psycopg

from sklad.embedded.layout import Layout
from sklad.embedded.service import Service
from sklad.errors import ServiceError
from sklad.settings import ROOT, Settings

SUPERUSER = "postgres"


def wms_database(settings: Settings) -> Service:
    return _cluster(
        settings,
        "wms",
        settings.wms_port,
        f"max_slot_wal_keep_size={settings.wms_max_slot_wal_keep_mb}MB",
    )


def metadata_database(settings: Settings) -> Service:
    # Nothing is captured here, and a lost second of Airflow's history after a power cut is no loss: less work at idle.
    return _cluster(
        settings, "metadata", settings.metadata_port,
        "wal_level=replica", "max_wal_senders=2", "synchronous_commit=off", "max_connections=100",
    )  # fmt: skip


def socket_folder(layout: Layout, name: str) -> Path:
    """Where the cluster's administrative socket lies; short, since a socket's path may have 107 characters."""
    return layout.run / name


def administrator_connection(settings: Settings, name: str, database: str = "postgres") -> psycopg.Connection:
    """A connection of the cluster's superuser to one of its databases, each statement a transaction.

    Raises:
        psycopg.OperationalError: the cluster is down, or not through its start yet.
    """
    environment = administrator_environment(settings, name)
    return psycopg.connect(
        host=environment["PGHOST"],
        port=environment["PGPORT"],
        user=environment["PGUSER"],
        dbname=database,
        autocommit=True,
    )


def accepts_connections(settings: Settings, name: str) -> bool:
    """Whether the cluster is through its start: it listens earlier than it answers."""
    try:
        administrator_connection(settings, name).close()
    except psycopg.OperationalError:
        return False
    return True


def administrator_environment(settings: Settings, name: str) -> dict[str, str]:
    """libpq's variables for the cluster's superuser, over the private socket."""
    port = settings.wms_port if name == "wms" else settings.metadata_port
    layout = Layout.of(settings)
    return {
        "PATH": f"{layout.postgres_programs()}:{os.environ['PATH']}",
        "PGHOST": str(socket_folder(layout, name)),
        "PGPORT": str(port),
        "PGUSER": SUPERUSER,
        "PGDATABASE": "postgres",
    }


def as_ordinary_user() -> tuple[str, ...]:
    """How PostgreSQL's own programs are begun: they refuse to run as root.

    In a user namespace they see an ordinary user, and files keep their owner.
    """
    if os.geteuid() != 0:
        return ()
    prefix = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
    if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode != 0:
        raise ServiceError(
            "PostgreSQL refuses to run as root, and this machine does not let root enter a user namespace. "
            "Run make as an ordinary user who owns the project's folder."
        )
    return prefix


def _cluster(settings: Settings, name: str, port: int, *configuration: str) -> Service:
    layout = Layout.of(settings)
    data = layout.data(name)
    socket = socket_folder(layout, name)
    options = (
        f"config_file={ROOT}/wms/postgresql.conf",
        f"hba_file={ROOT}/wms/pg_hba.conf",
        f"listen_addresses={settings.bind_address}",
        f"port={port}",
        f"unix_socket_directories={socket}",
        *configuration,
    )
    arguments = [argument for option in options for argument in ("-c", option)]

    def prepare() -> None:
        socket.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (data / "PG_VERSION").exists():
            _create(layout, data)

    return Service(
        name=name,
        command=(*as_ordinary_user(), str(layout.postgres_programs() / "postgres"), "-D", str(data), *arguments),
        prepare=prepare,
    )


def _create(layout: Layout, data: Path) -> None:
    """initdb beside the final place, then rename: a start that is killed leaves nothing that looks finished."""
    unfinished = data.with_name(data.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    command = [
        *as_ordinary_user(), str(layout.postgres_programs() / "initdb"), "-D", str(unfinished),
        "--username", SUPERUSER, "--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256", "--auth-local=trust",
        "--no-sync", "--no-instructions",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ServiceError(f"PostgreSQL could not create a cluster in {data}:\n{done.stderr.strip()}")
    unfinished.rename(data)
