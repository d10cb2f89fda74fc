"""PRODUCTS decides what there is: of a product that is left out, no topics and no tables."""

from clickhouse_connect.driver.client import Client
from confluent_kafka.admin import AdminClient

from sklad import jobs
from sklad.settings import Settings
from tests.integration.clickhouse import ClickHouse
from tests.integration.web.conftest import no_topics


def test_a_product_is_there_when_it_is_selected_and_not_before(
    broker: Settings, schema: Settings, clickhouse: ClickHouse, admin: Client
) -> None:
    admin.command("DROP DATABASE analytics SYNC")
    no_topics(broker.kafka_bootstrap_servers)
    settings = schema.model_copy(update={"kafka_port": broker.kafka_port, "sink": "engine"})

    def apply(products: str) -> tuple[set[str], set[str]]:
        """Products' topics, by what they end in, and databases."""
        selected = settings.model_copy(update={"products": products})
        jobs.create_topics(selected)
        jobs.migrate(selected)
        topics = AdminClient({"bootstrap.servers": broker.kafka_bootstrap_servers}).list_topics(timeout=30).topics
        with clickhouse.connect("admin", database="default") as client:
            databases = client.query("SELECT DISTINCT database FROM system.tables").result_rows
        return set(topics) - {"__consumer_offsets"}, {name for (name,) in databases} & {"wms", "analytics"}

    stock_topics = {"wms.public.stock_balances", "wms.public.wms_heartbeat", "__debezium-heartbeat.wms"}
    try:
        assert apply("stock") == (stock_topics, {"wms"})
        topics, databases = apply("stock,web")
        feeds = {"browser_events", "device_events", "geo_events", "location_events"}
        assert (topics, databases) == (stock_topics | feeds, {"wms", "analytics"})
        # Once more: nothing to do.
        selected = settings.model_copy(update={"products": "stock,web"})
        assert (jobs.create_topics(selected), jobs.migrate(selected)) == ("", "")
    finally:
        clickhouse.create_tables([])
