"""What the behaviour dashboard is made of: ways between pages, how far visits come, who comes back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from types import ModuleType
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from sklad.settings import ROOT
from tests.integration.clickhouse import statements
from tests.integration.web.messages import event, put
from tests.integration.web.test_end_to_end import LAYERS

SITE = "https://shop.example.com"
MIDNIGHT = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)

Visit = Callable[..., None]


@pytest.fixture
def visit(loader: Client) -> Visit:
    """visit(user, days_ago, ("/cart", "add_to_cart"), …): these pages, minute by minute from the hour `begun_at` on."""
    numbers = count(1)

    def come(user: int, days_ago: int, *steps: tuple[str, str], begun_at: int = 3, **changed: Any) -> None:
        before = changed.pop("referer_url", "https://www.google.com/search?q=1")
        for minute, (path, kind) in enumerate(steps):
            at = MIDNIGHT - timedelta(days=days_ago) + timedelta(hours=begun_at, minutes=minute)
            page = {"page_url": f"{SITE}{path}", "page_url_path": path, "event_type": kind}
            referer = {"referer_url": before, "referer_medium": "search" if minute == 0 else "internal"}
            number = next(numbers)
            for feed, record in event(number, user, at, **page, **referer, **changed).items():
                put(loader, feed, [record | (referer if feed == "location" else {})], first_offset=number)
            before = f"{SITE}{path}"

    return come


@pytest.fixture
def build(loader: Client, web: Callable[[str], ModuleType]) -> Callable[[], None]:
    """build(): every layer, of what has arrived."""

    def run() -> None:
        layers = web("layers")
        layers.build_facts(loader)
        layers.build_aggregates(loader)
        for layer in layers.WHOLE:
            layers.build_whole(loader, layer)

    return run


def ask(client: Client, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in client.query(query).result_rows]


def test_ways_lead_from_sites_and_pages_to_other_pages(loader: Client, visit: Visit, build: Callable[[], None]) -> None:
    visit(1, 1, ("/", "pageview"), ("/product/17", "pageview"), ("/product/17", "click"), ("/product/18", "pageview"))
    visit(2, 1, ("/product/3", "pageview"), ("/", "pageview"), referer_url="https://yandex.ru/")
    # The feed calls it a search, and it was this site's own.
    visit(3, 1, ("/catalog", "pageview"), referer_url=f"{SITE}/search?q=tea")
    build()

    assert ask(loader, "SELECT referer, referer_is_internal, page, entries FROM agg_page_flows ORDER BY 1, 3") == [
        ("/", True, "/product/…", 1),
        ("/product/…", True, "/", 1),
        # What happened on the page is no way; another product is.
        ("/product/…", True, "/product/…", 1),
        ("/search", True, "/catalog", 1),
        ("google.com", False, "/", 1),
        ("yandex.ru", False, "/product/…", 1),
    ]


def test_a_visit_comes_as_far_as_its_steps_follow_each_other(
    loader: Client, visit: Visit, build: Callable[[], None]
) -> None:
    product, cart, checkout = ("/product/1", "pageview"), ("/product/1", "add_to_cart"), ("/checkout", "checkout")
    purchase = ("/checkout/done", "purchase")
    visit(1, 1, ("/", "pageview"))
    visit(2, 1, ("/", "pageview"), product)
    visit(3, 1, product, cart, checkout, purchase)
    # The cart came first: the checkout behind it does not follow a product.
    visit(4, 1, ("/cart", "add_to_cart"), product, checkout)
    # Two visits on one day are one; on two days they are two, and steps don't go on overnight.
    visit(5, 1, product, begun_at=2)
    visit(5, 1, cart, begun_at=20)
    visit(6, 2, product)
    visit(6, 1, ("/cart", "add_to_cart"))
    build()

    steps = "SELECT event_date, step, sum(visits) FROM agg_funnel_days GROUP BY 1, 2 ORDER BY 1, 2"
    before, day = (MIDNIGHT - timedelta(days=2)).date(), (MIDNIGHT - timedelta(days=1)).date()
    assert ask(loader, steps) == [(before, 2, 1), (day, 1, 2), (day, 2, 2), (day, 3, 1), (day, 5, 1)]


def test_who_comes_back_is_counted_by_the_first_day(loader: Client, visit: Visit, build: Callable[[], None]) -> None:
    home = ("/", "pageview")
    for user, days in {1: (3, 2, 0), 2: (3,), 3: (2, 0), 4: (0,)}.items():
        for days_ago in days:
            visit(user, days_ago, home, begun_at=0)
    build()

    cohorts = "SELECT dateDiff('day', cohort_date, today()), users, returned FROM agg_retention ORDER BY cohort_date"
    assert ask(loader, cohorts) == [(3, 2, [1, 0, 1]), (2, 1, [0, 1]), (0, 1, [])]

    # An earlier day of a user who is known comes late: the user moves to the cohort of that day.
    visit(4, 3, home)
    build()
    assert ask(loader, cohorts) == [(3, 3, [1, 0, 2]), (2, 1, [0, 1])]


def test_a_day_says_how_many_users_there_were_once_each(
    loader: Client, visit: Visit, build: Callable[[], None]
) -> None:
    visit(1, 1, ("/", "pageview"), ("/checkout/done", "purchase"), begun_at=1)
    visit(1, 1, ("/", "pageview"), begun_at=9)
    visit(2, 1, ("/", "pageview"), geo_country="KZ", geo_region_name="Алматы", device_type="desktop")
    build()

    assert ask(
        loader,
        "SELECT geo_country, geo_region_name, device_type, countMerge(total_events), uniqMerge(unique_users),"
        " countIfMerge(purchases) FROM agg_events_daily GROUP BY 1, 2, 3 ORDER BY 1",
    ) == [("KZ", "Алматы", "desktop", 1, 1, 0), ("RU", "Москва", "phone", 3, 1, 1)]


def test_layers_that_come_new_are_counted_from_facts_that_were_there(
    admin: Client, loader: Client, visit: Visit, build: Callable[[], None]
) -> None:
    visit(1, 2, ("/", "pageview"))
    visit(1, 1, ("/", "pageview"))
    build()
    tables = ("agg_events_daily", "agg_page_flows", "agg_funnel_days", "agg_retention")
    built = [ask(loader, LAYERS[table]) for table in tables]
    assert all(built)
    for table in tables:
        admin.command(f"TRUNCATE TABLE {table}")

    [statement] = statements(ROOT / "clickhouse" / "web" / "migrations" / "0067_fill_layer_builds.sql")
    admin.command(statement)
    build()

    assert [ask(loader, LAYERS[table]) for table in tables] == built
