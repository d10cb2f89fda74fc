"""Caches that Kafka and Connect start from: made once, used by the very commands that run, missed by nobody."""

import subprocess
from pathlib import Path

import pytest

from sklad.embedded import aot, install, kafka
from sklad.embedded.layout import Layout
from sklad.embedded.service import Service
from sklad.settings import Settings, load_settings


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Kafka's jars in a folder of their own, with the caches."""
    tools = tmp_path_factory.mktemp("tools")
    settings = load_settings()
    install.kafka(settings)
    (tools / "kafka").symlink_to(Layout.of(settings).tools / "kafka")
    settings = settings.model_copy(update={"tools_dir": tools, "state_dir": tools / "state"})
    assert aot.train(settings) == ""
    return settings


def started(service: Service, *options: str) -> subprocess.CompletedProcess[str]:
    """The service's own command, up to the JVM's version, which is told once the cache is mapped."""
    java, *others = service.command[: service.command.index("-cp") + 2]
    return subprocess.run([java, *options, *others, "-version"], capture_output=True, text=True, check=False)


def test_it_is_done_once(trained: Settings) -> None:
    caches = {path: path.stat().st_mtime_ns for path in Layout.of(trained).jvm_caches.iterdir()}
    assert {path.name for path in caches} == {"kafka.aot", "connect.aot", ".installed"}

    assert aot.train(trained) == ""

    assert {path: path.stat().st_mtime_ns for path in caches} == caches


@pytest.mark.parametrize("service", [kafka.broker, kafka.connect])
def test_the_services_start_from_it(trained: Settings, service) -> None:
    """With AOTMode=on a JVM that can't use its cache refuses to start."""
    done = started(service(trained), "-XX:AOTMode=on")

    assert done.returncode == 0, done.stdout + done.stderr


def test_a_missing_or_foreign_cache_stops_nobody(trained: Settings, tmp_path: Path) -> None:
    (tmp_path / "jvm").mkdir()
    (tmp_path / "jvm" / "connect.aot").write_bytes(b"no cache")
    (tmp_path / "kafka").symlink_to(Layout.of(trained).tools / "kafka")
    elsewhere = trained.model_copy(update={"tools_dir": tmp_path})

    for service in (kafka.broker(elsewhere), kafka.connect(elsewhere)):
        assert started(service, "-XX:AOTMode=on").returncode != 0
        assert started(service).returncode == 0


def test_what_hinders_it_is_said_and_nothing_stays(trained: Settings, tmp_path: Path) -> None:
    (tmp_path / "kafka").mkdir()  # no jars

    said = aot.train(trained.model_copy(update={"tools_dir": tmp_path}))

    assert said.startswith("none, so starts take longer: ")
    assert "StorageTool" in said
    assert not (tmp_path / "jvm" / ".installed").exists()
