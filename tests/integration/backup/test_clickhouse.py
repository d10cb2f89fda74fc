"""A product's database out of one engine and into another, both products, on real engines."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sklad import clickhouse as schema
from sklad import products
from sklad.backup import clickhouse
from sklad.errors import BackupError
from sklad.settings import Settings, load_settings
from tests.integration.clickhouse import ClickHouse, running_clickhouse

LINKS = {
    "WMS_HOST": "127.0.0.1", "WMS_PORT": "1", "WMS_DB": "wms", "WMS_ETL_PASSWORD": "unused",
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
}  # fmt: skip
COLUMNS = "(kind, op, warehouse_id, product_id, quantity, lsn, tx_id, committed_at)"
LONG_AGO = "2026-01-01 00:00:00.000000"


@contextmanager
def engine(state: Path) -> Iterator[tuple[ClickHouse, Settings]]:
    """A migrated engine with its data where the embedded runtime has them, below a state folder."""
    state.joinpath("data").mkdir(parents=True)
    server_folder = state / "server"
    server_folder.mkdir()
    (state / "data" / "clickhouse").symlink_to(server_folder / "data")
    with running_clickhouse(server_folder, LINKS) as server:
        settings = load_settings().model_copy(
            update={
                "products": "stock,web",
                "state_dir": state,
                "clickhouse_host": "127.0.0.1",
                "clickhouse_port": server.port,
                "clickhouse_password": "admin-secret",
                "clickhouse_etl_password": "etl-secret",
            }
        )
        for product in products.selected(settings):
            schema.migrate(settings, product.name)
            schema.open_sink(settings, product.name)
        yield server, settings


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ClickHouse, Settings]]:
    """Balances, their log, and staged events."""
    with engine(tmp_path_factory.mktemp("source")) as (server, settings):
        with server.connect("admin") as client:
            client.command(
                f"INSERT INTO stock_balances_inbox {COLUMNS}"
                " SELECT 'change', 'c', 1, number, 5, 8 * number, 1, now() FROM numbers(1, 1000)"
            )
            client.command(
                "INSERT INTO analytics.events_geo_raw (kafka_offset, queued_at)"
                " SELECT number, now64(3) FROM numbers(10)"
            )
        yield server, settings


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ClickHouse, Settings]]:
    with engine(tmp_path_factory.mktemp("target")) as running:
        yield running


@pytest.fixture(scope="module")
def saved(source: tuple[ClickHouse, Settings], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("backup")
    for product in products.selected(source[1]):
        clickhouse.save(source[1], product, folder)
    return folder


def tables(server: ClickHouse, database: str) -> set[tuple[str, str]]:
    with server.connect("admin") as client:
        query = "SELECT name, engine FROM system.tables WHERE database = {database:String} AND name NOT LIKE '.tmp%'"
        return {(name, kind) for name, kind in client.query(query, parameters={"database": database}).result_rows}


def changes(settings: Settings) -> list[int]:
    return [clickhouse.changes(settings, product) for product in products.selected(settings)]


def test_a_new_engine_has_no_history(target: tuple[ClickHouse, Settings]) -> None:
    assert changes(target[1]) == [0, 0]


def test_what_was_saved_is_brought_back(
    source: tuple[ClickHouse, Settings], target: tuple[ClickHouse, Settings], saved: Path
) -> None:
    assert sorted(file.name for file in saved.iterdir()) == ["analytics.tar", "wms.stock_balances.tar", "wms.tar"]
    server, settings = target
    with server.connect("admin") as client:
        client.command("INSERT INTO stock_balances (warehouse_id, product_id, version) VALUES (9, 9, 9)")
    for product in products.selected(settings):
        clickhouse.restore(settings, product, saved, LONG_AGO)
    assert changes(settings) == changes(source[1]) == [1000, 10]
    with server.connect("bi") as client:
        assert client.query("SELECT count(), sum(quantity) FROM stock_balances_v").result_rows == [(1000, 5000)]
    assert not list((settings.state_dir / "data" / "clickhouse" / "backups").iterdir()), "something was left behind"


def test_only_the_way_in_is_left_out_and_a_start_makes_it(
    source: tuple[ClickHouse, Settings], target: tuple[ClickHouse, Settings], saved: Path
) -> None:
    server, settings = target
    stock, web = products.selected(settings)
    for product in (stock, web):
        clickhouse.restore(settings, product, saved, LONG_AGO)
        assert clickhouse.migrations(settings, product) == clickhouse.migrations(source[1], product)
    missing = tables(source[0], "wms") - tables(server, "wms")
    assert {name for name, _ in missing} == {"stock_balances_queue", "stock_balances_queue_mv"}
    for product in (stock, web):
        assert schema.migrate(settings, product.name) == 0
        schema.open_sink(settings, product.name)
        assert tables(server, product.database) == tables(source[0], product.database)


def test_what_arrives_later_goes_through_restored_views(target: tuple[ClickHouse, Settings], saved: Path) -> None:
    server, settings = target
    clickhouse.restore(settings, products.product("stock"), saved, LONG_AGO)
    with server.connect("admin") as client:
        client.command(
            f"INSERT INTO stock_balances_inbox {COLUMNS} VALUES ('change', 'u', 1, 7, 123, 100000, 2, now())"
        )
        query = "SELECT quantity FROM stock_balances_v WHERE product_id = 7"
        assert client.query(query).result_rows == [(123,)]


def test_a_file_that_the_engine_cannot_read_is_said(
    target: tuple[ClickHouse, Settings], saved: Path, tmp_path: Path
) -> None:
    for file in saved.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes()[:2000])
    with pytest.raises(BackupError, match="ClickHouse could not do this: RESTORE TABLE"):
        clickhouse.restore(target[1], products.product("stock"), tmp_path, LONG_AGO)


def test_what_a_killed_backup_left_in_the_engines_folder_goes(
    source: tuple[ClickHouse, Settings], tmp_path: Path
) -> None:
    _, settings = source
    left_behind = settings.state_dir / "data" / "clickhouse" / "backups" / "sklad-exchange"
    left_behind.mkdir(parents=True)
    (left_behind / "wms.tar").write_text("half of it")
    clickhouse.save(settings, products.product("stock"), tmp_path)
    assert not left_behind.exists()
    assert (tmp_path / "wms.tar").stat().st_size > 10_000
