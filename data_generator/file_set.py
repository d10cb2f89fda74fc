"""A set of files that appear together, complete, or not at all."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from data_generator.errors import OutputError


@contextmanager
def file_set(folder: Path, names: Sequence[str]) -> Iterator[dict[str, IO[bytes]]]:
    """Open `folder/name` for each name, by a temporary name; rename all when the block ends well, delete all when not.

    Raises:
        OutputError: the folder or a file in it can't be written, or the disk is full.
    """
    parts = {name: folder / f"{name}.part" for name in names}
    files: dict[str, IO[bytes]] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            for name, part in parts.items():
                files[name] = part.open("wb")
            yield files
        finally:
            for file in files.values():
                file.close()
        for name, part in parts.items():
            part.replace(folder / name)
    except OSError as error:
        raise OutputError(
            f"Can't write the files in {folder}: {error.strerror or error}. "
            "Free the disk, or choose another folder with --out."
        ) from error
    finally:
        for name in files:
            parts[name].unlink(missing_ok=True)
