"""The daily load of reference data: what readers see after good loads, bad data, and loads that were cut off."""

import itertools
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from types import ModuleType
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from tests.integration.clickhouse import ClickHouse
from tests.integration.kills import after_each_command, die, dies
from tests.integration.postgres import Wms

TABLES = ("regions", "warehouses", "products")
HALF = 0.5


def run(load: ModuleType, etl: Client, run_id: str = "a run", max_shrink_share: float = HALF) -> None:
    staged = load.stage(etl)
    load.check(etl, max_shrink_share)
    load.publish(etl, staged, run_id)


def published(client: Client) -> dict[str, list[tuple[Any, ...]]]:
    return {table: list(client.query(f"SELECT * FROM {table} ORDER BY 1").result_rows) for table in TABLES}


def in_wms(wms: Wms) -> dict[str, list[tuple[Any, ...]]]:
    with wms.superuser() as connection:
        return {table: connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in TABLES}


def change(wms: Wms, *statements: str) -> None:
    with wms.superuser() as connection:
        for statement in statements:
            connection.execute(statement)


def test_a_load_shows_what_the_wms_has(load: ModuleType, wms: Wms, etl: Client) -> None:
    run(load, etl)

    assert published(etl) == in_wms(wms)
    assert {table: len(rows) for table, rows in published(etl).items()} == {
        "regions": 2,
        "warehouses": 4,
        "products": 50,
    }


@pytest.mark.usefixtures("wms")
def test_a_load_is_noted_with_its_rows(load: ModuleType, etl: Client) -> None:
    run(load, etl, run_id="manual__it's me")

    loads = etl.query(
        "SELECT run_id, table_name, rows, seconds >= 0 FROM reference_loads ORDER BY table_name"
    ).result_rows
    assert loads == [
        ("manual__it's me", "products", 50, True),
        ("manual__it's me", "regions", 2, True),
        ("manual__it's me", "warehouses", 4, True),
    ]


def test_the_next_load_shows_new_changed_and_deleted_rows(load: ModuleType, wms: Wms, etl: Client) -> None:
    run(load, etl)
    change(
        wms,
        "INSERT INTO regions VALUES (900, 'Новый регион')",
        "INSERT INTO warehouses VALUES (901, 'Новый склад', 900)",
        "UPDATE products SET product_name = 'Переименован' WHERE product_id = 1",
        "DELETE FROM products WHERE product_id = 2",
    )

    run(load, etl)

    assert published(etl) == in_wms(wms)


def test_readers_never_see_an_empty_table_while_loads_run(
    load: ModuleType, wms: Wms, etl: Client, clickhouse: ClickHouse
) -> None:
    run(load, etl)
    counts: set[tuple[int, ...]] = set()
    done = threading.Event()

    def read() -> None:
        with clickhouse.connect("bi") as reader:
            while not done.is_set():
                counts.add(tuple(reader.query(f"SELECT count() FROM {table}").result_rows[0][0] for table in TABLES))

    reading = threading.Thread(target=read)
    reading.start()
    for number in range(10):
        change(wms, f"UPDATE products SET product_name = 'Товар {number}' WHERE product_id = 1")
        run(load, etl)
    done.set()
    reading.join()

    assert counts == {(2, 4, 50)}


FAULTS = {
    "an empty table": ("DELETE FROM products", "products: the WMS returned no rows [tables_are_not_empty]"),
    "an empty source": (
        "TRUNCATE regions, warehouses, products CASCADE",
        "regions: the WMS returned no rows [tables_are_not_empty]",
    ),
    "most rows lost": (
        "DELETE FROM products WHERE product_id > 10",
        "products: 10 rows now, 50 published: a loss of more than 50 % (max_shrink_share) [tables_did_not_shrink]",
    ),
    "a key twice": (
        "INSERT INTO products VALUES (7, 'Двойник', 'A')",
        "products: key 7 occurs 2 times [keys_are_unique]",
    ),
    "a blank name": (
        "UPDATE products SET product_name = E' \\t ' WHERE product_id = 7",
        "products: product_name of key 7 is empty [names_are_not_empty]",
    ),
    "no name at all": (
        "UPDATE products SET product_name = NULL WHERE product_id = 7",
        "products: product_name of key 7 is empty [names_are_not_empty]",
    ),
    "a warehouse in no region": (
        "INSERT INTO warehouses VALUES (77, 'Ничей', 99)",
        "warehouses: warehouse 77 lies in region 99, which is not in regions [warehouses_lie_in_known_regions]",
    ),
}


