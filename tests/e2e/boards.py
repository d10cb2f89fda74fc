"""A product's dashboards, as its files have them and as a browser opens them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from playwright.sync_api import Page

from sklad.superset.bundle import of_products, read_assets
from tests.browser.dashboard import PHONE, open_dashboard, page_width, places

if TYPE_CHECKING:
    from tests.e2e.conftest import Stack


def titles(product: str) -> dict[str, set[str]]:
    """By slug: the titles of each dashboard's charts."""
    assets = of_products(read_assets(), [product])
    names = {asset["uuid"]: asset["slice_name"] for name, asset in assets.items() if name.startswith("charts/")}
    return {
        asset["slug"]: {
            names[part["meta"]["uuid"]]
            for part in asset["position"].values()
            if isinstance(part, dict) and part["type"] == "CHART"
        }
        for name, asset in assets.items()
        if name.startswith("dashboards/")
    }


def open_slug(page: Page, stack: Stack, slug: str) -> None:
    """The dashboard with every chart drawn, as the administrator sees it."""
    open_dashboard(page, stack["SUPERSET_URL"], slug, stack["SUPERSET_USER"], stack["SUPERSET_PASSWORD"])


def assert_fits_a_phone(page: Page) -> None:
    """Nothing is wider than the screen; charts other than figures fill it, and stand below each other."""
    assert page_width(page) == PHONE["width"]
    for title, place in places(page).items():
        assert place["x"] >= 0, title
        assert place["x"] + place["width"] <= PHONE["width"], title
    tiles = places(page, "[data-test-viz-type^='big_number']")
    charts = [place for title, place in places(page).items() if title not in tiles]
    assert all(place["width"] > PHONE["width"] * 0.8 for place in charts)
    tops = sorted((place["y"], place["y"] + place["height"]) for place in charts)
    assert all(bottom <= next_top for (_, bottom), (next_top, _) in pairwise(tops))
