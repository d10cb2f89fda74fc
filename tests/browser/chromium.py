"""Finds a Chromium for the tests that read pages, and installs one where that can be done without asking."""

import os
import shutil
import subprocess
from pathlib import Path

from playwright.sync_api import sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_INSTALL = (("apt-get", "update"), ("apt-get", "install", "-y", "--no-install-recommends", "chromium"))
_INSTALL_SECONDS = 600


class NoChromium(Exception):
    """There is none and none can be installed; the message says why."""


def find_chromium() -> str | None:
    """Path of an installed Chromium or Chrome, also of one that `playwright install chromium` brought; None without."""
    if path := next((path for name in _NAMES if (path := shutil.which(name))), None):
        return path
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    return str(own) if own.exists() else None


def find_or_install_chromium() -> str:
    """Path of a Chromium; where there is none, apt installs it if root, or sudo that asks for no password, lets it.

    Raises:
        NoChromium: neither worked.
    """
    if path := find_chromium():
        return path
    _install()
    if path := find_chromium():
        return path
    raise NoChromium("apt installed Chromium, but none of these is on PATH: " + ", ".join(_NAMES))


def _install() -> None:
    if not shutil.which("apt-get"):
        raise NoChromium("no Chromium on PATH, and no apt-get to install it with")
    sudo = () if os.geteuid() == 0 else ("sudo", "-n")
    if sudo and not _succeeds(*sudo, "true"):
        raise NoChromium(
            "no Chromium on PATH, and installing it needs root. Run: sudo apt-get install chromium"
            " (or: .venv/bin/playwright install chromium)"
        )
    for command in _INSTALL:
        done = _run(*sudo, "env", "DEBIAN_FRONTEND=noninteractive", *command)
        if done.returncode != 0:
            raise NoChromium(f"no Chromium on PATH, and `{' '.join(command)}` failed: {done.stderr.strip()[-500:]}")


def _succeeds(*command: str) -> bool:
    try:
        return _run(*command).returncode == 0
    except FileNotFoundError:
        return False


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=False, stdin=subprocess.DEVNULL
    )