@pytest.mark.parametrize(("fault", "reason"), FAULTS.values(), ids=FAULTS.keys())
def test_bad_data_changes_nothing_and_is_named(
    load: ModuleType, wms: Wms, etl: Client, fault: str, reason: str
) -> None:
    run(load, etl)
    before = published(etl)
    change(wms, fault)

    with pytest.raises((load.BadReferenceDataError, load.SourceChangedError)) as raised:
        run(load, etl)

    assert reason in str(raised.value)
    assert published(etl) == before
    assert etl.query("SELECT count() FROM reference_loads").result_rows == [(len(TABLES),)]


def test_the_first_load_is_held_to_the_rules_too(load: ModuleType, wms: Wms, etl: Client) -> None:
    change(wms, "DELETE FROM products")

    with pytest.raises(load.BadReferenceDataError, match="the WMS returned no rows"):
        run(load, etl)

    assert published(etl) == {table: [] for table in TABLES}


def test_a_loss_of_rows_that_is_meant_can_be_allowed(load: ModuleType, wms: Wms, etl: Client) -> None:
    run(load, etl)
    change(wms, "DELETE FROM products WHERE product_id > 10")

    run(load, etl, max_shrink_share=0.8)

    assert len(published(etl)["products"]) == 10


def test_many_bad_rows_are_counted_but_not_all_listed(load: ModuleType, wms: Wms, etl: Client) -> None:
    change(wms, "UPDATE products SET product_name = ''")

    with pytest.raises(load.BadReferenceDataError) as raised:
        run(load, etl)

    assert "50 found" in str(raised.value)
    assert "… and 30 more" in str(raised.value)


SOURCE_FAULTS = {
    "database gone": lambda wms: wms.server.connect("postgres").execute(f"DROP DATABASE {wms.name} WITH (FORCE)"),
    "table gone": lambda wms: change(wms, "ALTER TABLE products RENAME TO goods"),
    "right gone": lambda wms: change(wms, "REVOKE SELECT ON products FROM etl"),
}


@pytest.mark.parametrize("break_source", SOURCE_FAULTS.values(), ids=SOURCE_FAULTS.keys())
def test_a_source_that_can_not_be_read_changes_nothing_and_says_what_to_look_at(
    load: ModuleType, wms: Wms, etl: Client, break_source: Callable[[Wms], object]
) -> None:
    run(load, etl)
    before = published(etl)
    break_source(wms)

    with pytest.raises(load.SourceUnreadableError) as raised:
        run(load, etl)

    assert "could not read" in str(raised.value)
    assert "WMS_ETL_PASSWORD" in str(raised.value)
    assert "etl-secret" not in str(raised.value)
    assert published(etl) == before


class WmsWrittenBetweenReads:
    """A client during whose first load the WMS gets a new region and warehouse, right after warehouses were read."""

    def __init__(self, client: Client, wms: Wms) -> None:
        self._client = client
        self._wms = wms
        self._is_written = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def command(self, sql: str, **arguments: Any) -> object:
        answer = self._client.command(sql, **arguments)
        if "INSERT INTO warehouses_stage" in sql and not self._is_written:
            self._is_written = True
            change(
                self._wms, "INSERT INTO regions VALUES (9, 'Девятый')", "INSERT INTO warehouses VALUES (99, 'Новый', 9)"
            )
        return answer


def test_rows_that_appear_between_two_reads_are_found_and_staging_anew_takes_them_in(
    load: ModuleType, wms: Wms, etl: Client
) -> None:
    client = WmsWrittenBetweenReads(etl, wms)

    with pytest.raises(load.SourceChangedError, match="4 rows are staged, the WMS has 5"):
        load.stage(client)
    run(load, client)

    assert published(etl) == in_wms(wms)


def test_a_load_that_another_one_overwrote_is_not_published(load: ModuleType, wms: Wms, etl: Client) -> None:
    run(load, etl)
    before = published(etl)
    change(wms, "UPDATE products SET product_name = 'Первый' WHERE product_id = 1")
    staged = load.stage(etl)
    load.check(etl, HALF)

    etl.command("TRUNCATE TABLE products_stage")  # the other load begins

    with pytest.raises(load.StageChangedError, match="products_stage changed after the checks"):
        load.publish(etl, staged, "overtaken")
    assert published(etl) == before


