"""The steps of `sklad backup`: all stores of a running stack into one folder, while it works."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

from sklad import products
from sklad.backup import clickhouse, fitness, folder, postgres
from sklad.backup.manifest import File, Manifest
from sklad.embedded.layout import Layout
from sklad.resync import slot
from sklad.settings import Settings


def backup(settings: Settings, target: Path, say: Callable[[str], None]) -> Path:
    """Write a backup into a new folder below `target`, and return that.

    ClickHouse first, the WMS after it: then a restored WMS lacks nothing that a restored history tells of.

    Args:
        settings: of a stack that runs.
        target: made if it is not there.
        say: gets a line for each store.

    Raises:
        BackupError: what it met; nothing of the backup stays.
        ServiceError: a resync is at work.
    """
    selected = products.selected(settings)
    of_clickhouse = clickhouse.size(settings, selected)
    disk_bytes = of_clickhouse + postgres.size(settings)
    folder.require_space(Layout.of(settings).state, of_clickhouse)
    folder.require_space(target, disk_bytes)
    with folder.new(target) as path:
        made_at = datetime.fromisoformat(clickhouse.now(settings)).replace(tzinfo=UTC)
        migrations = {product.name: clickhouse.migrations(settings, product) for product in selected}
        with _no_resync(settings):
            for product in selected:
                clickhouse.save(settings, product, path)
                say(f"ClickHouse, {product.database}")
        databases = postgres.databases(settings)
        wms_lsn = postgres.lsn(settings) if any(database.cluster == "wms" for database in databases) else None
        for database in databases:
            postgres.save(settings, database, path)
            say(f"PostgreSQL, {database.name}")
        manifest = Manifest(
            made_at=made_at,
            engines=fitness.engines(settings),
            migrations=migrations,
            wms_lsn=wms_lsn,
            disk_bytes=disk_bytes,
            files={file.name: File.of(file) for file in sorted(path.iterdir())},
        )
        manifest.write(path)
    say(f"{manifest.bytes / 2**20:,.1f} MB in {len(manifest.files)} files")
    return folder.finished(path)


def _no_resync(settings: Settings) -> AbstractContextManager[None]:
    """A resync replaces the state and closes the past behind it: half of that in a backup would be worth nothing."""
    if not settings.captures_wms:
        return nullcontext()
    return slot.alone(settings.wms_dsn("debezium", settings.wms_debezium_password))
