"""Finds a Chromium for the tests that read pages, and installs one where that can be done without asking."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.machine import NotInstalled, install, run

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class NoChromium(Exception):
    """There is none and none can be installed; the message says why."""


def find_chromium() -> str | None:
    """Path of an installed Chromium or Chrome, also of one that `playwright install chromium` brought; None without."""
    if path := next((path for name in _NAMES if (path := shutil.which(name))), None):
        return path
    if _what_stops_the_driver():
        return None
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    return str(own) if own.exists() else None


def find_or_install_chromium() -> str:
    """Path of a Chromium; where there is none, apt installs it if root, or sudo that asks for no password, lets it.

    Raises:
        NoChromium: neither worked, or Playwright's driver does not run here.
    """
    path = find_chromium()
    if path is None:
        try:
            install("chromium")
        except NotInstalled as reason:
            raise NoChromium(f"no Chromium on PATH: {reason} (or: .venv/bin/playwright install chromium)") from reason
        path = find_chromium()
    if path is None:
        raise NoChromium("apt installed Chromium, but none of these is on PATH: " + ", ".join(_NAMES))
    if reason := _what_stops_the_driver():
        raise NoChromium(f"Playwright's driver does not run: {reason}")
    return path


def _what_stops_the_driver() -> str:
    """Empty if it runs. It is a Node.js, which takes a library (libatomic1) that the barest systems lack."""
    version = run(sys.executable, "-m", "playwright", "--version")
    return "" if version.returncode == 0 else version.stderr.strip()[-300:] or "it says nothing"
