"""Who may do what in Superset: each role tries what it should be able to do, and what it should not."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sklad.superset.access import read_access
from sklad.superset.client import SupersetClient
from tests.e2e import people
from tests.e2e.conftest import SITE, Stack
from tests.e2e.people import question, rows

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

FORBIDDEN = (httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND)
(REGION_ROLE,) = read_access().regions
(REGION,) = REGION_ROLE.regions
WRITES_SQL = "INSERT INTO regions VALUES (99, 'x')"


@pytest.fixture(scope="module")
def datasets(admin: SupersetClient) -> dict[str, int]:
    return people.ids(admin, "dataset", "table_name")


@pytest.fixture(scope="module")
def of_region(stack: Stack) -> Iterator[SupersetClient]:
    with people.person(stack, "Viewer", REGION_ROLE.role) as client:
        yield client


@pytest.mark.parametrize("role", ["viewer", "analyst"])
def test_all_dashboards_and_their_figures_can_be_read(
    request: pytest.FixtureRequest, stack: Stack, datasets: dict[str, int], role: str
) -> None:
    someone: SupersetClient = request.getfixturevalue(role)

    slugs = {dashboard["slug"] for dashboard in someone.listed("dashboard", ("slug",))}
    figures = rows(someone.ask("POST", "chart/data", json=question(datasets["bi_stock_full"], ["units"])))

    assert slugs >= {"start", "stock", "missing", "movements", "trust"}
    assert figures == [{"units": units(stack)}]


def test_a_viewer_changes_nothing(viewer: SupersetClient, admin: SupersetClient, datasets: dict[str, int]) -> None:
    dashboard = people.ids(admin, "dashboard", "slug")["stock"]
    chart = people.ids(admin, "chart", "slice_name")["Остаток, шт."]

    refused = {
        "a chart of their own": viewer.ask("POST", "chart/", json=a_chart(datasets)),
        "another chart's name": viewer.ask("PUT", f"chart/{chart}", json={"slice_name": "x"}),
        "a chart's end": viewer.ask("DELETE", f"chart/{chart}"),
        "a dashboard of their own": viewer.ask("POST", "dashboard/", json={"dashboard_title": "x"}),
        "another dashboard's name": viewer.ask("PUT", f"dashboard/{dashboard}", json={"dashboard_title": "x"}),
        "a dataset": viewer.ask("PUT", f"dataset/{datasets['bi_stock_full']}", json={"sql": "SELECT 1"}),
        "SQL": viewer.ask("POST", "sqllab/execute/", json=sql(admin, "SELECT 1")),
        **administration(viewer),
    }

    assert {what: answer.status_code for what, answer in refused.items() if answer.status_code not in FORBIDDEN} == {}


def test_an_analyst_makes_charts_and_dashboards_and_copies(
    analyst: SupersetClient, admin: SupersetClient, datasets: dict[str, int]
) -> None:
    chart = analyst.post("chart/", a_chart(datasets))["id"]
    analyst.put(f"chart/{chart}", {"slice_name": "Моя диаграмма, 2"})
    analyst.post("dashboard/", {"dashboard_title": "Мой дашборд"})
    theirs = people.ids(admin, "dashboard", "slug")["stock"]
    copy = {"dashboard_title": "Моя копия", "css": "", "duplicate_slices": False}
    metadata = json.loads(analyst.get(f"dashboard/{theirs}")["result"]["json_metadata"])
    layout = json.loads(analyst.get(f"dashboard/{theirs}")["result"]["position_json"])
    analyst.post(f"dashboard/{theirs}/copy/", copy | {"json_metadata": json.dumps(metadata | {"positions": layout})})

    titles = {dashboard["dashboard_title"] for dashboard in analyst.listed("dashboard", ("dashboard_title",))}
    assert titles >= {"Мой дашборд", "Моя копия"}


def test_an_analyst_asks_sql_as_the_user_that_can_only_read(
    analyst: SupersetClient, admin: SupersetClient, stack: Stack
) -> None:
    answer = analyst.post("sqllab/execute/", sql(admin, "SELECT sum(quantity) AS units FROM stock_balances_v"))
    writing = analyst.ask("POST", "sqllab/execute/", json=sql(admin, WRITES_SQL))
    files = analyst.ask("POST", "sqllab/execute/", json=sql(admin, "SELECT * FROM file('/etc/passwd', 'LineAsString')"))

    assert answer["data"] == [{"units": units(stack)}]
    assert not writing.is_success
    assert not files.is_success


def test_an_analyst_leaves_the_work_of_others_alone(
    analyst: SupersetClient, admin: SupersetClient, datasets: dict[str, int]
) -> None:
    dashboard = people.ids(admin, "dashboard", "slug")["stock"]
    chart = people.ids(admin, "chart", "slice_name")["Остаток, шт."]
    database = next(iter(people.ids(admin, "database", "database_name").values()))

    refused = {
        "another chart's name": analyst.ask("PUT", f"chart/{chart}", json={"slice_name": "x"}),
        "a chart's end": analyst.ask("DELETE", f"chart/{chart}"),
        "another dashboard's name": analyst.ask("PUT", f"dashboard/{dashboard}", json={"dashboard_title": "x"}),
        "a dashboard's end": analyst.ask("DELETE", f"dashboard/{dashboard}"),
        "a dataset": analyst.ask("PUT", f"dataset/{datasets['bi_stock_full']}", json={"sql": "SELECT 1"}),
        "the connection": analyst.ask("PUT", f"database/{database}", json={"allow_dml": True}),
        **administration(analyst),
    }

    assert {what: answer.status_code for what, answer in refused.items() if answer.status_code not in FORBIDDEN} == {}


def test_who_has_a_region_sees_its_rows_alone(
    of_region: SupersetClient, stack: Stack, datasets: dict[str, int]
) -> None:
    def seen(dataset: str, columns: list[str]) -> list[tuple[Any, ...]]:
        found = rows(of_region.ask("POST", "chart/data", json=question(datasets[dataset], columns=columns)))
        return sorted({tuple(row.values()) for row in found})

    total = rows(of_region.ask("POST", "chart/data", json=question(datasets["bi_stock_full"], ["units"])))

    assert total == [{"units": units(stack, REGION)}]
    assert total != [{"units": units(stack)}]
    ours = ("bi_stock_full", "Остатки: итоги", "Остатки (отсутствие)", "Справочник складов", "Остатки на момент")
    for dataset in ours:
        assert seen(dataset, ["регион"]) == [(REGION,)], dataset
    assert seen("Сверки с WMS", ["итог"]) == []


def test_who_has_a_region_cannot_ask_around_the_rule(
    of_region: SupersetClient, admin: SupersetClient, datasets: dict[str, int]
) -> None:
    around = question(datasets["bi_stock_full"])
    around["queries"][0]["metrics"] = [
        {"expressionType": "SQL", "label": "x", "sqlExpression": "(SELECT sum(quantity) FROM stock_balances_v)"}
    ]
    ended = question(datasets["bi_stock_full"], ["units"])
    ended["queries"][0]["extras"] = {"where": "1 = 1) OR (1 = 1"}
    # Superset fills templates in: what they make is looked at like the rest.
    ended_by_template = question(datasets["bi_stock_full"], ["units"])
    ended_by_template["queries"][0]["extras"] = {"where": "{{ '1 = 1) OR (1 = 1' }}"}
    dataset_in_template = question(datasets["bi_stock_full"], ["units"])
    dataset_in_template["queries"][0]["extras"] = {
        "where": f"(SELECT count() FROM {{{{ dataset({datasets['Движение']}) }}}}) > 0"
    }

    refused = {
        "a subquery": of_region.ask("POST", "chart/data", json=around),
        "a condition that ends the rule": of_region.ask("POST", "chart/data", json=ended),
        "a template that ends it": of_region.ask("POST", "chart/data", json=ended_by_template),
        "a template that names a dataset": of_region.ask("POST", "chart/data", json=dataset_in_template),
        "SQL": of_region.ask("POST", "sqllab/execute/", json=sql(admin, "SELECT 1")),
    }

    assert {what: answer.status_code for what, answer in refused.items() if answer.is_success} == {}


def test_strangers_see_nothing(stack: Stack, datasets: dict[str, int]) -> None:
    with httpx.Client(base_url=stack["SUPERSET_URL"]) as stranger:
        page = stranger.get("/superset/dashboard/stock/")
        figures = stranger.post("/api/v1/chart/data", json=question(datasets["bi_stock_full"], ["units"]))

    assert page.is_redirect
    assert "/login" in page.headers["location"]
    assert figures.status_code == httpx.codes.UNAUTHORIZED


def test_rights_added_by_hand_are_taken_back(stack: Stack, admin: SupersetClient) -> None:
    role = {role["name"]: role["id"] for role in admin.listed("security/roles")}["Viewer"]
    before = admin.get(f"security/roles/{role}/permissions/")["result"]
    too_much = [right["id"] for right in admin.listed("security/permissions-resources")]
    admin.post(f"security/roles/{role}/permissions", {"permission_view_menu_ids": too_much})

    applied = stack.sklad("apply", "dashboards")

    assert applied.returncode == 0, applied.stderr
    after = admin.get(f"security/roles/{role}/permissions/")["result"]
    assert sorted(right["id"] for right in after) == sorted(right["id"] for right in before)


@pytest.fixture
def opened(stack: Stack) -> Iterator[None]:
    """SUPERSET_PUBLIC for a while."""
    public = Stack(stack.environment | {"SUPERSET_PUBLIC": "true"})
    for each in (public, stack):
        applied = each.sklad("apply", "dashboards")
        assert applied.returncode == 0, applied.stderr
        if each is public:
            yield


@pytest.mark.usefixtures("opened")
def test_with_a_public_link_strangers_look_at_dashboards_and_do_nothing_else(
    stack: Stack, admin: SupersetClient, datasets: dict[str, int]
) -> None:
    with httpx.Client(base_url=stack["SUPERSET_URL"]) as stranger:
        page = stranger.get("/superset/dashboard/stock/")
        figures = stranger.post("/api/v1/chart/data", json=question(datasets["bi_stock_full"], ["units"]))
        refused = [
            stranger.post("/api/v1/chart/", json=a_chart(datasets)),
            stranger.post("/api/v1/sqllab/execute/", json=sql(admin, "SELECT 1")),
            stranger.get("/api/v1/security/users/"),
            stranger.get("/api/v1/dataset/"),
            stranger.get("/api/v1/assets/export/"),
        ]

    assert page.status_code == httpx.codes.OK
    assert rows(figures) == [{"units": units(stack)}]
    assert [answer.url for answer in refused if answer.is_success] == []


def test_a_guest_sees_the_dashboard_and_the_rows_that_its_token_names(
    stack: Stack, admin: SupersetClient, datasets: dict[str, int]
) -> None:
    embedded = admin.get("dashboard/stock/embedded")["result"]
    token = admin.post(
        "security/guest_token/",
        {
            "user": {"username": "guest"},
            "resources": [{"type": "dashboard", "id": embedded["uuid"]}],
            "rls": [{"dataset": datasets["Остатки: итоги"], "clause": REGION_ROLE.clause()}],
        },
    )["token"]
    chart = people.ids(admin, "chart", "slice_name")["Остаток, шт."]
    dashboards = people.ids(admin, "dashboard", "slug")
    form = {"slice_id": chart, "dashboardId": dashboards["stock"]}

    with httpx.Client(base_url=stack["SUPERSET_URL"], headers={"X-GuestToken": token}) as guest:
        page = guest.get(f"/embedded/{embedded['uuid']}", headers={"Referer": f"{SITE}/report"})
        elsewhere = guest.get(f"/embedded/{embedded['uuid']}", headers={"Referer": "https://example.org/"})
        asked = question(datasets["Остатки: итоги"], ["units"], **form)
        figures = guest.post("/api/v1/chart/data", json=asked)
        other = guest.post("/api/v1/chart/data", json=question(datasets["Движение"], columns=["товар"], **form))

    assert page.status_code == httpx.codes.OK
    assert SITE in page.headers["content-security-policy"]
    assert elsewhere.status_code == httpx.codes.FORBIDDEN
    assert rows(figures) == [{"units": units(stack, REGION)}]
    assert not other.is_success


def units(stack: Stack, region: str | None = None) -> int:
    """Pieces on the shelves, by plain SQL."""
    inside = "warehouse_id IN (SELECT warehouse_id FROM warehouses INNER JOIN regions USING (region_id) WHERE "
    where = f"{inside} region_name = %(region)s)" if region else "1"
    query = f"SELECT sum(quantity) FROM stock_balances_v WHERE {where}"
    with stack.clickhouse("bi") as client:
        return int(client.query(query, parameters={"region": region}).result_rows[0][0])


def administration(someone: SupersetClient) -> dict[str, httpx.Response]:
    """What is the administrator's alone."""
    return {
        "users": someone.ask("GET", "security/users/"),
        "roles": someone.ask("POST", "security/roles/", json={"name": "x"}),
        "rules": someone.ask("POST", "rowlevelsecurity/", json={"name": "x"}),
        "import": someone.ask("POST", "assets/import/"),
        "guest tokens": someone.ask("POST", "security/guest_token/", json={}),
        "embedding": someone.ask("POST", "dashboard/stock/embedded", json={"allowed_domains": []}),
    }


def a_chart(datasets: dict[str, int]) -> dict[str, Any]:
    params = {"viz_type": "big_number_total", "metric": "units"}
    source = {"datasource_id": datasets["bi_stock_full"], "datasource_type": "table"}
    return {"slice_name": "Моя диаграмма", "viz_type": params["viz_type"], "params": json.dumps(params)} | source


def sql(admin: SupersetClient, query: str) -> dict[str, Any]:
    (database,) = people.ids(admin, "database", "database_name").values()
    return {"database_id": database, "sql": query, "runAsync": False, "expand_data": True}
