"""Reads as of a past moment: exact, or refused."""

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from tests.pipeline.stack import Pipeline
from tests.semantics.conftest import Verdict

pytestmark = pytest.mark.usefixtures("begin_anew")


def now(pipeline: Pipeline) -> str:
    """The WMS's time between two transactions, as ClickHouse reads it."""
    pipeline.arrived()
    with pipeline.wms() as wms:
        return str(wms.execute("SELECT (clock_timestamp() AT TIME ZONE 'UTC')::text").fetchall()[0][0])


def as_of(pipeline: Pipeline, moment: str, warehouse: int) -> list[tuple[int, int]]:
    query = "SELECT product_id, quantity FROM stock_balances_as_of(moment = '{}') WHERE warehouse_id = {} ORDER BY 1"
    return pipeline.ask(query.format(moment, warehouse))


@pytest.mark.row("a read as of a moment")
def test_as_of(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    moment = now(pipeline)
    pipeline.run(
        f"UPDATE stock_balances SET quantity = 1 WHERE warehouse_id = {warehouse}",
        f"UPDATE stock_balances SET product_id = product_id + 10 WHERE warehouse_id = {warehouse}",
        f"DELETE FROM stock_balances WHERE warehouse_id = {warehouse} AND product_id < 13",
    )
    verdict.exact()
    assert as_of(pipeline, moment, warehouse) == [(product, product * 10) for product in range(1, 6)]


@pytest.mark.row("a read as of a moment that a TRUNCATE or a snapshot followed, or that the log no longer reaches")
def test_as_of_what_is_not_known(pipeline: Pipeline, warehouse: int, verdict: Verdict) -> None:
    before = now(pipeline)
    pipeline.run("TRUNCATE stock_balances", f"INSERT INTO stock_balances VALUES ({warehouse}, 1, 5)")
    after = now(pipeline)
    with pytest.raises(DatabaseError, match="a TRUNCATE came after it"):
        as_of(pipeline, before, warehouse)
    with pytest.raises(DatabaseError, match="the change log keeps 90 days"):
        as_of(pipeline, "2020-01-01 00:00:00", warehouse)
    assert as_of(pipeline, after, warehouse) == [(1, 5)]
    pipeline.read_anew()
    with pytest.raises(DatabaseError, match="a snapshot or a TRUNCATE came after it"):
        as_of(pipeline, after, warehouse)
    verdict.refused()
