"""Makes the README's picture, docs/images/dashboard.png, from the running stack:

PYTHONPATH=. .venv/bin/python docs/images/make.py
"""

import sys
from pathlib import Path

from sklad.settings import load_settings
from tests.browser.chromium import NoChromium, find_or_install_chromium
from tests.browser.dashboard import browser_page, chart_errors, open_dashboard

PICTURE = Path(__file__).with_name("dashboard.png")
# Down to the end of the heatmap; the lists below it say little in a picture.
WINDOW = {"width": 1280, "height": 1790}
MAX_KB = 400


def main() -> None:
    """Open the dashboard and write what a person sees."""
    settings = load_settings()
    try:
        chromium = find_or_install_chromium()
    except NoChromium as reason:
        sys.exit(str(reason))
    with browser_page(chromium, WINDOW) as page:
        open_dashboard(page, settings.superset_url, "stock", settings.superset_user, settings.superset_password)
        if errors := chart_errors(page):
            sys.exit(f"no picture of a dashboard with failing charts: {errors}")
        page.mouse.move(0, 0)
        page.evaluate("document.fonts.ready")
        picture = page.screenshot(animations="disabled")
    size = len(picture) // 1024
    if size > MAX_KB:
        sys.exit(f"the picture has {size} KB, more than {MAX_KB}: make WINDOW smaller")
    PICTURE.write_bytes(picture)
    print(f"{PICTURE.name}: {size} KB")


if __name__ == "__main__":
    main()
