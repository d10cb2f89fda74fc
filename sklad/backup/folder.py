"""Where backups lie: one folder each, named by its moment. What has such a name is whole, however its writing ended."""

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sklad.errors import BackupError

STAMP = "%Y%m%dT%H%M%SZ"
_WHOLE = re.compile(r"\d{8}T\d{6}Z")
_UNFINISHED = ".unfinished"


@contextmanager
def new(folder: Path) -> Iterator[Path]:
    """A folder to write a backup into. It gets its name when the context ends well, and is removed when it does not.

    Only its owner can enter: a backup has personal data and password hashes.

    Raises:
        BackupError: it can't be written, or another backup is just being written beside it.
    """
    stamp = datetime.now(UTC).strftime(STAMP)
    unfinished = folder / f".{stamp}{_UNFINISHED}"
    with _alone(folder):
        for left_behind in folder.glob(f".*{_UNFINISHED}"):
            shutil.rmtree(left_behind)
        try:
            unfinished.mkdir(mode=0o700)
            yield unfinished
            for path in (*unfinished.rglob("*"), unfinished):
                path.chmod(0o700 if path.is_dir() else 0o600)
                _sync(path)
            unfinished.rename(finished(unfinished))
            _sync(folder)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise


def finished(unfinished: Path) -> Path:
    """Where a backup that is being written will be."""
    return unfinished.with_name(unfinished.name.removeprefix(".").removesuffix(_UNFINISHED))


def is_name(name: str) -> bool:
    """Whether this is what backups are called."""
    return bool(_WHOLE.fullmatch(name))


def whole(folder: Path) -> list[Path]:
    """All whole backups in a folder, the oldest first."""
    return sorted(path for path in folder.iterdir() if is_name(path.name) and path.is_dir())


def prune(folder: Path, keep: int) -> int:
    """Delete all whole backups but the newest `keep`; returns how many those were."""
    old = whole(folder)[:-keep]
    for path in old:
        # Renamed first: what is half deleted must not look whole.
        shutil.rmtree(path.rename(folder / f".{path.name}{_UNFINISHED}"))
    return len(old)


def require_space(folder: Path, needed: int) -> None:
    """Raises BackupError: fewer than `needed` bytes are free where `folder` is, or will be."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if free < needed:
        raise BackupError(
            f"{folder} has {free // 2**20:,} MB of disk left, {needed // 2**20 + 1:,} MB may be needed. "
            "Free some, or name another folder. Nothing was done."
        )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (folder / ".lock").open("a")
    except OSError as error:
        raise BackupError(f"{folder} can't be written: {error.strerror}. Name another folder.") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupError(f"another backup is being written into {folder}. Wait until it ends.") from error
        yield


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
