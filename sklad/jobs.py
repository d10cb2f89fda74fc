"""What brings running services to the state that the files declare.

`make up` runs these as steps, containers as one-shot jobs. Each may be run again at any time: it adds what is missing,
and says in a few words what it did or found.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path

from clickhouse_connect.driver.client import Client

from sklad import clickhouse, external_wms, freshness, plugins, preflight, products, topics
from sklad.airflow.client import AirflowClient
from sklad.connect import SINK, SOURCE, ConnectClient
from sklad.errors import ServiceError
from sklad.resync import slot
from sklad.resync.links import resync_links
from sklad.resync.run import resync
from sklad.settings import ROOT, Settings
from sklad.superset.access import apply_access, read_access
from sklad.superset.assets import import_assets
from sklad.superset.bundle import build_bundle
from sklad.superset.client import administrator
from sklad.verify.tables import STOCK_BALANCES

DAG_SECONDS = 300


def check_source(settings: Settings) -> str:
    """Whether a WMS that is not the demo's can be captured."""
    if not settings.wms_external:
        return "the demo's"
    balances = external_wms.check(settings)
    return f"external, {settings.wms_host}:{settings.wms_port}, {balances:,} balances"


def create_topics(settings: Settings) -> str:
    """Create the declared Kafka topics that are missing."""
    created = sum(
        topics.apply(settings.kafka_bootstrap_servers, ROOT / "kafka" / "topics" / f"{product.name}.json")
        for product in products.selected(settings)
    )
    return f"{created} topics created" if created else ""


def migrate(settings: Settings) -> str:
    """Run ClickHouse's new migrations, apply its policies and views again."""
    ran = sum(clickhouse.migrate(settings, product.name) for product in products.selected(settings))
    return f"{ran} migrations" if ran else ""


def connectors(settings: Settings) -> list[Path]:
    """The connectors that these settings ask for."""
    return [SOURCE, SINK] if settings.sink == "connect" else [SOURCE]


def register_connectors(settings: Settings) -> str:
    """Have Kafka Connect run the declared connectors, and changes come into ClickHouse the way that SINK names."""
    client = ConnectClient(settings.connect_url)
    wanted = connectors(settings)
    if SINK in wanted and not client.has_plugin(SINK):
        raise ServiceError(f"Kafka Connect lacks a plugin: {plugins.SINK_IS_MISSING}")
    done = [f"SINK={settings.sink}"] if settings.sink != "ingest" else []
    with ThreadPoolExecutor(1) as aside:  # the balances can be read meanwhile
        opening = aside.submit(copy_context().run, _open_sinks, settings, client)
        if settings.load == "bulk" and _begins_anew(settings, client):
            load = resync(resync_links(settings), SOURCE, say=lambda _: None)
            done.append(f"{load.rows:,} balances read in {load.seconds:.1f} s")
        opening.result()
    for definition in wanted:
        client.apply(definition)
    return ", ".join(done)


def _open_sinks(settings: Settings, client: ConnectClient) -> None:
    if SINK not in connectors(settings):
        # First: it must not write into the table once that is ClickHouse's consumer. Its group's offsets stay.
        client.remove(SINK)
    for product in products.selected(settings):
        clickhouse.open_sink(settings, product.name)


def _begins_anew(settings: Settings, client: ConnectClient) -> bool:
    """Whether there is nothing that the stream could go on from: LOAD is about the first rows only."""
    dsn = settings.wms_dsn("debezium", settings.wms_debezium_password)
    if not client.exists(SOURCE) and not slot.exists(dsn, STOCK_BALANCES.slot):
        return True
    return client.begins_anew(SOURCE)


def watch_connectors(settings: Settings) -> None:
    """Raise ServiceError, with the cause, once a declared connector has failed."""
    client = ConnectClient(settings.connect_url)
    for definition in connectors(settings):
        client.watch(definition)


def import_dashboards(settings: Settings) -> str:
    """Bring Superset's assets, and who may see them, to what superset/ declares."""
    bundle = build_bundle(settings.clickhouse_host, settings.clickhouse_port, products=settings.product_names)
    with administrator(settings) as client:
        imported = import_assets(client, bundle, settings.clickhouse_bi_password)
        access = apply_access(
            client,
            read_access(),
            settings.product_names,
            public=settings.superset_public,
            embed_origins=settings.superset_embed_origins.split(),
        )
    return f"{imported}; {access}"


def load_reference_data(settings: Settings) -> str:
    """Load the reference tables for the first time, by the DAG that does it daily."""
    with clickhouse.admin_client(settings) as client:
        if loaded := _products(client):
            return f"{loaded:,} products from the last load"
    airflow_client = AirflowClient(settings.airflow_url, settings.airflow_user, settings.airflow_password)
    airflow_client.run_dag("wms_reference_daily", seconds=DAG_SECONDS)
    with clickhouse.admin_client(settings) as client:
        return f"{_products(client):,} products"


def await_snapshot(settings: Settings) -> str:
    """Wait until the first snapshot of the WMS stands in ClickHouse."""
    return freshness.wait_for_snapshot(settings, lambda: watch_connectors(settings))


def check_arrival(settings: Settings) -> str:
    """Measure that a change which is made now arrives."""
    return f"commit to visible {freshness.measure(settings, lambda: watch_connectors(settings)):.2f} s"


# By the names that `sklad apply` knows.
JOBS: dict[str, Callable[[Settings], str]] = {
    "preflight": preflight.check,
    "source": check_source,
    "topics": create_topics,
    "schema": migrate,
    "connectors": register_connectors,
    "dashboards": import_dashboards,
    "reference-data": load_reference_data,
    "snapshot": await_snapshot,
    "arrival": check_arrival,
}

# What is about the WMS.
OF_WMS = ("source", "connectors", "reference-data", "snapshot", "arrival")


def has_work(name: str, settings: Settings) -> bool:
    """Whether there is anything to do for a job: not for one of a product that PRODUCTS leaves out."""
    return name not in OF_WMS or settings.captures_wms


def _products(client: Client) -> int:
    return int(client.query("SELECT count() FROM products").result_rows[0][0])
