"""The WMS and the tables of the daily load's tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.postgres import REFERENCE_DATABASE, Postgres, Wms

# Only what the load touches: the rest of the schema wants a Kafka.
SCHEMA = (
    "migrations/0002_create_reference_tables.sql",
    "migrations/0003_create_stock_balances.sql",
    "migrations/0004_create_stock_truncates.sql",
    "views/stock_balances_v.sql",
)


@contextmanager
def source(postgres: Postgres, csv: Path) -> Iterator[Wms]:
    """A WMS of 2 regions, 4 warehouses, 50 products. Its constraints are dropped, so that faults can be planted."""
    wms = Wms(postgres, REFERENCE_DATABASE, csv)
    result = wms.on_start()
    assert result.returncode == 0, result.stderr
    with wms.superuser() as connection:
        for statement in (
            "ALTER TABLE warehouses DROP CONSTRAINT warehouses_region_id_fkey",
            "ALTER TABLE stock_balances DROP CONSTRAINT stock_balances_product_id_fkey",
            "ALTER TABLE stock_balances DROP CONSTRAINT stock_balances_warehouse_id_fkey",
            "ALTER TABLE products DROP CONSTRAINT products_product_name_check, DROP CONSTRAINT products_pkey CASCADE",
            "ALTER TABLE products ALTER product_name DROP NOT NULL",
        ):
            connection.execute(statement)
    try:
        yield wms
    finally:
        with postgres.connect("postgres") as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{REFERENCE_DATABASE}" WITH (FORCE)')
