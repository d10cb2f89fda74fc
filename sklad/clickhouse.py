"""ClickHouse: clients, and bringing its schema to the state that clickhouse/<product>/ declares."""

import hashlib
import logging
import re
import string
from collections.abc import Iterator
from contextlib import contextmanager
from graphlib import TopologicalSorter
from pathlib import Path
from tempfile import TemporaryDirectory

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, OperationalError
from clickhouse_migrations.exceptions import MigrationException

from sklad import products, sharding
from sklad.errors import ServiceError
from sklad.migrations import Repeatable
from sklad.settings import ROOT, Settings

DATABASE = "wms"  # the stock product's, which commands ask most
# By SINK, which folder of clickhouse/<product>/sinks has the tables that messages come in through.
_QUEUES_OF = {"engine": "engine", "connect": "inserts", "ingest": "inserts"}
# On a cluster, where clickhouse-migrations notes what has run: whole on every server.
BOOKKEEPING = "ReplicatedMergeTree('/clickhouse/tables/{uuid}/all', '{shard}-{replica}')"

_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)
_WORD = re.compile(r"\w+")

# What it would warn of reaches us as an exception, and becomes one message.
logging.getLogger("clickhouse_connect").setLevel(logging.ERROR)


def admin_client(settings: Settings, database: str = DATABASE, seconds: float = 300) -> Client:
    """A client with the administrator's rights, on the stock database by default. Not to be shared between threads.

    Its statements may take so many seconds.
    """
    return _client(settings, "admin", settings.clickhouse_password, database, seconds)


def etl_client(settings: Settings) -> Client:
    """A client that may read and load the stock database. Threads may share it for commands, not for answers."""
    return _client(settings, "etl", settings.clickhouse_etl_password, DATABASE)


def _client(settings: Settings, user: str, password: str, database: str, seconds: float = 300) -> Client:
    return clickhouse_connect.get_client(
        host=settings.clickhouse_host,
        port=settings.clickhouse_port,
        username=user,
        password=password,
        database=database,
        send_receive_timeout=seconds,
        # Each query gets a connection of its own rather than wait for the one before it in a session.
        autogenerate_session_id=False,
    )


def migrate(settings: Settings, product: str) -> int:
    """Run the product's new migrations, then apply its policies and views again; returns how many migrations ran.

    Raises:
        ServiceError: a statement failed; the message names its file. Migrations before it stay and are not run again.
        OperationalError: ClickHouse can't be reached.
    """
    folder, database = ROOT / "clickhouse" / product, products.product(product).database
    cluster = Repeatable(
        db_host=settings.clickhouse_host,
        db_port=str(settings.clickhouse_port),
        db_user="admin",
        db_password=settings.clickhouse_password,
        driver="clickhouse-connect",
        migrations_table_engine=BOOKKEEPING if settings.clickhouse_cluster else None,
    )
    try:
        with _migrations(folder, settings) as files:
            new = cluster.migrate(database, files, migration_log_format="compact")
    except OperationalError:
        raise  # ClickHouse went away: no fault of a migration
    except (ClickHouseError, MigrationException) as error:
        raise ServiceError(
            f"the migrations in {folder.relative_to(ROOT)}/migrations can't be applied: {error}\n"
            "One that failed is tried again at the next start. One that ran must stay as it was: put the file back and "
            "write a new one (on a machine with demo data only, `make reset` starts afresh)."
        ) from error
    with admin_client(settings, database) as client:
        for file in (*sorted((folder / "policies").glob("*.sql")), *views_in_order(folder / "views")):
            _apply(client, file, settings)
    return len(new)


def views_in_order(folder: Path) -> list[Path]:
    """The folder's views, each file named like its view: those that another reads before it."""
    files = {file.stem: file for file in sorted(folder.glob("*.sql"))}
    read = {name: set(_WORD.findall(_COMMENT.sub("", file.read_text()))) & files.keys() for name, file in files.items()}
    return [files[name] for name in TopologicalSorter({name: read[name] - {name} for name in files}).static_order()]


