"""SINK decides what stock_balances_queue is; switching makes it anew, starting again does not."""

from clickhouse_connect.driver.client import Client

from sklad.clickhouse import open_sink
from sklad.settings import Settings
from tests.integration.schema.conftest import rows

QUEUE = "SELECT engine, uuid FROM system.tables WHERE database = 'wms' AND name = 'stock_balances_queue'"
VIEW = "SELECT uuid, as_select FROM system.tables WHERE database = 'wms' AND name = 'stock_balances_queue_mv'"


def test_switching_there_and_back(migrated: Client, settings: Settings) -> None:
    with_connect = settings.model_copy(update={"sink": "connect"})
    assert rows(migrated, QUEUE)[0][0] == "Kafka"
    ((_, reads),) = rows(migrated, VIEW)

    open_sink(with_connect, "stock")

    assert rows(migrated, QUEUE)[0][0] == "Null"
    assert rows(migrated, VIEW)[0][1] == reads

    open_sink(settings, "stock")

    assert rows(migrated, QUEUE)[0][0] == "Kafka"
    assert rows(migrated, VIEW)[0][1] == reads


def test_a_start_without_a_switch_leaves_the_consumer_alone(migrated: Client, settings: Settings) -> None:
    before = rows(migrated, QUEUE), rows(migrated, VIEW)

    open_sink(settings, "stock")

    assert (rows(migrated, QUEUE), rows(migrated, VIEW)) == before


def test_a_queue_that_was_made_of_other_files_is_made_anew(migrated: Client, settings: Settings) -> None:
    migrated.command("ALTER TABLE stock_balances_queue_mv MODIFY COMMENT 'SINK=engine, files of yesterday'")
    before = rows(migrated, QUEUE)

    open_sink(settings, "stock")

    assert rows(migrated, QUEUE) != before


def test_a_switch_that_was_cut_off_is_completed(migrated: Client, settings: Settings) -> None:
    migrated.command("DROP TABLE stock_balances_queue_mv SYNC")

    open_sink(settings, "stock")

    assert rows(migrated, "SELECT engine FROM system.tables WHERE name = 'stock_balances_queue_mv'") == [
        ("MaterializedView",)
    ]
