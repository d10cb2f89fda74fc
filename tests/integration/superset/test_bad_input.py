"""What no demo data has: empty warehouses and regions, names that break bad quoting, too many categories."""

from collections.abc import Sequence

import pytest
from clickhouse_connect.driver.client import Client

from tests.integration.clickhouse import ClickHouse
from tests.integration.superset.charts import CHARTS, chart_query
from tests.integration.superset.conftest import Rows
from tests.integration.superset.story import Story

UNKNOWN = "-- не определено --"
# Datasets with a product in each row.
OF_PRODUCTS = (
    "bi_stock_full",
    "stock_matrix_detail",
    "stock_totals_detail",
    "stock_cover",
    "stock_levels_detail",
    "stock_movements",
    "stock_presence_changes",
    "stock_as_of",
)
OF_MISSING = ("stock_missing", "stock_missing_since", "stock_missing_history_detail")
NASTY = 'Чай "Утро" \'в\' `пакетиках` \\ 100%s %% 🍵 <b onclick="x()">&amp;</b>\n{{ 1 }} ${X}; -- конец'

NAMES = ("регион", "склад", "матрица", "товар")
CHARTS_OF_PRODUCTS = {name: chart for name, chart in CHARTS.items() if '"товар"' in chart_query(chart)}
OF_STOCK = [name for name in CHARTS if name.startswith("stock/")]
# Charts with a cell for each matrix and place.
OF_CELLS = ("stock/units_heatmap.yaml", "stock/missing_heatmap.yaml")

pytestmark = pytest.mark.usefixtures("references")


@pytest.fixture
def references(admin: Client) -> None:
    """An empty warehouse, an empty region, and names with every character that ever broke a query."""
    admin.insert("regions", [[1, NASTY], [2, "Пустой край"]])
    admin.insert("warehouses", [[10, NASTY, 1], [20, "Пустой склад", 1]])
    admin.insert("products", [[100, NASTY, NASTY], [200, "Без матрицы", ""]])


@pytest.fixture
def story(admin: Client) -> Story:
    """Of warehouse 10 only."""
    story = Story(admin)
    story.read(300, {(10, 100): 5, (10, 200): 8})
    story.set(200, 10, 100, 0)
    story.set(190, 10, 200, 0)
    story.set(100, 10, 100, 9)
    story.set(90, 10, 200, 4)
    story.deliver()
    story.refresh()
    return story


def test_names_come_through_as_they_are(rows: Rows, story: Story) -> None:  # noqa: ARG001
    for dataset in OF_PRODUCTS:
        found = rows(dataset)

        for column in NAMES:
            assert NASTY in {row[column] for row in found}, (dataset, column)


@pytest.mark.parametrize("column", NAMES)
def test_every_chart_of_products_can_be_filtered_by_a_nasty_name(
    clickhouse: ClickHouse,
    story: Story,  # noqa: ARG001
    column: str,
) -> None:
    assert len(CHARTS_OF_PRODUCTS) > 20

    with clickhouse.connect("bi") as bi:
        for chart in CHARTS_OF_PRODUCTS.values():
            bi.query(chart_query(chart, where=f'"{column}" = {{name:String}}'), parameters={"name": NASTY})


def test_a_product_without_a_category_is_named_the_same_everywhere(rows: Rows, story: Story) -> None:  # noqa: ARG001
    for dataset in (*OF_PRODUCTS, *OF_MISSING):
        matrices = {row["матрица"] for row in rows(dataset) if row["товар"] == "Без матрицы"}

        assert matrices == {UNKNOWN}, dataset
    assert (UNKNOWN, "Без матрицы") in {tuple(row.values()) for row in rows("filter_products")}


def test_an_empty_warehouse_misses_everything(rows: Rows, story: Story) -> None:  # noqa: ARG001
    assert [row["отсутствует"] for row in rows("stock_matrix_detail") if row["склад"] == "Пустой склад"] == [1, 1]
    for dataset in ("stock_missing", "stock_missing_since"):
        missing = {row["товар"] for row in rows(dataset) if row["склад"] == "Пустой склад"}
        assert missing == {"Без матрицы", NASTY}
    assert "Пустой склад" in {row["склад"] for row in rows("filter_warehouses")}


def test_a_region_without_warehouses_is_offered_nowhere(rows: Rows, story: Story) -> None:  # noqa: ARG001
    for dataset in ("filter_warehouses", "stock_matrix_detail", "stock_missing_since"):
        assert "Пустой край" not in {row["регион"] for row in rows(dataset)}


def test_ten_thousand_categories_are_answered_up_to_the_charts_limit(
    admin: Client,
    clickhouse: ClickHouse,
    story: Story,  # noqa: ARG001
) -> None:
    admin.command("INSERT INTO products SELECT number + 1000, 'Товар', 'Матрица ' || number FROM numbers(10000)")
    admin.command("INSERT INTO stock_balances SELECT 10, number + 1000, 1, now64(6), 1, 0 FROM numbers(10000)")

    with clickhouse.connect("bi") as bi:
        treemap = bi.query(chart_query(CHARTS["stock/units_by_matrix.yaml"])).result_rows
        heatmaps = {name: bi.query(chart_query(CHARTS[name])).result_rows for name in OF_CELLS}
        for name in OF_STOCK:
            assert len(bi.query(chart_query(CHARTS[name])).result_rows) <= 10_000, name

    assert len(treemap) == CHARTS["stock/units_by_matrix.yaml"]["params"]["row_limit"]
    # Forty matrices, the rest, and what has none.
    assert {name: len(matrices(rows)) for name, rows in heatmaps.items()} == dict.fromkeys(OF_CELLS, 40 + 2)
    assert {UNKNOWN, "-- прочие --"} <= matrices(heatmaps["stock/units_heatmap.yaml"])
    assert sum(units for *_, units in heatmaps["stock/units_heatmap.yaml"]) == 10_000 + 9 + 4


@pytest.mark.parametrize("name", CHARTS_OF_PRODUCTS)
def test_a_filter_by_what_is_gone_finds_nothing(clickhouse: ClickHouse, story: Story, name: str) -> None:  # noqa: ARG001
    with clickhouse.connect("bi") as bi:
        rows = bi.query(chart_query(CHARTS[name], where="\"склад\" = 'Закрытый склад'")).result_rows

    assert all(value is None or value == 0 or value != value for row in rows for value in row)  # noqa: PLR0124


def matrices(cells: Sequence[Sequence[object]]) -> set[object]:
    """The names on a heatmap's axis that are no places."""
    return {name for row in cells for name in row[:-1]} - {NASTY, "Пустой склад"}
