"""Backups in an object store: the files of a folder, each an object below the backup's name.

A backup there is whole when its manifest is: that is put last and deleted first. Addresses and keys come from the
variables that Amazon's own tools read (AWS_ACCESS_KEY_ID, AWS_ENDPOINT and so on).
"""

import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from sklad.backup import manifest
from sklad.backup.folder import STAMP, is_name, require_space
from sklad.errors import BackupError

if TYPE_CHECKING:
    from obstore.store import ClientConfig  # only in its stubs

SCHEME = "s3"
# A file comes as one answer, which may take its time as long as it goes on.
_TIMEOUTS: "ClientConfig" = {"timeout": timedelta(days=1), "read_timeout": timedelta(minutes=1)}
# No upload takes so long: what has no manifest by then was cut off.
_ABANDONED = timedelta(days=1)


class Bucket:
    """What lies below a URL, s3://<bucket>/<prefix>. All methods raise BackupError with the store's reason."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != SCHEME or not parts.netloc or parts.username or parts.query:
            # Not repeated: there may be keys in it.
            raise BackupError("this names no bucket: write s3://bucket/prefix, without keys, or the path of a folder.")
        self._url = url.rstrip("/")

    def remove_abandoned(self) -> None:
        """Delete what a killed upload left. Asked first, it also tells whether the store can be used at all."""
        with self._asked() as store:
            for name, files in _backups(store).items():
                began = datetime.strptime(name, STAMP).replace(tzinfo=UTC)
                if manifest.NAME not in files and datetime.now(UTC) - began > _ABANDONED:
                    _delete(store, [f"{name}/{file}" for file in files])

    def put(self, backup: Path) -> str:
        """Copy a whole backup; returns its URL. What could not be copied whole is removed again."""
        url = f"{self._url}/{backup.name}"
        with self._asked() as store:
            names = sorted((file.name for file in backup.iterdir()), key=lambda name: name == manifest.NAME)
            try:
                for name in names:
                    obstore.put(store, f"{backup.name}/{name}", backup / name)
            except BaseException:
                _delete(store, [f"{backup.name}/{name}" for name in names])
                raise
        return url

    def get(self, folder: Path) -> None:
        """Copy the backup that this URL names into a folder; its manifest may not fit it, see Manifest.check."""
        with self._asked() as store:
            files = {path: size for path, size in _files(store).items() if "/" not in path}
            if manifest.NAME not in files:
                raise BackupError(
                    f"{self._url} is no backup: it has no {manifest.NAME}. Name what sklad backup printed."
                )
            require_space(folder, sum(files.values()))
            folder.mkdir(mode=0o700)
            for name in files:
                _download(store, name, folder / name)

    def prune(self, keep: int) -> int:
        """Delete all whole backups but the newest `keep`; returns how many those were."""
        with self._asked() as store:
            backups = _backups(store)
            old = sorted(name for name, files in backups.items() if manifest.NAME in files)[:-keep]
            for name in old:
                _delete(store, [f"{name}/{file}" for file in backups[name]])
        return len(old)

    @contextmanager
    def _asked(self) -> Iterator[S3Store]:
        try:
            plain = os.environ.get("AWS_ENDPOINT", "").startswith("http://")
            yield S3Store.from_url(self._url, client_options={"allow_http": plain, **_TIMEOUTS})
        except (BaseError, OSError) as error:
            # What follows its first line is how it was asked.
            said = str(error).splitlines()[0]
            raise BackupError(
                f"{self._url} can't be used: {said}\nIs the bucket there, and do AWS_ACCESS_KEY_ID, "
                "AWS_SECRET_ACCESS_KEY, AWS_REGION and, for a store that is not Amazon's, AWS_ENDPOINT fit it?"
            ) from error


def _files(store: S3Store) -> dict[str, int]:
    """The size of each object in bytes, by its path."""
    return {found["path"]: found["size"] for page in obstore.list(store) for found in page}


def _backups(store: S3Store) -> dict[str, list[str]]:
    """The files of all backups, whole or not; what else lies there is none of ours."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in _files(store):
        name, _, file = path.partition("/")
        if is_name(name) and file:
            found[name].append(file)
    return found


def _download(store: S3Store, name: str, file: Path) -> None:
    with file.open("wb") as target:
        for piece in obstore.get(store, name).stream():
            target.write(piece)


def _delete(store: S3Store, paths: list[str]) -> None:
    for path in sorted(paths, key=lambda path: not path.endswith(f"/{manifest.NAME}")):
        obstore.delete(store, path)
