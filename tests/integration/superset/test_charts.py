"""Every chart's question to the engine: it is answered, and on the demo data there is something to see."""

import csv
import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from sklad.settings import ROOT
from tests.integration.clickhouse import ClickHouse, refresh
from tests.integration.superset.charts import CHARTS, chart_query
from tests.integration.superset.conftest import SCHEMA
from tests.integration.superset.story import Story
from tests.integration.web.sample import fill
from tests.integration.web.schema import empty

# Empty while all is well.
_OF_FAULTS = {"stock/ingest_errors.yaml"}


@pytest.fixture(scope="module")
def events(web_schema: None, clickhouse: ClickHouse, tmp_path_factory: pytest.TempPathFactory) -> None:  # noqa: ARG001
    """The web product's sample."""
    with clickhouse.connect("admin", database="analytics") as admin:
        empty(admin)
    with clickhouse.connect("web", database="analytics") as loader:
        fill(loader, tmp_path_factory.mktemp("web"))


@pytest.fixture(scope="module")
def demo(clickhouse: ClickHouse, events: None) -> Iterator[Client]:  # noqa: ARG001
    """The user that Superset is, among the demo data and a day's movements, and web events."""
    clickhouse.create_tables(SCHEMA)
    with clickhouse.connect("admin") as admin:
        for table in ("regions", "warehouses", "products"):
            content = (ROOT / "wms" / "csv" / f"{table}.csv").read_bytes()
            admin.raw_insert(table, insert_block=content, fmt="CSVWithNames")
            admin.command(f"INSERT INTO reference_loads SELECT now64(3), 'demo', '{table}', count(), 0.1 FROM {table}")
        story = Story(admin)
        story.read(24 * 60, balances(ROOT / "wms" / "csv" / "stock_balances.csv"))
        for step, (warehouse, product) in enumerate(sorted(story.balances)[:600]):
            story.set(600 - step, warehouse, product, (0, 3, None)[step % 3])
            if step % 6 == 0:
                story.set(599.5 - step, warehouse, product, 40)
        story.deliver()
        story.refresh()
        admin.command("INSERT INTO heartbeats SELECT 'wms', now64(6), now64(3), now64(3), now64(3)")
        refresh(admin, "freshness_minutes_mv")
        admin.command("INSERT INTO verify_runs (started_at, verdict) SELECT now64(3), 'equal'")
    with clickhouse.connect("bi") as bi:
        yield bi


def balances(file: Path) -> dict[tuple[int, int], int]:
    with file.open(encoding="utf-8") as lines:
        return {
            (int(row["warehouse_id"]), int(row["product_id"])): int(row["quantity"]) for row in csv.DictReader(lines)
        }


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_has_something_to_show(demo: Client, name: str) -> None:
    rows = demo.query(chart_query(CHARTS[name])).result_rows

    if name in _OF_FAULTS:
        assert rows == []
        return
    assert rows
    assert any(value is not None and not is_nan(value) for value in rows[0])


@pytest.mark.usefixtures("admin", "no_web_events")
def test_every_chart_has_an_answer_where_there_is_nothing(clickhouse: ClickHouse) -> None:
    with clickhouse.connect("bi") as bi:
        for chart in CHARTS.values():
            bi.query(chart_query(chart))


def is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)
