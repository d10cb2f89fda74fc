"""A backup that lost or changed a byte is refused, with the name of the file; so is what was never one."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sklad.backup.manifest import NAME, File, Manifest
from sklad.errors import BackupError


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A folder with two files and their manifest."""
    (tmp_path / "wms.tar").write_bytes(b"parts of tables" * 1000)
    (tmp_path / "superset.dump").write_bytes(b"rows" * 1000)
    Manifest(
        made_at=datetime(2026, 11, 22, 12, 30, 0, 123456, tzinfo=UTC),
        engines={"clickhouse": "26.9.2.1"},
        migrations={"stock": {1: "0123456789abcdef"}},
        wms_lsn=4096,
        disk_bytes=100_000,
        files={file.name: File.of(file) for file in tmp_path.iterdir()},
    ).write(tmp_path)
    return tmp_path


def check(backup: Path) -> Manifest:
    manifest = Manifest.read(backup)
    manifest.check(backup)
    return manifest


def test_what_was_written_is_read(backup: Path) -> None:
    manifest = check(backup)
    assert manifest.made_at == datetime(2026, 11, 22, 12, 30, 0, 123456, tzinfo=UTC)
    assert (manifest.wms_lsn, manifest.migrations) == (4096, {"stock": {1: "0123456789abcdef"}})
    assert manifest.bytes == 19_000


def test_a_flipped_byte_is_found(backup: Path) -> None:
    content = bytearray((backup / "wms.tar").read_bytes())
    content[7000] ^= 1
    (backup / "wms.tar").write_bytes(content)
    with pytest.raises(BackupError, match=r"wms\.tar has other bytes than were written") as refused:
        check(backup)
    assert "superset" not in str(refused.value)


def test_all_that_is_wrong_is_named_at_once(backup: Path) -> None:
    (backup / "wms.tar").unlink()
    (backup / "superset.dump").write_bytes(b"rows")
    with pytest.raises(BackupError) as refused:
        check(backup)
    assert "wms.tar is missing" in str(refused.value)
    assert "superset.dump has 4 bytes instead of 4,000" in str(refused.value)
    assert "Nothing was restored" in str(refused.value)


def test_a_flipped_byte_of_the_manifest_is_found(backup: Path) -> None:
    written = (backup / NAME).read_bytes()
    meaning, missed = json.loads(written), []
    for position in range(len(written)):
        damaged = bytearray(written)
        damaged[position] ^= 1
        (backup / NAME).write_bytes(damaged)
        try:
            check(backup)
        except BackupError as refused:
            assert "is damaged" in str(refused)
        else:
            missed.append(bytes(damaged))
    assert all(json.loads(damaged) == meaning for damaged in missed), "more than white space was changed"
    assert len(missed) < 10


def test_a_folder_without_a_manifest_is_no_backup(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="is no backup"):
        Manifest.read(tmp_path)
    with pytest.raises(BackupError, match="is no backup"):
        Manifest.read(tmp_path / "absent")


def test_a_backup_of_another_format_is_refused_by_name(backup: Path) -> None:
    manifest = Manifest.read(backup)
    manifest.model_copy(update={"format": 2}).write(backup)
    with pytest.raises(BackupError, match="its format is 2"):
        Manifest.read(backup)
