"""What tests of every folder share."""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.browser.chromium import NoChromium, find_or_install_chromium


class FolderByFolder(LoadScopeScheduling):
    """Tests of one folder run in one process: they share engines."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.partition("::")[0].rpartition("/")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FolderByFolder:
    """Who gets which tests, where several processes run them."""
    return FolderByFolder(config, log)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where the browser is; skipped, with the reason, where there is none and none can be installed."""
    try:
        return find_or_install_chromium()
    except NoChromium as reason:
        pytest.skip(str(reason))
