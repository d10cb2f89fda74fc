"""What every Superset asset of this project owes its readers: complete, described, consistent, and free of secrets."""

import json
import re
from collections import Counter
from typing import Any
from uuid import UUID

import pytest
from annotated_types import Le

from sklad.products import product as product_of
from sklad.settings import ROOT, Settings
from sklad.superset.bundle import SUPERSET, read_assets
from sklad.superset.queries import Query

ASSETS = read_assets()


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    return {name: asset for name, asset in ASSETS.items() if name.startswith(f"{kind}/")}


PRODUCTS = [product_of(file.parent.name) for file in (ROOT / "clickhouse").glob("*/product.json")]
DATABASES, DATASETS, CHARTS, DASHBOARDS = map(of_kind, ("databases", "datasets", "charts", "dashboards"))
COLUMN_KEYS = {"column_name", "verbose_name", "description", "type", "groupby", "filterable", "is_dttm", "expression"}
METRIC_KEYS = {"metric_name", "verbose_name", "description", "expression", "d3format"}

# What a chart's parameters name columns and metrics in: one each, or one or several.
SINGLE = (
    *("metric", "secondary_metric", "timeseries_limit_metric", "x_axis", "x_axis_sort"),
    *("entity", "source", "target"),
)
SEVERAL = ("metrics", "metrics_b", "groupby", "groupby_b", "columns", "all_columns")
# Where readers of a product come in.
LANDING = {"stock": "start", "web": "web"}

each_dataset = pytest.mark.parametrize("name", DATASETS)
each_chart = pytest.mark.parametrize("name", CHARTS)
each_dashboard = pytest.mark.parametrize("name", DASHBOARDS)


def test_uuids_are_unique() -> None:
    uuids = Counter(str(UUID(asset["uuid"])) for name, asset in ASSETS.items() if name != "metadata.yaml")

    assert [uuid for uuid, uses in uuids.items() if uses > 1] == []


