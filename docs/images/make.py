"""Makes the README's pictures, docs/images/<dashboard>.png, from the running stack: `make pictures`."""

import sys
from pathlib import Path

from sklad.settings import Settings, load_settings
from tests.browser.chromium import NoChromium, find_or_install_chromium
from tests.browser.dashboard import MAY_BE_EMPTY, browser_page, chart_errors, open_dashboard

FOLDER = Path(__file__).parent
WIDTH = 1280
# By product, how far down each dashboard is shown: the lists below say little in a picture.
HEIGHTS = {
    "stock": {"start": 900, "stock": 1790, "missing": 1500, "movements": 1500, "trust": 1300},
    "web": {"web": 1500, "web-sources": 1400, "web-geo": 1300, "web-behaviour": 1550, "web-quality": 1300},
}
MAX_KB = 400


def picture(chromium: str, settings: Settings, slug: str, height: int) -> bytes:
    """A dashboard as a person sees it, as PNG."""
    with browser_page(chromium, {"width": WIDTH, "height": height}) as page:
        open_dashboard(page, settings.superset_url, slug, settings.superset_user, settings.superset_password)
        if errors := chart_errors(page, may_be_empty=MAY_BE_EMPTY):
            sys.exit(f"no picture of a dashboard with failing charts: {errors}")
        page.mouse.move(0, 0)
        page.evaluate("document.fonts.ready")
        return page.screenshot(animations="disabled")


def main() -> None:
    """Write a picture of each dashboard of the products that run."""
    settings = load_settings()
    try:
        chromium = find_or_install_chromium()
    except NoChromium as reason:
        sys.exit(str(reason))
    heights = {slug: height for name in settings.product_names for slug, height in HEIGHTS[name].items()}
    for slug, height in heights.items():
        content = picture(chromium, settings, slug, height)
        size = len(content) // 1024
        if size > MAX_KB:
            sys.exit(f"the picture of {slug} has {size} KB, more than {MAX_KB}: make its height smaller than {height}")
        (FOLDER / f"{slug}.png").write_bytes(content)
        print(f"docs/images/{slug}.png: {size} KB")


if __name__ == "__main__":
    main()
