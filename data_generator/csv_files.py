"""Writes a set of CSV files that appear together, complete, or not at all."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pyarrow as pa
from pyarrow import csv as arrow_csv

from data_generator.errors import OutputError


@contextmanager
def csv_set(folder: Path, names: Sequence[str]) -> Iterator[dict[str, IO[bytes]]]:
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
            f"Can't write the CSV files in {folder}: {error.strerror or error}. "
            "Free the disk, or choose another folder with --out."
        ) from error
    finally:
        for name in files:
            parts[name].unlink(missing_ok=True)


def write_rows(file: IO[bytes], header: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Write a header and rows of any types; returns the number of rows. For thousands of rows, not for millions."""
    count = 0

    def lines() -> Iterator[Sequence[object]]:
        nonlocal count
        for row in rows:
            count += 1
            yield row

    text = _Utf8(file)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(lines())
    return count


def write_header(file: IO[bytes], header: Sequence[str]) -> None:
    """Write the header line that `write_block` leaves out."""
    file.write((",".join(header) + "\n").encode())


def write_block(file: IO[bytes], block: pa.RecordBatch) -> None:
    """Append a block of integer columns, without a header."""
    arrow_csv.write_csv(block, file, arrow_csv.WriteOptions(include_header=False))


class _Utf8:
    """The text side of a binary file, for csv.writer. io.TextIOWrapper would close the file that it was lent."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        return self._file.write(text.encode())
