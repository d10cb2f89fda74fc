"""Pre-flight: every problem at once, each with its cure, and nothing touched."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from sklad.embedded import preflight
from sklad.errors import PreflightError
from sklad.settings import Settings, load_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The settings of a stack that is not running, on ports that are free."""
    load_settings.cache_clear()
    ports = {name: port for port, name in enumerate(sorted(_port_names()), start=23000)}
    return load_settings().model_copy(update=ports | {"state_dir": tmp_path / "state"})


def _port_names() -> list[str]:
    return [name for name in Settings.model_fields if name.endswith("_port")]


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_free_machine_passes(settings: Settings) -> None:
    preflight.check(settings)


def test_a_taken_port_is_named_with_its_key_and_owner(settings: Settings, taken_port: int) -> None:
    with pytest.raises(PreflightError, match=rf"port {taken_port} \(KAFKA_PORT\) is taken by .*process \d+"):
        preflight.check(settings.model_copy(update={"kafka_port": taken_port}))


def test_two_services_on_one_port(settings: Settings) -> None:
    with pytest.raises(PreflightError, match="SUPERSET_PORT and AIRFLOW_PORT are both 23999"):
        preflight.check(settings.model_copy(update={"airflow_port": 23999, "superset_port": 23999}))


def test_a_path_too_long_for_sockets(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(PreflightError, match="Set a shorter STATE_DIR"):
        preflight.check(settings.model_copy(update={"state_dir": tmp_path / ("x" * 80)}))


def test_all_problems_are_said_at_once(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "MEMORY_MB", 10**9)
    monkeypatch.setattr(preflight, "RUN_DISK_MB", 10**9)
    monkeypatch.setattr(preflight, "PYTHONS", ((3, 99),))
    with pytest.raises(PreflightError) as refused:
        preflight.check(settings)
    for words in ("Close other programs", "MB of disk left", "is not supported. Use Python 3.99"):
        assert words in str(refused.value)