@contextmanager
def _migrations(folder: Path, settings: Settings) -> Iterator[Path]:
    """The product's migrations as they run here."""
    if not settings.clickhouse_cluster:
        yield folder / "migrations"
        return
    with TemporaryDirectory() as temporary:
        target = Path(temporary) / "migrations"
        sharding.spread_folder(folder / "migrations", target, settings.clickhouse_cluster, sharding.keys_of(folder))
        yield target


def sink_tables(product: str) -> list[str]:
    """The tables that messages come in through, and the views behind them: all that `open_sink` may make."""
    return [name for queue in _queues(product) for name in (f"{queue}_mv", queue)]


def _queues(product: str) -> list[str]:
    return sorted({queue.stem for queue in (ROOT / "clickhouse" / product / "sinks").glob("*/*.sql")})


def open_sink(settings: Settings, product: str, *, anew: bool = False) -> None:
    """Have messages come in the way that SINK names: see clickhouse/<product>/sinks.

    What is so already stays, unless `anew`: a new consumer joins its group, and goes on where the group stands.

    Raises:
        ServiceError: a statement failed; the message names its file.
    """
    with admin_client(settings, products.product(product).database) as client:
        for queue in sorted((ROOT / "clickhouse" / product / "sinks" / _QUEUES_OF[settings.sink]).glob("*.sql")):
            _make_queue(client, queue, settings, anew=anew)


def queue_ids(settings: Settings, product: str) -> list[str]:
    """UUIDs of the tables that messages come in through, as they are at the moment."""
    query = (
        "SELECT toString(uuid) FROM system.tables"
        " WHERE database = currentDatabase() AND name IN {names:Array(String)} ORDER BY name"
    )
    with admin_client(settings, products.product(product).database) as client:
        return [row[0] for row in client.query(query, parameters={"names": _queues(product)}).result_rows]


def _make_queue(client: Client, file: Path, settings: Settings, *, anew: bool) -> None:
    """Have the table that messages come in through, and the view behind it, be what their files say.

    Joining a group again takes a consumer seconds, so what is so already stays. The view's comment tells: it is written
    last of all, so what was half made is not taken for made.
    """
    table, view = file.stem, f"{file.stem}_mv"
    view_file = file.parents[1] / f"{view}.sql"
    made_of = f"SINK={settings.sink}, files {_digest(file, view_file)}"
    found = client.query(
        "SELECT comment FROM system.tables WHERE database = currentDatabase() AND name = {view:String}"
        " AND EXISTS (SELECT 1 FROM system.tables WHERE database = currentDatabase() AND name = {table:String})",
        parameters={"view": view, "table": table},
    ).result_rows
    if found == [(made_of,)] and not anew:
        return
    # The view first: without it a consumer stops, with all that it read inserted and its offsets committed.
    for name in (view, table):
        client.command(f"DROP TABLE IF EXISTS {name} SYNC")
    _apply(client, file, settings)
    _apply(client, view_file, settings)
    client.command(f"ALTER TABLE {view} MODIFY COMMENT '{made_of}'")


def _digest(*files: Path) -> str:
    """The beginning of the SHA-256 of the files' contents."""
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def _apply(client: Client, file: Path, settings: Settings) -> None:
    """Run the one statement of a file; `${KEY}` in it stands for the setting of that name."""
    try:
        statement = string.Template(file.read_text()).substitute(settings.as_environment())
        if settings.clickhouse_cluster:
            keys = sharding.keys_of(file.parents[1])
            statement = sharding.spread(statement, settings.clickhouse_cluster, keys)
        client.command(statement)
    except ClickHouseError as error:
        raise ServiceError(f"{file.relative_to(ROOT)}: {error}") from error
    except KeyError as error:
        raise ServiceError(f"{file.relative_to(ROOT)} names {error}, which is no key of .env.") from error
