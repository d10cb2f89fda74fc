"""Keeps a copy of each table's definition, and puts it back where the engine has lost it.

On a full disk the engine (26.9) writes an empty file for a CREATE, an ALTER and each refresh of a view, calls that a
success, and does not start with it. Copies lie in `definitions/` of the data directory.
"""

import fcntl
import glob
import logging
import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

from sklad.clickhouse_server.errors import ClickHouseServerError

_UUID = re.compile(r"UUID '([0-9a-f-]{36})'")
# Tables that a refresh is just making.
_TEMPORARY = "%2Etmp"

log = logging.getLogger(__name__)


class Definitions:
    """The definitions below one data directory. Methods may be called from any thread."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._copies = data_dir / "definitions"
        self._turn = threading.Lock()

    def keep(self) -> None:
        """Copy what is new or has changed. What can't be copied, on a full disk for one, is copied the next time."""
        with self._turn:
            for file in self._files():
                copy = self._copy_of(file)
                try:
                    there = file.stat()
                    if there.st_size == 0 or file.name.startswith(_TEMPORARY):
                        continue
                    before = copy.stat() if copy.exists() else None
                    if before and (before.st_size, before.st_mtime_ns) == (there.st_size, there.st_mtime_ns):
                        continue
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(file, copy.with_suffix(".tmp"))
                    copy.with_suffix(".tmp").replace(copy)
                except OSError as error:
                    log.debug("no copy of %s: %s", file, error)
            for copy in list(self._copies.rglob("*.sql")):
                if not (self._data_dir / copy.relative_to(self._copies)).exists():
                    copy.unlink()

    def mend(self) -> None:
        """Put copies in the place of empty definitions; those that have none were never whole and go.

        To be called before the engine opens the directory.

        Raises:
            ClickHouseServerError: a copy can't be put back; the disk is still full, for one.
        """
        if self._in_use():
            return
        for file in self._files():
            if file.stat().st_size:
                continue
            copy = self._copy_of(file)
            if copy.exists():
                log.error("%s was empty, its table's definition is put back from a copy", file)
                self._put_back(copy, file)
            else:
                log.error("%s is empty, and there never was more: it goes", file)
                file.unlink()

    def _files(self) -> Iterator[Path]:
        # Not Path.glob(), which fails when a folder goes before it is read: other threads drop tables.
        for pattern in ("metadata/*.sql", "store/*/*/*.sql"):
            for name in glob.iglob(pattern, root_dir=self._data_dir):  # noqa: PTH207
                yield self._data_dir / name

    def _copy_of(self, file: Path) -> Path:
        return self._copies / file.relative_to(self._data_dir)

    def _in_use(self) -> bool:
        """Whether an engine has the directory: it locks this file."""
        status = self._data_dir / "status"
        if not status.exists():
            return False
        with status.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return True
        return False

    def _with_free_uuid(self, definition: str) -> str:
        """A table keeps its UUID, which leads to its data; one that a refresh has replaced since then does not."""
        found = _UUID.search(definition)
        if not found:
            return definition
        dropped = any(found[1] in file.name for file in self._data_dir.glob("metadata_dropped/*"))
        taken = any(found[1] in file.read_text(errors="replace") for file in self._files())
        return _UUID.sub(f"UUID '{uuid4()}'", definition, count=1) if dropped or taken else definition

    def _put_back(self, copy: Path, file: Path) -> None:
        # Written among the copies: the engine does not start with a file that it doesn't know among its own.
        new = copy.with_suffix(".tmp")
        try:
            new.write_text(self._with_free_uuid(copy.read_text()))
            new.replace(file)
        except OSError as error:
            raise ClickHouseServerError(
                f"The definition {file} is empty and can't be put back from {copy}: {error}. Free space on its disk."
            ) from error
