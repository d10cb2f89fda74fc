"""Reads Superset's dashboards as a person does, in headless Chromium: what a chart shows, and whether it fails.

Charts are named by their titles. Charts far below the window are not drawn until someone scrolls there, so each
function scrolls first. Playwright's wait_for_function is no use here: the pages' security policy forbids its eval.
"""

import re
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from playwright.sync_api import FloatRect, Locator, Page, Playwright, sync_playwright
from playwright.sync_api import TimeoutError as BrowserTimeoutError

from sklad.waiting import wait_until

# Seconds that anything may take before it counts as broken: two cores, loaded, draw eleven charts in a minute.
PATIENCE = 180
# No sandbox: tests may run as root, in containers. The rest keeps the browser from calling home.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Superset takes a browser that says that a program drives it (navigator.webdriver) for one that makes pictures: all its
# charts are drawn at once. For people it draws, and asks for, those near the window.
AS_FOR_PEOPLE = "--disable-blink-features=AutomationControlled"
# Charts with nothing to show on a new stack: faults, of which there are none; comparisons, which come by the hour; what
# is counted every five minutes.
MAY_BE_EMPTY = {
    *("Неприменённые сообщения", "Отложенные сообщения по причинам", "Сверки с WMS", "Сверено с WMS"),
    *("Скоро закончатся", "Оборачиваемость по матрицам"),
}
WINDOW = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
# What the log-in page sends beside the form. See log_in.
_CHATTER = re.compile(r"/superset/(log|language_pack)/")
_LOADING = ".loading, [data-test='loading-indicator']"
_ERROR = "[role='alert'], .ant-alert-error, [data-test='error-message']"
_PAUSE = 0.2  # seconds between two looks


@contextmanager
def browser_page(chromium: str, window: dict[str, int] | None = None, *, as_for_people: bool = False) -> Iterator[Page]:
    """A page of a new browser, with a Russian-speaking user's settings. A narrow window is a phone's.

    `as_for_people`: charts far below the window wait until someone scrolls there; else all are drawn.
    """
    flags = (*FLAGS, AS_FOR_PEOPLE) if as_for_people else FLAGS
    with sync_playwright() as playwright:
        yield from _page(playwright, chromium, window or WINDOW, flags)


def _page(playwright: Playwright, chromium: str, window: dict[str, int], flags: tuple[str, ...]) -> Iterator[Page]:
    is_phone = window["width"] <= PHONE["width"]
    browser = playwright.chromium.launch(executable_path=chromium, args=list(flags))
    try:
        page = browser.new_page(viewport=window, locale="ru-RU", is_mobile=is_phone, has_touch=is_phone)
        page.set_default_timeout(PATIENCE * 1000)
        yield page
    finally:
        browser.close()


def log_in(page: Page, base_url: str, user: str, password: str) -> None:
    """Log in through Superset's form.

    The form's page asks for translations and, a second after its loading, reports that. Both are refused to strangers,
    and the refusals carry the anonymous session: one that comes in after the log-in ends it. A person types for longer
    than that; here the page is kept from asking.
    """
    page.route(_CHATTER, lambda route: route.abort())
    page.goto(f"{base_url}/login/")
    page.fill("#username", user)
    page.fill("#password", password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url, wait_until="commit")
    page.unroute(_CHATTER)


def open_dashboard(
    page: Page, base_url: str, slug: str, user: str, password: str, *, seconds: float = PATIENCE
) -> None:
    """Log in, open the dashboard, and wait until each of its charts has drawn itself or failed.

    Raises:
        AssertionError: a chart did neither within `seconds`, or none came up at all.
    """
    log_in(page, base_url, user, password)
    page.goto(f"{base_url}/superset/dashboard/{slug}/")
    try:
        _charts(page).first.wait_for(timeout=seconds * 1000)
    except BrowserTimeoutError as error:
        shown = page.locator("body").inner_text()[:500]
        raise AssertionError(f"no chart after {seconds:.0f} s at {page.url}; the page says: {shown}") from error
    wait_for_charts(page, seconds)


def chart_titles(page: Page) -> list[str]:
    """Titles of the dashboard's charts, from top to bottom."""
    return [chart.get_attribute("data-test-chart-name") or "" for chart in _charts(page).all()]


def wait_for_charts(page: Page, seconds: float = PATIENCE) -> None:
    """Scroll through the dashboard until every chart has drawn itself or failed; then back to the top.

    Raises:
        AssertionError: a chart did neither within `seconds`.
    """
    deadline = time.monotonic() + seconds
    for title in chart_titles(page):
        scroll_to_chart(page, title, deadline - time.monotonic())
    _scroll_to_top(page)


def scroll_to_chart(page: Page, title: str, seconds: float = PATIENCE) -> None:
    """Scroll there, and wait until the chart has drawn itself or failed.

    Raises:
        AssertionError: it did neither within `seconds`.
    """
    deadline = time.monotonic() + seconds
    chart = _chart(page, title)
    chart.scroll_into_view_if_needed()
    while not is_settled(chart):
        assert time.monotonic() < deadline, f"chart “{title}” was still loading after {seconds:.0f} s"
        page.wait_for_timeout(_PAUSE * 1000)


