"""Dashboards between Superset and their files: nothing is lost on the way, nothing of users' is touched."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml

from sklad.superset.assets import ImportReport, import_assets
from sklad.superset.bundle import SUPERSET, build_bundle
from sklad.superset.client import SupersetClient
from sklad.superset.export import Export, Exported
from tests.e2e import people
from tests.e2e.conftest import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

DASHBOARD, CHART, DATASET = "dashboards/stock/extra.yaml", "charts/stock/extra.yaml", "datasets/stock/extra.yaml"


@pytest.fixture
def folder(tmp_path: Path, stack: Stack, admin: SupersetClient) -> Iterator[Path]:
    """A copy of superset/ to write into; Superset is brought back to the project's at the end."""
    for part in ("assets", "queries"):
        shutil.copytree(SUPERSET / part, tmp_path / part)
    bring(stack, admin, SUPERSET)
    yield tmp_path
    bring(stack, admin, SUPERSET)


def bring(stack: Stack, admin: SupersetClient, folder: Path) -> ImportReport:
    """Import what a folder holds."""
    _, _, address = stack["CLICKHOUSE_URL"].partition("://")
    host, _, port = address.partition(":")
    return import_assets(admin, build_bundle(host, int(port), folder), stack["CLICKHOUSE_BI_PASSWORD"])


def export(admin: SupersetClient, folder: Path, *slugs: str) -> list[str]:
    return Export(Exported.read(admin.download("assets/export/")), folder).run(list(slugs))


def lines_changed(folder: Path, name: str) -> set[str]:
    """Lines that a file has and the project's has not."""
    now, before = ((root / name).read_text(encoding="utf-8").splitlines() for root in (folder, SUPERSET))
    return {line.strip() for line in now} - {line.strip() for line in before}


def test_exporting_what_was_imported_changes_nothing(admin: SupersetClient, folder: Path) -> None:
    assert export(admin, folder) == []


def test_an_edit_comes_back_as_the_lines_that_it_is(stack: Stack, admin: SupersetClient, folder: Path) -> None:
    charts = people.ids(admin, "chart", "slice_name")
    chart = admin.get(f"chart/{charts['Остаток, шт.']}")["result"]
    params = json.loads(chart["params"]) | {"subtitle": "штук на всех складах", "header_font_size": 0.4}
    admin.put(f"chart/{chart['id']}", {"params": json.dumps(params), "query_context": "{}"})
    dashboard = admin.get("dashboard/stock")["result"]
    position = json.loads(dashboard["position_json"])
    position["CHART-units"]["meta"] |= {"width": 6, "sliceName": "Остаток, шт."}
    position["CHART-products-present"]["meta"]["width"] = 2
    metadata = json.loads(dashboard["json_metadata"]) | {"refresh_frequency": 60, "positions": position}
    admin.put(f"dashboard/{dashboard['id']}", {"json_metadata": json.dumps(metadata)})
    dataset = people.ids(admin, "dataset", "table_name")["bi_stock_full"]
    sql = admin.get(f"dataset/{dataset}")["result"]["sql"]
    admin.put(f"dataset/{dataset}", {"sql": sql + "WHERE 1\n"})

    changed = export(admin, folder)

    chart_file, dashboard_file = "assets/charts/stock/units.yaml", "assets/dashboards/stock/stock.yaml"
    query_file = "queries/stock/bi_stock_full.sql"
    assert sorted(changed) == [chart_file, dashboard_file, query_file]
    assert lines_changed(folder, chart_file) == {"subtitle: штук на всех складах", "header_font_size: 0.4"}
    assert {line.split("uuid")[0] for line in lines_changed(folder, dashboard_file)} == {
        "refresh_frequency: 60",
        "meta: {chartId: 1, ",
        "meta: {chartId: 2, ",
    }
    assert lines_changed(folder, query_file) == {"WHERE 1"}
    assert export(admin, folder) == []
    bring(stack, admin, folder)
    assert export(admin, folder) == []


def test_a_chart_taken_off_its_dashboard_loses_its_file_and_a_new_one_gets_one(
    admin: SupersetClient, folder: Path
) -> None:
    charts = people.ids(admin, "chart", "slice_name")
    template = admin.get(f"chart/{charts['Остаток, шт.']}")["result"]
    dataset = people.ids(admin, "dataset", "table_name")["bi_stock_full"]
    source = {"datasource_id": dataset, "datasource_type": "table", "viz_type": "big_number_total"}
    new = admin.post("chart/", {"slice_name": "Новая", "params": template["params"]} | source)["id"]
    try:
        dashboard = admin.get("dashboard/stock")["result"]
        position = json.loads(dashboard["position_json"])
        position["CHART-stock-table"]["meta"] = {"chartId": new, "width": 12, "height": 50}
        metadata = json.loads(dashboard["json_metadata"]) | {"positions": position}
        admin.put(f"dashboard/{dashboard['id']}", {"json_metadata": json.dumps(metadata)})

        changed = export(admin, folder)

        (file,) = (folder / name for name in changed if name.startswith("assets/charts/stock/new_"))
        assert yaml.safe_load(file.read_text(encoding="utf-8"))["slice_name"] == "Новая"
        assert not {"id", "datasource", "slice_id"} & yaml.safe_load(file.read_text(encoding="utf-8"))["params"].keys()
        assert not (folder / "assets/charts/stock/stock_table.yaml").exists()
        assert len(changed) == 3
        build_bundle("127.0.0.1", 1, folder)
    finally:
        admin.delete(f"chart/{new}")


