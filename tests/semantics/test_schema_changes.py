"""The source's table is altered under the running capture."""

import pytest

from tests.pipeline.stack import NAME, Pipeline
from tests.semantics.conftest import Verdict

pytestmark = pytest.mark.usefixtures("begin_anew")
PUBLISH = "ALTER PUBLICATION sklad_stock SET TABLE public.stock_balances, public.wms_heartbeat"


@pytest.fixture
def warehouse(pipeline: Pipeline, warehouse: int) -> int:
    """Its balances are in ClickHouse: Debezium reads a change with the types that its table has by then."""
    pipeline.arrived()
    return warehouse


@pytest.mark.row("a column is added, and dropped again")
def test_column_added_and_dropped(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    pipeline.run(
        "ALTER TABLE stock_balances ADD shelf text DEFAULT 'A1'",
        f"UPDATE stock_balances SET quantity = 1, shelf = 'Б2' WHERE warehouse_id = {warehouse}",
        f"INSERT INTO stock_balances VALUES ({warehouse}, 6, 6, now(), NULL)",
        "ALTER TABLE stock_balances DROP shelf",
        f"UPDATE stock_balances SET quantity = quantity + 1 WHERE warehouse_id = {warehouse}",
    )
    verdict.exact()


@pytest.mark.row("a column that Sklad reads is dropped")
@pytest.mark.parametrize("column", ["quantity", "updated_at"])
def test_column_dropped(pipeline: Pipeline, warehouse: int, verdict: Verdict, column: str) -> None:
    other = {"quantity": "updated_at = now()", "updated_at": "quantity = 1"}[column]
    pipeline.run(
        "DROP TRIGGER set_updated_at ON stock_balances",
        f"ALTER TABLE stock_balances DROP {column}",
        f"UPDATE stock_balances SET {other} WHERE warehouse_id = {warehouse}",
    )
    verdict.loud("could not be applied", f"column {column} of stock_balances is missing")
    assert column in pipeline.errors()[0]


@pytest.mark.row("a column that Sklad reads is renamed")
@pytest.mark.parametrize("column", ["quantity", "product_id", "updated_at"])
def test_column_renamed(pipeline: Pipeline, warehouse: int, verdict: Verdict, column: str) -> None:
    pipeline.run(
        "DROP TRIGGER set_updated_at ON stock_balances",
        f"ALTER TABLE stock_balances RENAME {column} TO other",
        f"UPDATE stock_balances SET other = other WHERE warehouse_id = {warehouse}",
    )
    verdict.loud("could not be applied", f"column {column} of stock_balances is missing")
    assert column in pipeline.errors()[0]


@pytest.mark.row("quantity becomes bigint: what fits")
def test_bigint(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    pipeline.run(
        "ALTER TABLE stock_balances ALTER quantity TYPE bigint",
        f"UPDATE stock_balances SET quantity = 2147483647 WHERE (warehouse_id, product_id) = ({warehouse}, 1)",
        f"DELETE FROM stock_balances WHERE (warehouse_id, product_id) = ({warehouse}, 2)",
    )
    verdict.exact()


@pytest.mark.row("quantity becomes bigint: what does not fit Int32")
def test_bigint_beyond(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    pipeline.run(
        "ALTER TABLE stock_balances ALTER quantity TYPE bigint",
        f"UPDATE stock_balances SET quantity = 2147483648 WHERE (warehouse_id, product_id) = ({warehouse}, 1)",
    )
    verdict.loud("could not be applied")


@pytest.mark.row("quantity becomes numeric or float")
@pytest.mark.parametrize("kind", ["numeric", "numeric(12, 3)", "double precision"])
def test_fractions(pipeline: Pipeline, warehouse: int, verdict: Verdict, kind: str) -> None:
    pipeline.run(
        f"ALTER TABLE stock_balances ALTER quantity TYPE {kind}",
        f"UPDATE stock_balances SET quantity = 12.5 WHERE (warehouse_id, product_id) = ({warehouse}, 1)",
    )
    verdict.loud("could not be applied", "column quantity of stock_balances is")
    assert pipeline.state()[warehouse, 1][0] == 10, "not 12: it was never 12"


@pytest.mark.row("a column is retyped while changes from before are unread")
def test_retyped_ahead_of_the_capture(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    """Debezium reads them with the type of now, and can't. Nothing is lost: the old type again, and it goes on."""
    retype = "ALTER TABLE stock_balances ALTER quantity TYPE {}"
    pipeline.stop_connector()
    pipeline.run(
        f"UPDATE stock_balances SET quantity = 77 WHERE (warehouse_id, product_id) = ({warehouse}, 1)",
        retype.format("numeric"),
    )
    pipeline.rest("PUT", f"/connectors/{NAME}/resume")
    verdict.loud("tasks ['FAILED']", "column quantity of stock_balances is numeric")
    pipeline.run(retype.format("integer"))
    pipeline.rest("POST", f"/connectors/{NAME}/restart?includeTasks=true&onlyFailed=true")
    pipeline.arrived()
    assert pipeline.state() == pipeline.source()


@pytest.mark.row("updated_at becomes a timestamp without time zone, a date, a text")
@pytest.mark.parametrize("kind", ["timestamp", "date", "text"])
def test_time_retyped(pipeline: Pipeline, warehouse: int, verdict: Verdict, kind: str) -> None:
    pipeline.run(
        "DROP TRIGGER set_updated_at ON stock_balances",
        "ALTER TABLE stock_balances ALTER updated_at DROP DEFAULT",
        f"ALTER TABLE stock_balances ALTER updated_at TYPE {kind} USING updated_at::{kind}",
        f"UPDATE stock_balances SET quantity = 77 WHERE warehouse_id = {warehouse}",
    )
    verdict.loud("column updated_at of stock_balances is")


@pytest.mark.row("the table is renamed")
def test_table_renamed(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    pipeline.run(
        "ALTER TABLE stock_balances RENAME TO balances",
        f"UPDATE balances SET quantity = 1 WHERE warehouse_id = {warehouse}",
    )
    verdict.loud("stock_balances is not captured")


@pytest.mark.row("another table takes its name")
def test_table_replaced(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    pipeline.run("CREATE TABLE new (LIKE stock_balances INCLUDING ALL)", "INSERT INTO new SELECT * FROM stock_balances")
    with pipeline.wms() as wms, wms.transaction():
        wms.execute("ALTER TABLE stock_balances RENAME TO old")
        wms.execute("ALTER TABLE new RENAME TO stock_balances")
        wms.execute("GRANT SELECT ON stock_balances TO debezium, etl")
    pipeline.run(f"UPDATE stock_balances SET quantity = 1 WHERE warehouse_id = {warehouse}")
    verdict.loud("stock_balances is not captured")


@pytest.mark.row("the table leaves the publication")
def test_table_unpublished(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    pipeline.run(
        "ALTER PUBLICATION sklad_stock DROP TABLE stock_balances",
        f"UPDATE stock_balances SET quantity = 1 WHERE warehouse_id = {warehouse}",
    )
    verdict.loud("stock_balances is not captured")


@pytest.mark.row("the replica identity is no longer FULL")
def test_replica_identity(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    """The state stays exact. What the log says of quantities before a change does not, and that is said."""
    pipeline.run(
        "ALTER TABLE stock_balances REPLICA IDENTITY DEFAULT",
        f"UPDATE stock_balances SET quantity = 1 WHERE (warehouse_id, product_id) = ({warehouse}, 1)",
        f"UPDATE stock_balances SET product_id = 30 WHERE (warehouse_id, product_id) = ({warehouse}, 2)",
        f"DELETE FROM stock_balances WHERE (warehouse_id, product_id) = ({warehouse}, 3)",
    )
    verdict.exact()
    verdict.loud("REPLICA IDENTITY")


@pytest.mark.row("a partitioned table, rows that move between partitions included")
def test_partitioned(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    pipeline.run(
        "ALTER TABLE stock_balances RENAME TO whole",
        "CREATE TABLE stock_balances (LIKE whole INCLUDING DEFAULTS, PRIMARY KEY (warehouse_id, product_id))"
        " PARTITION BY RANGE (product_id)",
        "CREATE TABLE low PARTITION OF stock_balances FOR VALUES FROM (MINVALUE) TO (26)",
        "CREATE TABLE high PARTITION OF stock_balances FOR VALUES FROM (26) TO (MAXVALUE)",
        *(f"ALTER TABLE {name} REPLICA IDENTITY FULL" for name in ("stock_balances", "low", "high")),
        "INSERT INTO stock_balances SELECT * FROM whole",
        "GRANT SELECT ON stock_balances TO debezium, etl",
        PUBLISH,
    )
    pipeline.read_anew()
    pipeline.run(
        f"UPDATE stock_balances SET quantity = 5 WHERE (warehouse_id, product_id) = ({warehouse}, 1)",
        f"UPDATE stock_balances SET product_id = 40 WHERE (warehouse_id, product_id) = ({warehouse}, 2)",
        f"INSERT INTO stock_balances VALUES ({warehouse}, 50, 50), ({warehouse}, 6, 6)",
        f"DELETE FROM stock_balances WHERE (warehouse_id, product_id) = ({warehouse}, 3)",
    )
    verdict.exact()
    pipeline.run("TRUNCATE stock_balances", f"INSERT INTO stock_balances VALUES ({warehouse}, 1, 1)")
    verdict.exact()
    assert pipeline.problems() == []
