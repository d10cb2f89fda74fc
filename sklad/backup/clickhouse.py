"""ClickHouse's part: a product's database as the engine's own BACKUP, which it writes below its data folder.

The tables that messages come in through are left out: with them a restored engine would begin to read Kafka at once. A
start makes them, last of all.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from sklad import clickhouse
from sklad.embedded.layout import Layout
from sklad.errors import BackupError
from sklad.products import Product
from sklad.settings import ROOT, Settings

# Of all that this module writes below the engine's folder `backups`: what a killed command left there is removed.
_PREFIX = "sklad-"
_BYTES_A_SECOND = 5_000_000  # of a crowded disk; a deadline, not an expectation
_SECONDS = 300


def size(settings: Settings, products: list[Product]) -> int:
    """Bytes that the products' databases have on disk."""
    with _client(settings) as client:
        query = "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database IN {databases:Array(String)}"
        databases = [product.database for product in products]
        return int(client.query(query, parameters={"databases": databases}).result_rows[0][0])


def version(settings: Settings) -> str:
    """The engine's version."""
    with _client(settings) as client:
        return str(client.command("SELECT version()"))


def migrations(settings: Settings, product: Product) -> dict[int, str]:
    """The MD5 of each migration that has run, by its number."""
    with clickhouse.admin_client(settings, product.database) as client:
        rows = client.query("SELECT version, md5 FROM schema_versions ORDER BY version").result_rows
        return {int(number): str(md5) for number, md5 in rows}


def changes(settings: Settings, product: Product) -> int:
    """How much history the product has: what a restore would overwrite."""
    with clickhouse.admin_client(settings, product.database) as client:
        return int(client.query((_folder(product) / "history.sql").read_text()).result_rows[0][0])


def save(settings: Settings, product: Product, folder: Path) -> None:
    """Write the product's database into `folder`: `<database>.tar`, and a file for each table that goes first."""
    first, database = product.backed_up_first, product.database
    left_out = [*first, *clickhouse.sink_tables(product.name)]
    seconds = _SECONDS + size(settings, [product]) / _BYTES_A_SECOND
    with _exchange(settings) as (place, path), _client(settings, seconds) as client:
        for table in first:
            _run(client, f"BACKUP TABLE {database}.{table} TO File('{place}/{database}.{table}.tar')")
        names = ", ".join(f"{database}.{table}" for table in left_out)
        exceptions = f" EXCEPT TABLES {names}" if names else ""
        _run(client, f"BACKUP DATABASE {database}{exceptions} TO File('{place}/{database}.tar')")
        for file in sorted(path.iterdir()):
            shutil.move(file, folder / file.name)


def restore(settings: Settings, product: Product, folder: Path, saved_at: str) -> None:
    """Put the product's database, as `save` wrote it, in the place of the one that is there.

    Args:
        saved_at: when saving began, as ClickHouse writes a DateTime64(6).
    """
    database = product.database
    files = [*(f"{database}.{table}.tar" for table in product.backed_up_first), f"{database}.tar"]
    seconds = _SECONDS + sum((folder / name).stat().st_size for name in files) / _BYTES_A_SECOND
    with _exchange(settings) as (place, path), _client(settings, seconds) as client:
        for name in files:
            shutil.copyfile(folder / name, path / name)
        client.command(f"DROP DATABASE IF EXISTS {database} SYNC")
        client.command(f"CREATE DATABASE {database}")
        for table in product.backed_up_first:
            _run(client, f"RESTORE TABLE {database}.{table} FROM File('{place}/{database}.{table}.tar')")
        _run(client, f"RESTORE DATABASE {database} FROM File('{place}/{database}.tar')")
    if (after := _folder(product) / "after.sql").exists():
        with clickhouse.admin_client(settings, database) as client:
            client.command(after.read_text(), parameters={"saved_at": saved_at})


def now(settings: Settings) -> str:
    """ClickHouse's clock."""
    with _client(settings) as client:
        return str(client.command("SELECT toString(now64(6, 'UTC'))"))


def _run(client: Client, statement: str) -> None:
    # Not ASYNC: the in-process engine goes on under that query's id, and refuses what comes next on the connection.
    try:
        client.command(statement)
    except DatabaseError as error:
        raise BackupError(f"ClickHouse could not do this: {statement}\n{error}") from error


@contextmanager
def _exchange(settings: Settings) -> Iterator[tuple[str, Path]]:
    """A folder below the engine's own that both it and we read and write: its name for the engine, its path for us."""
    backups = Layout.of(settings).data("clickhouse") / "backups"
    for left_behind in backups.glob(f"{_PREFIX}*"):
        shutil.rmtree(left_behind)
    path = backups / f"{_PREFIX}exchange"
    path.mkdir(mode=0o700, parents=True)
    try:
        yield path.name, path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _client(settings: Settings, seconds: float = _SECONDS) -> Client:
    """Of a database that is there whatever becomes of the products'."""
    return clickhouse.admin_client(settings, "system", seconds)


def _folder(product: Product) -> Path:
    return ROOT / "clickhouse" / product.name / "restore"
