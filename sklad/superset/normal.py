"""An exported asset as its file would say it: no ids of this Superset, nothing that Superset works out by itself.

Files know a dashboard's charts by small numbers of their own (`chartId` beside the uuid); Superset by its ids.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any

Asset = dict[str, Any]
Numbers = Mapping[int, int]  # a chart's number in the file by its id in Superset

# Superset writes these by itself, at import or whenever someone saves.
_MADE = {
    "dashboards": {"certified_by", "certification_details", "theme_uuid", "tags"},
    "charts": {"certified_by", "certification_details", "query_context", "tags"},
    "datasets": {"params"},
}
_MADE_PARAMS = {"datasource", "slice_id", "dashboards", "dashboardId", "url_params", "extra_form_data", "force"}
_MADE_METADATA = {
    *("shared_label_colors", "map_label_colors", "color_scheme_domain", "default_filters", "filter_scopes"),
    *("chart_customization_config", "positions", "show_native_filters"),
}
_MADE_FILTER = {"chartsInScope", "tabsInScope"}


def normal(kind: str, exported: Asset, file: Mapping[str, Any] | None) -> Asset:
    """The asset in its file's terms. `kind`: datasets, charts or dashboards; `file`: what stands there now, if it does.

    A dataset keeps its SQL under `sql`.
    """
    asset = {key: value for key, value in exported.items() if key not in _MADE[kind]}
    return {"datasets": _dataset, "charts": _chart, "dashboards": _dashboard}[kind](asset, file)


def chart_places(dashboard: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """`meta` of each chart on a dashboard: uuid, chartId, width, height."""
    for part in dashboard["position"].values():
        if isinstance(part, dict) and part["type"] == "CHART":
            yield part["meta"]


def _dataset(asset: Asset, _: Mapping[str, Any] | None) -> Asset:
    extra = {key: value for key, value in (asset.get("extra") or {}).items() if key != "certification"}
    columns = [{key: value for key, value in each.items() if key != "is_active"} for each in asset["columns"]]
    return asset | {"extra": extra or None, "columns": columns}


def _chart(asset: Asset, _: Mapping[str, Any] | None) -> Asset:
    params = {key: value for key, value in asset["params"].items() if key not in _MADE_PARAMS}
    return asset | {"params": params}


def _dashboard(asset: Asset, file: Mapping[str, Any] | None) -> Asset:
    numbers = _numbers(asset, file)
    position = {key: _part(part, numbers) for key, part in asset["position"].items()}
    return asset | {"position": position, "metadata": _metadata(asset.get("metadata") or {}, numbers)}


def _numbers(asset: Asset, file: Mapping[str, Any] | None) -> Numbers:
    known = {place["uuid"]: place["chartId"] for place in chart_places(file)} if file else {}
    free = (number for number in count(1) if number not in known.values())
    return {
        place["chartId"]: known[place["uuid"]] if place["uuid"] in known else next(free)
        for place in chart_places(asset)
    }


def _part(part: object, numbers: Numbers) -> object:
    if not isinstance(part, dict):
        return part
    if part["type"] != "CHART":
        return part
    meta = {key: value for key, value in part["meta"].items() if key != "sliceName"}
    return part | {"meta": meta | {"chartId": numbers[meta["chartId"]]}}


def _metadata(metadata: Asset, numbers: Numbers) -> Asset:
    def numbered(ids: list[int]) -> list[int]:
        return sorted(numbers[each] for each in ids if each in numbers)

    def scoped(part: Asset) -> Asset:
        kept = {key: value for key, value in part.items() if key not in _MADE_FILTER}
        if isinstance(scope := kept.get("scope"), dict):
            kept["scope"] = scope | {"excluded": numbered(scope.get("excluded", []))}
        return kept

    def targeted(part: Asset) -> Asset:
        targets = [{key: value for key, value in each.items() if key != "datasetId"} for each in part["targets"]]
        return scoped(part) | {"targets": targets}

    changed: dict[str, Callable[[Any], Any]] = {
        "native_filter_configuration": lambda filters: [targeted(each) for each in filters],
        "global_chart_configuration": lambda scope: scoped(scope) | {"chartsInScope": []},
        "timed_refresh_immune_slices": numbered,
        "expanded_slices": lambda charts: {
            str(numbers[int(each)]): shown for each, shown in charts.items() if int(each) in numbers
        },
        # Superset writes one for each chart; those that follow the dashboard's say nothing.
        "chart_configuration": lambda charts: {
            str(numbers[int(each)]): own
            for each, chart in charts.items()
            if int(each) in numbers and (own := _own_scope(chart, numbers[int(each)], scoped))
        },
    }
    kept = {key: value for key, value in metadata.items() if key not in _MADE_METADATA}
    return {key: changed[key](value) if key in changed else value for key, value in kept.items()}


def _own_scope(chart: Asset, number: int, scoped: Callable[[Asset], Asset]) -> Asset | None:
    cross = chart.get("crossFilters", {})
    if cross.get("scope", "global") == "global":
        return None
    return {"id": number, "crossFilters": scoped(cross) | {"chartsInScope": []}}
