"""The stack of docker-compose.yml, once for all its tests; skipped, with the reason, where no Docker engine can run."""

from collections.abc import Iterator

import pytest

from sklad.settings import load_settings
from tests.compose.engine import NoEngine, can_pull, running_engine
from tests.compose.stack import ComposeStack, build_standins, project
from tests.machine import NotInstalled


@pytest.fixture(scope="session")
def with_standins() -> Iterator[bool]:
    """A Docker engine; True: official images can't be had here, so that stand-ins, now built, take their places."""
    try:
        with running_engine():
            can = can_pull(load_settings().wms_image)
            if not can:
                build_standins()
            yield not can
    except (NoEngine, NotInstalled) as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def stack(with_standins: bool) -> Iterator[ComposeStack]:
    """The running stack with the demo data and no workload; its images and volumes are removed in the end."""
    running = project("sklad-test", with_standins=with_standins)
    try:
        built = running.compose("build")
        assert built.returncode == 0, (built.stdout + built.stderr)[-3000:]
        up = running.up()
        assert up.returncode == 0, f"{up.stderr[-3000:]}\n{running.compose('logs', '--tail', '20').stdout[-12000:]}"
        running.read_exports()
        yield running
    finally:
        running.compose("--profile", "*", "down", "--volumes")


@pytest.fixture
def other(stack: ComposeStack, with_standins: bool) -> Iterator[ComposeStack]:
    """A second project, not started, with the images of the first."""
    second = project("sklad-test-other", with_standins=with_standins)
    for name in ("tools", "connect", "airflow", "superset"):
        stack.docker("tag", f"sklad-test/{name}", f"sklad-test-other/{name}")
    yield second
    second.compose("--profile", "*", "down", "--volumes")
