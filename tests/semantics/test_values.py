"""Values at the ends of their types, and columns beside ours."""

import psycopg
import pytest

from tests.pipeline.stack import Pipeline
from tests.semantics.conftest import Verdict


def write_time(pipeline: Pipeline, warehouse: int, literal: str) -> None:
    """Set updated_at of a balance to what only its writer decides: the trigger is not asked."""
    with pipeline.superuser() as wms, wms.transaction():
        wms.execute("SET LOCAL session_replication_role = replica")
        wms.execute(
            "UPDATE stock_balances SET updated_at = %s WHERE (warehouse_id, product_id) = (%s, 1)", [literal, warehouse]
        )


@pytest.mark.row("quantity 0 and the largest integer, keys of both signs")
def test_extreme_integers(pipeline: Pipeline, verdict: Verdict) -> None:
    pipeline.run(
        "INSERT INTO warehouses VALUES (-2147483648, 'x', 1), (2147483647, 'x', 1) ON CONFLICT DO NOTHING",
        "INSERT INTO stock_balances VALUES (-2147483648, 1, 0), (2147483647, 1, 2147483647)",
    )
    verdict.exact()
    assert pipeline.state()[2147483647, 1][0] == 2147483647


@pytest.mark.usefixtures("begin_anew")
@pytest.mark.row("null in a column that had none before")
def test_null(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    pipeline.run(
        "ALTER TABLE stock_balances ALTER quantity DROP NOT NULL",
        f"UPDATE stock_balances SET quantity = NULL WHERE (warehouse_id, product_id) = ({warehouse}, 1)",
    )
    verdict.loud("could not be applied")


@pytest.mark.row("timestamps at the limits of ClickHouse, with microseconds and time zones")
@pytest.mark.parametrize(
    "literal",
    [
        "1900-01-01 00:00:00Z",
        "1969-12-31 23:59:59.999999Z",
        "2026-03-29 02:30:00.000001+14",
        "0001-01-01 00:00:00Z",
        "9999-12-31 23:59:59.999999Z",
    ],
)
def test_timestamps(pipeline: Pipeline, warehouse: int, verdict: Verdict, literal: str) -> None:
    write_time(pipeline, warehouse, literal)
    verdict.exact()


@pytest.mark.usefixtures("begin_anew")
@pytest.mark.row("timestamps beyond ClickHouse's, infinity included")
@pytest.mark.parametrize(
    "literal", ["infinity", "-infinity", "294276-12-31 23:59:59Z", "10000-01-01Z", "4713-01-01 BC"]
)
def test_timestamps_beyond(pipeline: Pipeline, warehouse: int, verdict: Verdict, literal: str) -> None:
    write_time(pipeline, warehouse, literal)
    verdict.loud("could not be applied")
    assert any("updated_at" in reason for reason in pipeline.errors())


@pytest.mark.usefixtures("begin_anew")
@pytest.mark.row("a column of text beside ours: Unicode, quotes, control characters")
def test_unicode(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    pipeline.run("ALTER TABLE stock_balances ADD note text")
    note = 'Ряд «А»\n\t"1" \\ 世界 🏭 ' + "".join(map(chr, range(1, 32)))
    with pipeline.wms() as wms:
        wms.execute("UPDATE stock_balances SET note = %s, quantity = 8 WHERE warehouse_id = %s", [note, warehouse])
    verdict.exact()


@pytest.mark.usefixtures("begin_anew")
@pytest.mark.row("numbers and intervals at their limits in columns beside ours")
def test_other_types(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    pipeline.run(
        "ALTER TABLE stock_balances ADD n numeric, ADD f float8, ADD b bytea, ADD i interval, ADD d date, ADD j jsonb,"
        " ADD a integer[]"
    )
    row = "n = %s, f = %s, d = %s, b = '\\x00ff', i = '178000000 years', j = '{}', a = '{1,NULL}', quantity = 9"
    with pipeline.wms() as wms:
        for values in (
            ("NaN", "NaN", "infinity"),
            ("1e1000", "Infinity", "-infinity"),
            ("-0.1", "-0", "4713-01-01 BC"),
        ):
            wms.execute(f"UPDATE stock_balances SET {row} WHERE warehouse_id = %s", [*values, warehouse])
    verdict.exact()


@pytest.mark.usefixtures("begin_anew")
@pytest.mark.row("a large value out of line (TOAST) that an update leaves as it is")
def test_unchanged_toast(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    pipeline.run(
        "ALTER TABLE stock_balances ADD note text", "ALTER TABLE stock_balances ALTER note SET STORAGE EXTERNAL"
    )
    pipeline.run(
        f"UPDATE stock_balances SET note = repeat('я', 50000) WHERE warehouse_id = {warehouse}",
        f"UPDATE stock_balances SET quantity = quantity + 1 WHERE warehouse_id = {warehouse}",
        f"UPDATE stock_balances SET product_id = product_id + 20 WHERE warehouse_id = {warehouse}",
        f"DELETE FROM stock_balances WHERE warehouse_id = {warehouse} AND product_id = 21",
    )
    verdict.exact()


@pytest.mark.usefixtures("begin_anew")
@pytest.mark.row("a row larger than Kafka takes")
def test_oversized_row(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    """The connector stops at it. The cure: make the row smaller and read the table anew, or raise the limits."""
    pipeline.run("ALTER TABLE stock_balances ADD note text")
    with pipeline.wms() as wms:
        noise = "SELECT string_agg(md5(n::text), '') FROM generate_series(1, 200000) AS n"
        wms.execute(
            f"UPDATE stock_balances SET note = ({noise}) WHERE (warehouse_id, product_id) = (%s, 1)", [warehouse]
        )
    verdict.loud("connector wms.stock_balances is", "FAILED")


def test_a_quantity_below_zero_never_gets_here(pipeline: Pipeline, warehouse: int) -> None:
    with pipeline.wms() as wms, pytest.raises(psycopg.errors.CheckViolation):
        wms.execute("UPDATE stock_balances SET quantity = -1 WHERE warehouse_id = %s", [warehouse])
