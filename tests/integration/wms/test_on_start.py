"""wms/on_start.sh on a real PostgreSQL: what it makes, that it may run again, and what it says when it can't."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import copytree

import psycopg
import pytest

SEED = Path(__file__).resolve().parents[3] / "wms" / "csv"


@pytest.fixture
def csv_dir(small_csv, tmp_path):
    """A copy of the small seed data, in a folder whose name needs quoting."""
    return copytree(small_csv, tmp_path / "it's my csv")


def test_loads_the_committed_seed_and_prints_a_count_for_each_table(empty_wms):
    empty_wms.csv_dir = SEED
    result = empty_wms.on_start()

    assert result.returncode == 0, result.stderr
    for table in ("regions", "warehouses", "products", "stock_balances"):
        rows = len((SEED / f"{table}.csv").read_text(encoding="utf-8").splitlines()) - 1
        assert f"{rows} rows in {table}" in result.stdout
        assert empty_wms.ask(f"SELECT count(*) FROM {table}") == rows


def test_folder_names_may_need_quoting(empty_wms, csv_dir):
    empty_wms.csv_dir = csv_dir
    assert empty_wms.on_start().returncode == 0


def test_a_second_start_leaves_data_alone_even_where_seed_rows_were_deleted(wms):
    with wms.superuser() as connection:
        connection.execute("DELETE FROM stock_balances WHERE warehouse_id = 1")
        connection.execute("UPDATE stock_balances SET quantity = 777 WHERE warehouse_id = 2")
        before = connection.execute("SELECT * FROM stock_balances ORDER BY 1, 2").fetchall()

    result = wms.on_start()

    assert result.returncode == 0, result.stderr
    with wms.superuser() as connection:
        assert connection.execute("SELECT * FROM stock_balances ORDER BY 1, 2").fetchall() == before


def test_a_second_start_needs_no_csv_files(wms, tmp_path):
    assert wms.on_start(WMS_CSV_DIR=str(tmp_path)).returncode == 0


def test_a_second_start_waits_for_no_reader(wms):
    """A Debezium snapshot reads for minutes; DDL would queue behind it, and every writer behind the DDL."""
    with wms.connect("etl") as reader, reader.transaction():
        reader.execute("SELECT count(*) FROM stock_balances")
        result = wms.on_start(PGOPTIONS="-c statement_timeout=5s")
    assert result.returncode == 0, result.stderr


def test_two_starts_at_once_take_turns(empty_wms):
    with empty_wms.server.connect("postgres") as connection:
        connection.execute(f"CREATE DATABASE {empty_wms.name}")
    with ThreadPoolExecutor() as pool:
        results = [future.result() for future in [pool.submit(empty_wms.on_start) for _ in range(2)]]

    assert [result.returncode for result in results] == [0, 0], [result.stderr for result in results]
    assert sum("seed data loaded" in result.stdout for result in results) == 1


@pytest.mark.parametrize("table", ["regions", "warehouses", "products", "stock_balances"])
def test_a_missing_csv_is_named_with_the_command_that_makes_it(empty_wms, csv_dir, table):
    (csv_dir / f"{table}.csv").unlink()
    empty_wms.csv_dir = csv_dir

    result = empty_wms.on_start()

    assert result.returncode == 1
    assert f"{csv_dir}/{table}.csv is missing" in result.stderr
    assert f"python -m data_generator stock --out {csv_dir}" in result.stderr
    assert empty_wms.tables() == 0


def _append(row: str) -> Callable[[str], str]:
    return lambda text: text + row + "\n"


@pytest.mark.parametrize(
    ("table", "break_it", "reason"),
    [
        ("stock_balances", _append("1,many,3"), 'COPY stock_balances, line {last}, column product_id: "many"'),
        ("stock_balances", _append("1,1"), "COPY stock_balances, line {last}"),
        ("stock_balances", _append("1,99999,-5"), "COPY stock_balances, line {last}"),
        ("stock_balances", lambda text: text + text.splitlines()[1] + "\n", "COPY stock_balances, line {last}"),
        ("stock_balances", _append("99999,1,5"), "Key (warehouse_id)=(99999) is not present in table"),
        ("stock_balances", _append("1,99999,5"), "Key (product_id)=(99999) is not present in table"),
        ("stock_balances", lambda text: text.replace("quantity", "amount"), "COPY stock_balances, line 1"),
        ("stock_balances", lambda text: text[:-8] + '"', "COPY stock_balances, line {last}"),
        ("warehouses", _append("99,Склад,99"), "Key (region_id)=(99) is not present in table"),
        ("products", _append("99,,Бакалея"), "COPY products, line {last}"),
        ("regions", _append("99,  "), "COPY regions, line {last}"),
    ],
)
def test_a_broken_csv_leaves_nothing_behind_and_says_where_and_what_to_do(empty_wms, csv_dir, table, break_it, reason):
    file = csv_dir / f"{table}.csv"
    file.write_text(break_it(file.read_text(encoding="utf-8")), encoding="utf-8")
    empty_wms.csv_dir = csv_dir

    result = empty_wms.on_start()

    assert result.returncode == 1
    assert reason.format(last=len(file.read_text(encoding="utf-8").splitlines())) in result.stderr
    assert "nothing was created or loaded" in result.stderr
    assert f"make all four anew with: python -m data_generator stock --out {csv_dir}" in result.stderr
    assert empty_wms.tables() == 0
    assert empty_wms.ask("SELECT count(*) FROM pg_publication") == 0


def test_after_mending_the_csv_the_next_start_succeeds(empty_wms, csv_dir):
    file = csv_dir / "stock_balances.csv"
    good = file.read_text(encoding="utf-8")
    empty_wms.csv_dir = csv_dir
    file.write_text(good + "1,many,3\n", encoding="utf-8")
    assert empty_wms.on_start().returncode == 1

    file.write_text(good, encoding="utf-8")

    assert empty_wms.on_start().returncode == 0
    assert empty_wms.ask("SELECT count(*) FROM stock_balances") == len(good.splitlines()) - 1


@pytest.mark.parametrize("name", ["WMS_USER", "WMS_PASSWORD", "WMS_DEBEZIUM_PASSWORD", "WMS_ETL_PASSWORD"])
def test_a_missing_setting_is_named(empty_wms, name):
    result = empty_wms.on_start(**{name: ""})
    assert result.returncode == 1
    assert f"{name} is not set" in result.stderr


def test_an_unreachable_server_is_said_to_be(empty_wms):
    result = empty_wms.on_start(PGHOST="127.0.0.1", PGPORT="1")
    assert result.returncode == 1
    assert "Connection refused" in result.stderr


@pytest.mark.parametrize(
    ("role", "key"),
    [
        ("wms", "WMS_PASSWORD"),
        ("debezium", "WMS_DEBEZIUM_PASSWORD"),
        ("etl", "WMS_ETL_PASSWORD"),
        ("wms_app", "WMS_APP_PASSWORD"),
    ],
)
def test_a_changed_password_holds_from_the_next_start_on(wms, role, key):
    old = wms.dsn(role)
    wms.passwords[key] = """new 'quoted' "pass" \\ $word; --"""

    assert wms.on_start().returncode == 0

    wms.connect(role).close()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(old)


def test_passwords_stay_out_of_the_servers_log_even_if_it_logs_statements(wms):
    wms.passwords = {key: f"never-logged-{key}" for key in wms.passwords}
    verbose = "-c log_statement=all -c log_min_duration_statement=0 -c log_min_error_statement=debug5"

    assert wms.on_start(PGOPTIONS=verbose).returncode == 0

    log = wms.server.log.read_text(encoding="utf-8")
    assert "SELECT to_regclass('public.stock_balances') IS NULL" in log  # it did log
    assert "never-logged" not in log


def test_in_the_official_image_the_superuser_is_the_owner_and_stays_superuser(empty_wms):
    """There POSTGRES_USER and POSTGRES_DB take the place of PGUSER and PGDATABASE."""
    with empty_wms.server.connect("postgres") as connection:
        connection.execute("CREATE ROLE boss SUPERUSER LOGIN")
    try:
        image = {"PGUSER": "", "PGDATABASE": "", "POSTGRES_USER": "boss", "POSTGRES_DB": empty_wms.name}
        results = [empty_wms.on_start(WMS_USER="boss", **image) for _ in range(2)]

        assert [result.returncode for result in results] == [0, 0], results[-1].stderr
        assert empty_wms.ask("SELECT rolsuper FROM pg_roles WHERE rolname = 'boss'") is True
        assert empty_wms.ask("SELECT min(tableowner) FROM pg_tables WHERE schemaname = 'public'") == "boss"
    finally:
        with empty_wms.server.connect("postgres") as connection:
            connection.execute(f"DROP DATABASE {empty_wms.name} WITH (FORCE)")
            connection.execute("DROP ROLE boss")


def test_the_owner_is_no_superuser_and_owns_database_tables_and_publication(wms):
    assert wms.ask("SELECT rolsuper OR rolreplication OR rolcreaterole FROM pg_roles WHERE rolname = 'wms'") is False
    assert wms.ask("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()") == "wms"
    assert wms.ask("SELECT string_agg(DISTINCT tableowner, ',') FROM pg_tables WHERE schemaname = 'public'") == "wms"
    assert wms.ask("SELECT pg_get_userbyid(pubowner) FROM pg_publication") == "wms"