def test_loads_at_the_same_time_do_no_harm(load: ModuleType, wms: Wms, admin: Client, clickhouse: ClickHouse) -> None:
    """Two loads fill and publish the same tables over and over; readers see whole tables of the WMS throughout."""
    with clickhouse.connect("etl") as etl:
        run(load, etl)
    done = threading.Event()
    unexpected: list[BaseException] = []

    def load_again_and_again() -> None:
        given_up = (load.SourceChangedError, load.StageChangedError, load.BadReferenceDataError)
        try:
            with clickhouse.connect("etl") as client:
                for _ in range(15):
                    with suppress(*given_up):
                        run(load, client)
        except Exception as error:
            unexpected.append(error)

    loads = [threading.Thread(target=load_again_and_again) for _ in range(2)]

    def rename_products() -> None:
        number = 0
        while not done.is_set():
            change(wms, f"UPDATE products SET product_name = 'name {(number := number + 1)}'")

    writer = threading.Thread(target=rename_products)
    for thread in (*loads, writer):
        thread.start()
    seen: set[tuple[int, int]] = set()
    while any(thread.is_alive() for thread in loads):
        seen |= set(admin.query("SELECT count(), uniqExact(product_name) FROM products").result_rows)
    done.set()
    writer.join()
    assert unexpected == []
    assert seen <= {(50, 50), (50, 1)}, "the seed's 50 names, later one name for all"
    assert admin.query("SELECT name FROM system.tables WHERE name LIKE '%_held_%'").result_rows == []


def test_publishing_again_does_not_bring_the_old_data_back(load: ModuleType, wms: Wms, etl: Client) -> None:
    run(load, etl)
    change(wms, "UPDATE products SET product_name = 'Новое имя' WHERE product_id = 1")
    staged = load.stage(etl)
    load.check(etl, HALF)
    load.publish(etl, staged, "retried")

    load.publish(etl, staged, "retried")

    assert published(etl) == in_wms(wms)
    assert etl.query("SELECT count() FROM reference_loads FINAL WHERE run_id = 'retried'").result_rows == [(3,)]


def test_a_publication_that_was_cut_off_half_way_is_completed(load: ModuleType, wms: Wms, etl: Client) -> None:
    run(load, etl)
    change(
        wms,
        "INSERT INTO regions VALUES (9, 'Девятый')",
        "INSERT INTO warehouses VALUES (99, 'Новый', 9)",
        "UPDATE products SET product_name = 'Новое имя' WHERE product_id = 1",
    )
    staged = load.stage(etl)
    load.check(etl, HALF)
    etl.command("EXCHANGE TABLES products AND products_stage")  # and then the task was killed

    load.publish(etl, staged, "completed")

    assert published(etl) == in_wms(wms)


def test_killed_after_any_statement_of_its_publication_it_is_completed_or_done_anew(
    load: ModuleType, wms: Wms, etl: Client, clickhouse: ClickHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the retry of its task, or by the next run; until then each table is the old one or the new one."""
    run(load, etl)
    statement = 0
    died = True
    while died:
        statement += 1
        change(
            wms,
            f"UPDATE products SET product_name = 'name {statement}' WHERE product_id = 1",
            f"INSERT INTO regions VALUES ({1000 + statement}, 'Новый')",
            f"INSERT INTO warehouses VALUES ({1000 + statement}, 'Новый', {1000 + statement})",
        )
        old, new = published(etl), in_wms(wms)
        staged = load.stage(etl)
        load.check(etl, HALF)

        died = publication_dies(load, staged, clickhouse, statement, monkeypatch)

        found = published(etl)
        assert all(found[table] in (old[table], new[table]) for table in TABLES)
        assert {region for *_, region in found["warehouses"]} <= {region for region, _ in found["regions"]}
        if statement % 2:
            load.publish(etl, staged, "retried")
        else:
            run(load, etl)
        assert published(etl) == new
    assert statement > 12


def publication_dies(
    load: ModuleType, staged: Any, clickhouse: ClickHouse, statement: int, monkeypatch: pytest.MonkeyPatch
) -> bool:
    """Publish in a process that is killed behind a statement, counted from 1. False: it has not so many."""

    def publish() -> None:
        left = itertools.count(statement - 1, -1)
        with clickhouse.connect("etl") as client, monkeypatch.context() as patched:
            after_each_command(patched, lambda _: die() if next(left) == 0 else None)
            load.publish(client, staged, "killed")

    return dies(publish)


def test_balances_of_products_not_loaded_yet_are_a_warning(
    load: ModuleType, wms: Wms, etl: Client, admin: Client, caplog: pytest.LogCaptureFixture
) -> None:
    admin.command(
        "INSERT INTO stock_balances (warehouse_id, product_id, quantity, version)"
        " VALUES (1, 5001, 3, 10), (1, 5002, 1, 11)"
    )

    with caplog.at_level(logging.WARNING):
        run(load, etl)

    assert "2 products have balances and no reference data, for example 5001" in caplog.text
    assert published(etl) == in_wms(wms)
