"""What viewers of a dashboard cost: the same question at once is one, and what nobody looks at is not asked for."""

import re
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from playwright.sync_api import Request

from sklad.superset.client import SupersetClient
from tests.browser.dashboard import browser_page, chart_titles, log_in, scroll_to_chart
from tests.e2e import people
from tests.e2e.conftest import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.timeout(1800)]


def test_viewers_who_ask_the_same_at_once_cost_clickhouse_one_question(
    stack: Stack, admin: SupersetClient, viewer: SupersetClient
) -> None:
    label = f"asked once, {uuid4()}"
    takes_a_second = {"label": label, "expressionType": "SQL", "sqlExpression": "max(sleep(1)) + 7"}
    dataset = people.ids(admin, "dataset", "table_name")["Свежесть данных"]
    question = people.question(dataset) | {"force": False}
    question["queries"][0]["metrics"] = [takes_a_second]

    def ask(someone: SupersetClient) -> list[dict[str, object]]:
        return people.rows(someone.ask("POST", "chart/data", json=question))

    with ThreadPoolExecutor() as viewers:
        answers = list(viewers.map(ask, (admin, viewer)))

    assert answers == [[{label: 7}]] * 2
    assert times_asked(stack, label) == 1


def test_a_chart_far_below_the_window_asks_when_someone_scrolls_there(
    stack: Stack, admin: SupersetClient, chromium: str
) -> None:
    asked: list[int] = []

    def note(request: Request) -> None:
        if found := re.search(r"chart/data\?form_data=%7B%22slice_id%22%3A(\d+)", request.url):
            asked.append(int(found[1]))

    with browser_page(chromium, as_for_people=True) as page:
        log_in(page, stack["SUPERSET_URL"], stack["SUPERSET_USER"], stack["SUPERSET_PASSWORD"])
        page.on("request", note)
        page.goto(f"{stack['SUPERSET_URL']}/superset/dashboard/stock/")
        page.locator("[data-test-chart-name]").first.wait_for()
        titles = chart_titles(page)
        scroll_to_chart(page, titles[0])
        at_once = set(asked)
        scroll_to_chart(page, titles[-1])

    charts = people.ids(admin, "chart", "slice_name")
    assert charts[titles[0]] in at_once
    assert charts[titles[-1]] in set(asked) - at_once


def times_asked(stack: Stack, words: str) -> int:
    """How many queries with these words ClickHouse has answered."""
    with stack.clickhouse() as client:
        client.command("SYSTEM FLUSH LOGS")
        # Our server's own look at each statement, formatQuerySingleLine('…'), holds the words too.
        found = client.query(
            "SELECT count() FROM system.query_log WHERE type = 'QueryFinish' AND position(query, {words:String}) > 0"
            " AND position(query, 'formatQuerySingleLine') = 0",
            {"words": words},
        )
    return int(found.result_rows[0][0])