def chart_errors(page: Page, may_be_empty: Collection[str] = ()) -> dict[str, str]:
    """What charts complain about, by title; empty when all is well.

    A chart that says it has no data complains too, unless its title is among `may_be_empty`.
    """
    errors = {}
    for title in chart_titles(page):
        chart = _chart(page, title)
        chart.scroll_into_view_if_needed()
        complaint = chart.locator(_ERROR if title in may_be_empty else f"{_ERROR}, .ant-empty")
        if complaint.count():
            errors[title] = complaint.first.inner_text().strip() or chart.inner_text().strip()
    _scroll_to_top(page)
    return errors


def page_width(page: Page) -> int:
    """How wide the page is, with what stands outside the window."""
    return int(page.evaluate("document.documentElement.scrollWidth"))


def places(page: Page, selector: str = "") -> dict[str, FloatRect]:
    """Where charts stand on the page, by title; `selector`: only those that match it too."""
    found = page.locator(f"[data-test-chart-name]{selector}").all()
    return {chart.get_attribute("data-test-chart-name") or "": _place(chart) for chart in found}


def _place(chart: Locator) -> FloatRect:
    place = chart.bounding_box()
    assert place, "a chart that is not on the page"
    return place


def speak(page: Page, language: str) -> None:
    """Switch Superset's language by its menu; `language`: its own name for itself.

    A menu that is still opening may slip from under the click and close: it is opened again, as a person would.
    """
    link = page.get_by_role("link", name=language)

    def chosen() -> bool:
        page.mouse.move(0, 0)
        page.locator("#main-menu [data-menu-id$='language-submenu']").click()
        link.click(timeout=10_000)
        return True

    with page.expect_navigation(wait_until="load"):
        wait_until(chosen, f"the menu offers {language}", PATIENCE, not_yet=(BrowserTimeoutError,))
    _charts(page).first.wait_for()
    wait_for_charts(page)


def read_big_number(page: Page, chart_title: str, seconds: float = PATIENCE) -> float:
    """The number of a big-number chart, as it is shown: `23 107 748` is 23107748, `15,3%` is 15.3."""
    line = _chart(page, chart_title).locator(".header-line")
    line.scroll_into_view_if_needed(timeout=seconds * 1000)
    return parse_number(line.inner_text())


def big_numbers(page: Page, titles: Collection[str]) -> dict[str, float | None]:
    """Several of them by title; None for one that is just being drawn anew."""

    def number(title: str) -> float | None:
        try:
            return read_big_number(page, title, seconds=5)
        except BrowserTimeoutError:
            return None

    return {title: number(title) for title in titles}


def parse_number(text: str) -> float:
    """A number as Superset writes it for Russian readers: spaces between thousands, a decimal comma, perhaps a %.

    Raises:
        ValueError: it is none.
    """
    return float(re.sub(r"[\s\u00a0\u202f%]", "", text).replace(",", ".").replace("−", "-"))


def choose(page: Page, filter_name: str, value: str, seconds: float = PATIENCE) -> None:
    """Choose one value in a filter of the dashboard's filter bar, apply it, and wait for the charts.

    Raises:
        AssertionError: the charts did not settle within `seconds`.
    """
    box = _open_filter(page, filter_name)
    # Superset takes what is typed before a comma or a semicolon for a value of its own.
    box.fill(re.split("[,;]", value)[0])
    option = page.locator(".ant-select-dropdown:visible .ant-select-item-option")
    option.filter(has_text=re.compile(f"^{re.escape(value)}$")).first.click()
    page.keyboard.press("Escape")
    _apply(page, seconds)


def options(page: Page, filter_name: str) -> set[str]:
    """What a filter offers, as far as its list shows without scrolling."""
    _open_filter(page, filter_name)
    found = page.locator(".ant-select-dropdown:visible .ant-select-item-option").all_inner_texts()
    page.keyboard.press("Escape")
    return {text.strip() for text in found}


def _apply(page: Page, seconds: float) -> None:
    with page.expect_response(lambda answer: "/api/v1/chart/data" in answer.url, timeout=seconds * 1000):
        page.locator("[data-test='filter-bar__apply-button']").click()
    wait_for_charts(page, seconds)


def _filter_item(page: Page, filter_name: str) -> Locator:
    return page.locator("[data-test='filter-bar'] .ant-form-item").filter(
        has=page.locator("[data-test='filter-control-name']", has_text=re.compile(f"^{re.escape(filter_name)}$"))
    )


def _open_filter(page: Page, filter_name: str) -> Locator:
    """Open a filter's list; returns the box to type in. A value that is chosen already covers that box."""
    item = _filter_item(page, filter_name)
    item.locator(".ant-select").click()
    return item.locator("input[role='combobox']")


def table_rows(page: Page, chart_title: str) -> list[list[str]]:
    """The rows that a table chart shows on its first page, as texts."""
    chart = _chart(page, chart_title)
    chart.scroll_into_view_if_needed()
    return [row.locator("td").all_inner_texts() for row in chart.locator("tbody tr").all()]


def _scroll_to_top(page: Page) -> None:
    page.evaluate("window.scrollTo(0, 0)")


def _charts(page: Page) -> Locator:
    return page.locator("[data-test-chart-name]")


def _chart(page: Page, title: str) -> Locator:
    return page.locator(f'[data-test-chart-name="{title}"]')


def is_settled(chart: Locator) -> bool:
    """Drawn (its container holds something and no spinner turns), or failed."""
    if chart.locator(_ERROR).count():
        return True
    return chart.locator(".slice_container *").count() > 0 and chart.locator(_LOADING).count() == 0
