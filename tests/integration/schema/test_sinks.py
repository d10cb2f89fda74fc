"""SINK decides what stock_balances_queue is; switching makes it anew, starting again does not."""

from clickhouse_connect.driver.client import Client

from sklad.clickhouse import open_sink
from sklad.settings import Settings
from tests.integration.schema.conftest import rows

QUEUE = "SELECT engine, uuid FROM system.tables WHERE database = 'wms' AND name = 'stock_balances_queue'"


def test_switching_there_and_back(migrated: Client, settings: Settings) -> None:
    with_connect = settings.model_copy(update={"sink": "connect"})
    assert rows(migrated, QUEUE)[0][0] == "Kafka"
    view = rows(migrated, "SHOW CREATE TABLE stock_balances_queue_mv")

    open_sink(with_connect, "stock")

    assert rows(migrated, QUEUE)[0][0] == "Null"
    assert rows(migrated, "SHOW CREATE TABLE stock_balances_queue_mv") == view

    open_sink(settings, "stock")

    assert rows(migrated, QUEUE)[0][0] == "Kafka"
    assert rows(migrated, "SHOW CREATE TABLE stock_balances_queue_mv") == view


def test_a_start_without_a_switch_leaves_the_consumer_alone(migrated: Client, settings: Settings) -> None:
    before = rows(migrated, QUEUE)

    open_sink(settings, "stock")

    assert rows(migrated, QUEUE) == before


def test_a_switch_that_was_cut_off_is_completed(migrated: Client, settings: Settings) -> None:
    migrated.command("DROP TABLE stock_balances_queue_mv SYNC")

    open_sink(settings, "stock")

    assert rows(migrated, "SELECT engine FROM system.tables WHERE name = 'stock_balances_queue_mv'") == [
        ("MaterializedView",)
    ]