def test_no_password_is_in_any_asset() -> None:
    secret = re.compile(r"dev-only|password\s*:|://[^:/@\s]+:(?!XXXXXXXXXX@)[^@\s]+@", re.IGNORECASE)
    files = [file for folder in ("assets", "queries") for file in (SUPERSET / folder).rglob("*.*")]

    assert [file.name for file in files if secret.search(file.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("name", DATABASES)
def test_superset_may_only_read(name: str) -> None:
    database = DATABASES[name]

    assert database["sqlalchemy_uri"].startswith("clickhousedb://bi:XXXXXXXXXX@")
    for right in ("allow_dml", "allow_ctas", "allow_cvas", "allow_csv_upload"):
        assert database[right] is False


@each_dataset
def test_a_dataset_leads_to_a_database_that_exists(name: str) -> None:
    assert DATASETS[name]["database_uuid"] in {database["uuid"] for database in DATABASES.values()}


@each_dataset
def test_a_dataset_its_columns_and_metrics_are_described_in_russian(name: str) -> None:
    dataset = DATASETS[name]
    russian = re.compile("[а-яё]", re.IGNORECASE)

    assert russian.search(dataset["description"])
    # A comma in an unquoted YAML flow value would leave half of it behind as a key.
    assert {key for column in dataset["columns"] for key in column} <= COLUMN_KEYS
    assert {key for metric in dataset["metrics"] for key in metric} <= METRIC_KEYS
    for part in (*dataset["columns"], *dataset["metrics"]):
        assert russian.search(part["verbose_name"]), part
        assert russian.search(part["description"]), part


@each_dataset
def test_a_dataset_names_every_column_that_its_query_returns(name: str) -> None:
    """The last `SELECT … FROM` names what a query returns; calculated columns are the dataset's own.

    Columns named #… are no values but sets, for metrics alone.
    """
    dataset = DATASETS[name]
    declared = [column["column_name"] for column in dataset["columns"] if "expression" not in column]
    query = Query.of(dataset["sql"])

    for sql in filter(None, (query.sql, query.detail)):
        returned = re.findall(r'AS "([^"]+)"', re.split(r"(?m)^SELECT\s", sql)[-1])
        assert [column for column in returned if not column.startswith("#")] == declared


@pytest.mark.parametrize(
    ("table_name", "columns"),
    [
        (
            "bi_stock_full",
            ["id склада", "склад", "id региона", "регион", "id товара", "товар", "матрица", "остаток, шт."],
        ),
        (
            "Остатки (отсутствие)",
            ["id региона", "регион", "id склада", "склад", "id товара", "товар", "матрица"],
        ),
    ],
)
def test_the_documented_datasets_keep_their_names_and_columns(table_name: str, columns: list[str]) -> None:
    (dataset,) = (dataset for dataset in DATASETS.values() if dataset["table_name"] == table_name)

    assert [column["column_name"] for column in dataset["columns"] if "expression" not in column] == columns


@each_chart
def test_a_chart_shows_columns_and_metrics_of_a_dataset_that_exists(name: str) -> None:
    chart = CHARTS[name]
    (dataset,) = (dataset for dataset in DATASETS.values() if dataset["uuid"] == chart["dataset_uuid"])
    known = {column["column_name"] for column in dataset["columns"]} | {m["metric_name"] for m in dataset["metrics"]}
    params = chart["params"]

    used = {params.get(key) for key in SINGLE}
    for key in SEVERAL:
        value = params.get(key, [])
        used |= {value} if isinstance(value, str) else set(value)
    used |= {json.loads(order)[0] for order in params.get("order_by_cols", [])}
    used |= {each["subject"] for key in ("adhoc_filters", "adhoc_filters_b") for each in params.get(key, [])}
    used |= set(params.get("column_config", {}))
    assert used - {None, "alpha_asc", "alpha_desc"} <= known
    assert params["viz_type"] == chart["viz_type"]


def test_web_charts_read_what_was_counted_beforehand() -> None:
    """Facts may be a hundred million (docs/decisions/0102-dashboards-read-aggregates.md)."""
    queries = {name: dataset["sql"] for name, dataset in DATASETS.items() if name.startswith("datasets/web/")}

    assert queries
    assert [name for name, sql in queries.items() if re.search("fact_events|_raw", sql)] == []


@each_chart
def test_a_chart_says_what_it_shows(name: str) -> None:
    assert len(CHARTS[name]["description"]) > 20


@each_chart
def test_a_chart_stands_on_a_dashboard(name: str) -> None:
    placed = {uuid for dashboard in DASHBOARDS.values() for uuid in chart_uuids(dashboard)}

    assert CHARTS[name]["uuid"] in placed


@each_dashboard
def test_a_dashboard_shows_only_charts_that_exist(name: str) -> None:
    assert set(chart_uuids(DASHBOARDS[name])) <= {chart["uuid"] for chart in CHARTS.values()}


@each_dashboard
def test_a_dashboards_layout_is_a_tree_within_twelve_columns(name: str) -> None:
    position = DASHBOARDS[name]["position"]
    parts = {key: part for key, part in position.items() if isinstance(part, dict)}

    for key, part in parts.items():
        assert part["id"] == key
        for child in part.get("children", []):
            assert parts[child]["parents"][-1] == key
        if part["type"] == "ROW":
            assert sum(parts[child]["meta"]["width"] for child in part["children"]) == 12, key
    children = [child for part in parts.values() for child in part.get("children", [])]
    assert sorted(children) == sorted(parts.keys() - {"ROOT_ID", "HEADER_ID"})


@each_dashboard
def test_a_dashboards_filters_ask_for_columns_that_exist(name: str) -> None:
    filters = filters_of(name, "filter_select")
    columns = {dataset["uuid"]: {c["column_name"] for c in dataset["columns"]} for dataset in DATASETS.values()}

    for each in filters:
        for target in each["targets"]:
            assert target["column"]["name"] in columns[target["datasetUuid"]]
        assert set(each["cascadeParentIds"]) <= {other["id"] for other in filters}


@each_dashboard
def test_a_filter_reaches_every_chart_that_it_does_not_leave_out(name: str) -> None:
    """A chart without the filter's column would ignore the filter silently."""
    columns = {dataset["uuid"]: {c["column_name"] for c in dataset["columns"]} for dataset in DATASETS.values()}

    for each in filters_of(name, "filter_select"):
        (column,) = (target["column"]["name"] for target in each["targets"])
        deaf = {place for place, chart in charts_on(name).items() if column not in columns[chart["dataset_uuid"]]}
        assert set(each["scope"]["excluded"]) == deaf, each["name"]


@each_dashboard
def test_a_period_reaches_every_chart_that_shows_one(name: str) -> None:
    """A chart takes the dashboard's period in place of its own."""
    for each in filters_of(name, "filter_time"):
        deaf = {place for place, chart in charts_on(name).items() if not periods(chart["params"])}
        assert set(each["scope"]["excluded"]) == deaf


@each_dashboard
def test_the_same_filter_is_the_same_on_every_dashboard(name: str) -> None:
    for each in filters_of(name, "filter_select"):
        for other_name in DASHBOARDS:
            for other in filters_of(other_name, "filter_select"):
                if other["id"] == each["id"]:
                    assert other | {"scope": None} == each | {"scope": None}


@each_chart
def test_both_halves_of_a_mixed_chart_show_the_same_period(name: str) -> None:
    params = CHARTS[name]["params"]

    if params["viz_type"] == "mixed_timeseries":
        assert params["adhoc_filters"] == params["adhoc_filters_b"]


@each_dashboard
def test_series_beside_each_other_have_fixed_colours(name: str) -> None:
    """A colour left to Superset depends on what it drew before."""
    fixed = DASHBOARDS[name]["metadata"].get("label_colors", {})

    for chart in charts_on(name).values():
        keys = series_of(chart)
        if len(keys) > 1:
            assert len({fixed.get(key, key) for key in keys} - keys) == len(keys), chart["slice_name"]


def test_a_series_has_the_same_colour_on_every_dashboard() -> None:
    colours: dict[str, set[str]] = {}
    for dashboard in DASHBOARDS.values():
        for key, colour in dashboard["metadata"].get("label_colors", {}).items():
            colours.setdefault(key, set()).add(colour)

    assert {key: found for key, found in colours.items() if len(found) > 1} == {}


@each_dashboard
def test_a_fixed_colour_is_that_of_something_on_the_dashboard(name: str) -> None:
    charts = charts_on(name).values()
    metrics = {key for chart in charts for key in series_of(chart)}
    # The names of groups are in the data: operations.
    has_groups = any(chart["params"].get("groupby") and "x_axis" in chart["params"] for chart in charts)

    unknown = DASHBOARDS[name]["metadata"].get("label_colors", {}).keys() - metrics
    assert has_groups or not unknown


@pytest.mark.parametrize("product", LANDING)
def test_a_landing_page_leads_to_every_other_dashboard_of_its_product(product: str) -> None:
    """And to none of another product, which may not be there."""
    dashboards = [each for name, each in DASHBOARDS.items() if name.startswith(f"dashboards/{product}/")]
    texts = [
        part["meta"]["code"]
        for dashboard in dashboards
        for part in dashboard["position"].values()
        if isinstance(part, dict) and part["type"] == "MARKDOWN"
    ]

    led_to = set(re.findall(r"\(/superset/dashboard/([a-z-]+)/\)", "".join(texts)))

    assert led_to == {dashboard["slug"] for dashboard in dashboards} - {LANDING[product]}


def test_every_product_with_dashboards_has_a_landing_page() -> None:
    assert LANDING.keys() == {name.split("/")[1] for name in DASHBOARDS}


@pytest.mark.parametrize("name", [name for name in ASSETS if name.count("/") == 2])
def test_a_products_assets_are_of_its_own_data(name: str) -> None:
    """So that a product can be left out: its charts, its filters, its queries' database."""
    kind, product, _ = name.split("/")
    asset = ASSETS[name]
    own = {each["uuid"] for other, each in ASSETS.items() if other.split("/")[1:2] == [product]}

    if kind == "datasets":
        others = {each.database for each in PRODUCTS if each.name != product}
        assert not re.search(rf"\b({'|'.join(others)})\.", asset["sql"])
    elif kind == "charts":
        assert asset["dataset_uuid"] in own
    else:
        asked = {target["datasetUuid"] for each in filters_of(name, "filter_select") for target in each["targets"]}
        assert asked | set(chart_uuids(asset)) <= own


@each_dashboard
def test_a_dashboard_refreshes_itself_no_faster_than_results_are_shared(name: str) -> None:
    metadata = DASHBOARDS[name]["metadata"]
    (longest,) = [
        limit.le for limit in Settings.model_fields["superset_cache_seconds"].metadata if isinstance(limit, Le)
    ]

    assert longest < metadata["refresh_frequency"]


def filters_of(name: str, kind: str) -> list[dict[str, Any]]:
    filters = DASHBOARDS[name]["metadata"]["native_filter_configuration"]
    assert {each["filterType"] for each in filters} <= {"filter_select", "filter_time"}
    return [each for each in filters if each["filterType"] == kind]


def charts_on(name: str) -> dict[int, dict[str, Any]]:
    """A dashboard's charts by the numbers that its filters know them by."""
    charts = {chart["uuid"]: chart for chart in CHARTS.values()}
    places = [part["meta"] for part in DASHBOARDS[name]["position"].values() if part_is_chart(part)]
    assert len({place["chartId"] for place in places}) == len(places)
    return {place["chartId"]: charts[place["uuid"]] for place in places}


def series_of(chart: dict[str, Any]) -> set[str]:
    """What Superset knows a chart's series by: the column that bears a metric's label, or else the metric's name."""
    params = chart["params"]
    if "x_axis" not in params or params.get("groupby"):
        return set()
    (dataset,) = (dataset for dataset in DATASETS.values() if dataset["uuid"] == chart["dataset_uuid"])
    columns = {column["verbose_name"]: column["column_name"] for column in dataset["columns"]}
    labels = {metric["metric_name"]: metric["verbose_name"] for metric in dataset["metrics"]}
    return {columns.get(labels[name], name) for name in (*params["metrics"], *params.get("metrics_b", []))}


def periods(params: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in params.get("adhoc_filters", []) if each["operator"] == "TEMPORAL_RANGE"]


def part_is_chart(part: object) -> bool:
    return isinstance(part, dict) and part["type"] == "CHART"


def chart_uuids(dashboard: dict[str, Any]) -> list[str]:
    return [part["meta"]["uuid"] for part in dashboard["position"].values() if part_is_chart(part)]


def test_why_messages_are_set_aside_is_said_in_russian() -> None:
    """Reasons are worked out by ClickHouse, and by the producer for what is no JSON object."""
    inboxes = "".join(
        file.read_text() for file in (ROOT / "clickhouse/web/migrations").glob("*_create_events_*_inbox.sql")
    )
    reasons = set(re.findall(r"(?<!COMMENT )'([a-zA-Z_]+ [a-zA-Z_ ]+)'", inboxes))
    producer = (ROOT / "airflow/dags/web/producer.py").read_text()
    reasons |= set(re.findall(r'_SetAsideError\("([^"]+)"\)', producer)) | {"the user was erased"}
    assert len(reasons) > 12
    query = (ROOT / "superset/queries/web/rejected.sql").read_text()
    assert {reason for reason in reasons if f"'{reason}'" not in query} == set()
