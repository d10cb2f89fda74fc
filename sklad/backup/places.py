"""Where backups are kept: a folder, or a bucket, which they reach through a folder of STATE_DIR."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sklad.backup import folder
from sklad.backup.save import backup
from sklad.errors import BackupError
from sklad.settings import Settings

if TYPE_CHECKING:
    from sklad.backup.bucket import Bucket


def save(settings: Settings, place: str, keep: int, say: Callable[[str], None]) -> str:
    """Back up a running stack, then delete older backups there; returns what `opened` takes.

    Args:
        settings: of a stack that runs.
        place: a path, or s3://bucket/prefix.
        keep: so many of the newest; 0: all.
        say: gets a line for each store.

    Raises:
        BackupError: what it met; nothing of the backup stays.
        ServiceError: a resync is at work.
    """
    if not _is_url(place):
        target = Path(place)
        if target.resolve().is_relative_to(settings.state_dir.resolve()):
            raise BackupError(f"{target} lies in STATE_DIR, which make reset deletes. Name a folder elsewhere.")
        made = str(backup(settings, target, say))
        deleted = folder.prune(target, keep) if keep else 0
    else:
        bucket = _bucket(place)
        bucket.remove_abandoned()
        with _between(settings) as here:
            made = bucket.put(backup(settings, here, say))
        deleted = bucket.prune(keep) if keep else 0
    if deleted:
        say(f"{deleted} older backups deleted")
    return made


@contextmanager
def opened(settings: Settings, backup: str) -> Iterator[Path]:
    """The folder of a backup that `save` made; one in a bucket is copied first. Raises BackupError."""
    if not _is_url(backup):
        yield Path(backup)
        return
    with _between(settings) as here:
        folder = here / backup.rstrip("/").rpartition("/")[2]
        _bucket(backup).get(folder)
        yield folder


def _is_url(place: str) -> bool:
    """Whether this is no path of a folder."""
    return "://" in place


def _bucket(url: str) -> "Bucket":
    # Imported here: every command imports this file, in containers too, whose image has no obstore.
    from sklad.backup.bucket import Bucket  # noqa: PLC0415

    return Bucket(url)


@contextmanager
def _between(settings: Settings) -> Iterator[Path]:
    """A folder of our own, as long as it takes; what a killed command left in it is gone."""
    path = settings.state_dir / "backup"
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(mode=0o700, parents=True)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
