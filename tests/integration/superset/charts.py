"""What a chart asks of the engine: its dataset's query with the chart's columns, metrics, filters and period around."""

import re
from typing import Any

from sklad.superset.bundle import read_assets
from sklad.superset.queries import Query
from tests.integration.superset.parser import at_moment

ASSETS = read_assets()
CHARTS = {name.removeprefix("charts/"): asset for name, asset in ASSETS.items() if name.startswith("charts/")}
_DATASETS = {asset["uuid"]: asset for name, asset in ASSETS.items() if name.startswith("datasets/")}
_NO_PERIOD = "No filter"


def chart_query(chart: dict[str, Any], where: str = "1") -> str:
    """The SQL of a chart; `where`: one condition more, as a dashboard's filter would add it."""
    params = chart["params"]
    dataset = _DATASETS[chart["dataset_uuid"]]
    columns = {column["column_name"]: column.get("expression") for column in dataset["columns"]}
    metrics = {metric["metric_name"]: metric["expression"] for metric in dataset["metrics"]}

    asked = [params.get(key) for key in ("x_axis", "entity", "source", "target")]
    asked += [name for key in ("groupby", "columns", "all_columns") for name in _listed(params.get(key))]
    shown = [f'{columns[name] or _quoted(name)} AS "_{name}"' for name in asked if name]
    keys = [f'"_{name}"' for name in asked if name]
    measured = [params.get("metric"), params.get("secondary_metric"), *params.get("metrics", [])]
    measured += params.get("metrics_b", [])
    shown += [f"{metrics[name]} AS {name}" for name in measured if name]
    conditions = [where, *map(_condition, params.get("adhoc_filters", []))]
    query = Query.of(dataset["sql"])
    is_of_detail = query.column and _quoted(query.column) in " ".join(conditions)
    sql = at_moment(query.detail if is_of_detail else query.sql)

    grouped = f" GROUP BY {', '.join(keys)}" if keys and "all_columns" not in params else ""
    return (
        f"SELECT {', '.join(shown)} FROM (\n{sql}\n) AS virtual_table"
        f" WHERE {' AND '.join(conditions)}{grouped} LIMIT {min(params.get('row_limit', 1), 1000)}"
    )


def _listed(value: str | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else value or []


def _quoted(name: str) -> str:
    return f'"{name}"'


def _condition(adhoc: dict[str, Any]) -> str:
    subject, value = _quoted(adhoc["subject"]), adhoc["comparator"]
    if adhoc["operator"] == "==":
        return f"{subject} = '{value}'"
    assert adhoc["operator"] == "TEMPORAL_RANGE", adhoc
    if value == _NO_PERIOD:
        return "1"
    last = re.fullmatch(r'(DATETRUNC\()?DATEADD\(DATETIME\("now"\), -(\d+), (day|hour)\)(, day\))? : now', value)
    assert last, f"a period that this module can't read: {value}"
    begin = f"now() - INTERVAL {last[2]} {last[3]}"
    return f"{subject} >= {f'toStartOfDay({begin})' if last[1] else begin}"
