"""A folder that looks like a backup is a whole one, and only its owner can read it."""

import fcntl
import shutil
from pathlib import Path

import pytest

from sklad.backup import folder
from sklad.errors import BackupError


def test_a_backup_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    with folder.new(tmp_path) as path:
        (path / "wms.tar").write_text("all of it")
        assert folder.whole(tmp_path) == []
    assert folder.whole(tmp_path) == [folder.finished(path)]
    assert (folder.finished(path) / "wms.tar").read_text() == "all of it"


def test_of_one_that_failed_nothing_stays(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no space"), folder.new(tmp_path) as path:
        (path / "wms.tar").write_text("half of it")
        raise OSError("no space")
    assert [left.name for left in tmp_path.iterdir()] == [".lock"]


def test_of_one_that_was_killed_nothing_stays_when_the_next_is_made(tmp_path: Path) -> None:
    killed = tmp_path / ".20260101T000000Z.unfinished"
    killed.mkdir()
    (killed / "wms.tar").write_text("half of it")
    with folder.new(tmp_path):
        pass
    assert not killed.exists()
    assert len(folder.whole(tmp_path)) == 1


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    with folder.new(tmp_path / "backups") as path:
        (path / "superset.dump").write_text("password hashes")
        (path / "superset.dump").chmod(0o644)
    made = folder.finished(path)
    modes = [path.stat().st_mode & 0o777 for path in (made.parent, made, made / "superset.dump")]
    assert modes == [0o700, 0o700, 0o600]


def test_one_is_written_at_a_time(tmp_path: Path) -> None:
    with folder.new(tmp_path), pytest.raises(BackupError, match="another backup"), folder.new(tmp_path):
        pass
    with (tmp_path / ".lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(BackupError, match="another backup"), folder.new(tmp_path):
            pass
    assert len(folder.whole(tmp_path)) == 1


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(BackupError, match=r"file can't be written"), folder.new(tmp_path / "file"):
        pass


def test_too_little_space_is_said_before_anything_is_done(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    folder.require_space(tmp_path / "not" / "there", free // 2)
    with pytest.raises(BackupError, match="MB of disk left") as refused:
        folder.require_space(tmp_path / "not" / "there", free * 2)
    assert "Nothing was done" in str(refused.value)
    assert not (tmp_path / "not").exists()


def test_the_oldest_go_and_what_is_no_backup_stays(tmp_path: Path) -> None:
    for name in ("20260101T000000Z", "20260102T000000Z", "20260103T000000Z", "notes", "20260104"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("something")
    assert folder.prune(tmp_path, keep=2) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "20260102T000000Z", "20260103T000000Z", "20260104", "notes",
    ]  # fmt: skip
    assert folder.prune(tmp_path, keep=2) == 0
