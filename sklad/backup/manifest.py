"""What a backup says of itself: `manifest.json`, written last of all, checked before anything is restored."""

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from sklad.errors import BackupError

FORMAT = 1
NAME = "manifest.json"


class File(BaseModel):
    """One file of a backup. `sha256` in hexadecimal."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bytes: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> "File":
        with path.open("rb") as file:
            return cls(bytes=path.stat().st_size, sha256=hashlib.file_digest(file, "sha256").hexdigest())


class Manifest(BaseModel):
    """A whole backup.

    Attributes:
        made_at: when ClickHouse's backup began, by ClickHouse's clock. UTC.
        engines: the version of each engine that wrote something of it.
        migrations: of each product, the MD5 of each of ClickHouse's migrations that had run.
        wms_lsn: the position that the WMS's log had reached once ClickHouse was saved. None: it has no WMS, or one that
            is not ours.
        disk_bytes: what all of it took in the engines, which restoring takes again.
        files: by their paths in the backup's folder.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int = FORMAT
    made_at: datetime
    engines: dict[str, str]
    migrations: dict[str, dict[int, str]]
    wms_lsn: int | None
    disk_bytes: int
    files: dict[str, File]

    @property
    def bytes(self) -> int:
        """Of all files together."""
        return sum(file.bytes for file in self.files.values())

    def write(self, folder: Path) -> None:
        content = self.model_dump(mode="json")
        (folder / NAME).write_text(json.dumps({"backup": content, "sha256": _digest(content)}, indent=1) + "\n")

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Raises BackupError: there is no backup here, or its manifest is damaged or of a newer Sklad."""
        file = folder / NAME
        try:
            written = json.loads(file.read_bytes())
            content, digest = written["backup"], written["sha256"]
            intact = digest == _digest(content)
        except FileNotFoundError as error:
            raise BackupError(
                f"{folder} is no backup: it has no {NAME}. Name the folder that sklad backup printed."
            ) from error
        except OSError as error:
            raise BackupError(f"{file} can't be read: {error.strerror}.") from error
        except (ValueError, KeyError, TypeError) as error:
            raise _damaged(file) from error
        if not intact:
            raise _damaged(file)
        if content["format"] != FORMAT:
            raise BackupError(
                f"{folder} was made by another Sklad: its format is {content['format']}, this one reads {FORMAT}. "
                "Restore with the Sklad that made it."
            )
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            raise _damaged(file) from error

    def check(self, folder: Path) -> None:
        """Compare every file with its checksum. Raises BackupError that names all that is missing or damaged."""
        wrong = [problem for name, file in self.files.items() if (problem := _problem(folder / name, file))]
        if wrong:
            listed = "\n".join(f"  - {text}" for text in wrong)
            raise BackupError(
                f"{folder} is damaged:\n{listed}\nNothing was restored. Take another copy of it, or another backup."
            )


def _damaged(file: Path) -> BackupError:
    return BackupError(f"{file} is damaged. Nothing was restored. Take another copy of the backup, or another backup.")


def _problem(path: Path, wanted: File) -> str:
    try:
        size = path.stat().st_size
        if size != wanted.bytes:
            return f"{path.name} has {size:,} bytes instead of {wanted.bytes:,}"
        return "" if File.of(path) == wanted else f"{path.name} has other bytes than were written"
    except FileNotFoundError:
        return f"{path.name} is missing"
    except OSError as error:
        return f"{path.name} can't be read: {error.strerror}"


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