def test_what_leaves_the_files_is_removed_and_nothing_of_users(
    stack: Stack, admin: SupersetClient, folder: Path
) -> None:
    add_an_extra_dashboard(folder)
    bring(stack, admin, folder)
    with people.person(stack, "Analyst") as analyst:
        theirs = analyst.post("chart/", a_chart(admin, "Моя", "Лишний набор"))["id"]
        analyst.post("dashboard/", {"dashboard_title": "Мой"})

        report = bring(stack, admin, SUPERSET)

        assert sorted(report.removed) == ["Лишний дашборд", "Лишняя диаграмма"]
        assert report.kept == ["Лишний набор"]
        assert "Моя" in people.ids(admin, "chart", "slice_name")
        assert "Мой" in people.ids(admin, "dashboard", "dashboard_title")
        analyst.delete(f"chart/{theirs}")

    assert bring(stack, admin, SUPERSET).removed == ["Лишний набор"]
    assert bring(stack, admin, SUPERSET).removed == []


def test_a_chart_that_a_user_shows_stays(stack: Stack, admin: SupersetClient, folder: Path) -> None:
    add_an_extra_dashboard(folder)
    bring(stack, admin, folder)
    chart = people.ids(admin, "chart", "slice_name")["Лишняя диаграмма"]
    mine = admin.post("dashboard/", {"dashboard_title": "Мой"})["id"]
    admin.put(f"chart/{chart}", {"dashboards": [mine]})

    report = bring(stack, admin, SUPERSET)

    assert report.removed == ["Лишний дашборд"]
    assert report.kept == ["Лишняя диаграмма", "Лишний набор"]
    admin.delete(f"dashboard/{mine}")
    assert sorted(bring(stack, admin, SUPERSET).removed) == ["Лишний набор", "Лишняя диаграмма"]


def add_an_extra_dashboard(folder: Path) -> None:
    """One more dashboard, with one chart of one dataset, each new to Superset."""
    uuids = {name: str(uuid4()) for name in (DASHBOARD, CHART, DATASET)}
    dataset = load(folder, "datasets/stock/bi_stock_full.yaml") | {"table_name": "Лишний набор"}
    chart = load(folder, "charts/stock/units.yaml") | {"slice_name": "Лишняя диаграмма", "dataset_uuid": uuids[DATASET]}
    dashboard = load(folder, "dashboards/stock/stock.yaml") | {"dashboard_title": "Лишний дашборд", "slug": "extra"}
    place = {"chartId": 1, "uuid": uuids[CHART], "width": 12, "height": 50}
    row = ["ROOT_ID", "GRID_ID", "ROW-1"]
    dashboard["position"] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": "x"}},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "parents": row[:1], "children": ["ROW-1"]},
        "ROW-1": {"type": "ROW", "id": "ROW-1", "parents": row[:2], "children": ["CHART-1"], "meta": {}},
        "CHART-1": {"type": "CHART", "id": "CHART-1", "parents": row, "children": [], "meta": place},
    }
    dashboard["metadata"] = {"refresh_frequency": 10}
    for name, asset in {DATASET: dataset, CHART: chart, DASHBOARD: dashboard}.items():
        text = yaml.safe_dump(asset | {"uuid": uuids[name]}, allow_unicode=True)
        (folder / "assets" / name).write_text(text, encoding="utf-8")
    shutil.copy(folder / "queries/stock/bi_stock_full.sql", folder / "queries/stock/extra.sql")


def load(folder: Path, name: str) -> dict[str, Any]:
    asset: dict[str, Any] = yaml.safe_load((folder / "assets" / name).read_text(encoding="utf-8"))
    return asset


def a_chart(admin: SupersetClient, name: str, dataset: str) -> dict[str, Any]:
    source = {"datasource_id": people.ids(admin, "dataset", "table_name")[dataset], "datasource_type": "table"}
    params = json.dumps({"viz_type": "big_number_total", "metric": "units"})
    return {"slice_name": name, "viz_type": "big_number_total", "params": params} | source
