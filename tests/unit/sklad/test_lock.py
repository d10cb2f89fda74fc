"""One command at a time on a state folder, and one installer at a time in a folder of engines."""

import threading
from pathlib import Path

import pytest

from sklad.embedded.lock import alone, in_turn
from sklad.errors import ServiceError, SettingsError
from sklad.settings import Settings, load_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings().model_copy(update={"state_dir": tmp_path / "state"})


def test_a_second_command_is_refused_until_the_first_has_ended(settings: Settings) -> None:
    said = r"`sklad up`, process \d+ is at work on .*state"
    with alone(settings, "sklad up"), pytest.raises(ServiceError, match=said), alone(settings, "sklad reset"):
        pass
    with alone(settings, "sklad down"):
        assert "`sklad down`" in (settings.state_dir / "lock").read_text()


def test_a_folder_that_cannot_be_made(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    elsewhere = settings.model_copy(update={"state_dir": tmp_path / "file" / "state"})
    with pytest.raises(SettingsError, match="can't be written: Not a directory"), alone(elsewhere, "sklad up"):
        pass


def test_installers_of_one_folder_wait_for_each_other(tmp_path: Path) -> None:
    order: list[str] = []

    def second() -> None:
        with in_turn(tmp_path / "kafka"):
            order.append("second")

    thread = threading.Thread(target=second)
    with in_turn(tmp_path / "kafka"):
        thread.start()
        thread.join(0.3)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]
