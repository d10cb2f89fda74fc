"""The steps of `sklad restore`: checks that change nothing, then store after store, then the stream begins anew."""

from collections.abc import Callable
from pathlib import Path

from sklad import clickhouse as schema
from sklad import jobs, topics
from sklad.backup import clickhouse, fitness, folder, postgres
from sklad.backup.manifest import Manifest
from sklad.connect import SINK, SOURCE, ConnectClient
from sklad.embedded import databases
from sklad.embedded.layout import Layout
from sklad.embedded.supervision import Supervisor
from sklad.products import Product
from sklad.resync import slot
from sklad.resync.links import resync_links
from sklad.resync.run import resync
from sklad.settings import ROOT, Settings
from sklad.verify.tables import STOCK_BALANCES

# Whatever uses the databases that are replaced. A start brings them up again.
_USERS = ("live", "superset", "airflow-scheduler", "airflow-dag-processor", "airflow-apiserver")


def check(settings: Settings, backup: Path, *, replace: bool) -> Manifest:
    """Whether the backup is whole and can be restored here. Changes nothing.

    Raises:
        BackupError: it is damaged, not for this stack, without room, or the stack has a history and `replace` is false.
    """
    manifest = Manifest.read(backup)
    manifest.check(backup)
    fitness.refuse_unfit(manifest, settings)
    folder.require_space(Layout.of(settings).state, manifest.disk_bytes + manifest.bytes)
    if not replace:
        fitness.refuse_history(settings)
    return manifest


def restore(settings: Settings, backup: Path, manifest: Manifest, say: Callable[[str], None]) -> None:
    """Replace the stores of a running stack by those of a backup that was checked, and have the stream go on.

    Services that use the databases are stopped and stay so: a start follows. Cut off, it is run again.
    """
    has_stream, supervisor = fitness.has_stream(manifest), Supervisor(settings)
    if has_stream:
        _stop_stream(ConnectClient(settings.connect_url))
        say("stopped: the stream")
    for name in _USERS:
        supervisor.halt(name)
    say("stopped: whatever uses the databases")
    products = fitness.restored(manifest, settings)
    for product in products:
        _restore_product(settings, product, backup, manifest)
        say(f"ClickHouse, {product.database}")
    if manifest.wms_lsn is not None:
        slot.drop(settings.wms_dsn("debezium", settings.wms_debezium_password), STOCK_BALANCES.slot)
        if postgres.advance(settings, manifest.wms_lsn):
            say("the WMS's log goes on behind the position that the history has reached")
    for database in postgres.databases(settings):
        if database.file in manifest.files:
            postgres.restore(settings, database, backup)
            say(f"PostgreSQL, {database.name}")
    if manifest.wms_lsn is not None:
        databases.prepare_wms(settings)
    jobs.migrate(settings)
    for product in products:
        schema.open_sink(settings, product.name)
    if has_stream:
        resync(resync_links(settings), SOURCE, lambda line: say(f"resync: {line}"))


def _stop_stream(connect: ConnectClient) -> None:
    """Without offsets, and stopped: until a resync is through, no start lets the stream begin."""
    connect.park(SOURCE)
    connect.delete_offsets(SOURCE)
    connect.remove(SINK)


def _restore_product(settings: Settings, product: Product, backup: Path, manifest: Manifest) -> None:
    clickhouse.restore(settings, product, backup, f"{manifest.made_at:%F %T.%f}")
    # What Kafka holds is of the stack that was. A reader that is new, as after a switch of SINK, would still read it.
    topics.empty(settings.kafka_bootstrap_servers, ROOT / "kafka" / "topics" / f"{product.name}.json")
