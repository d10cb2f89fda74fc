"""Writes CSV: rows of any types, and blocks of integers quickly."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

import pyarrow as pa
from pyarrow import csv as arrow_csv


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
