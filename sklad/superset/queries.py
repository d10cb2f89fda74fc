"""A dataset's SQL: that of its file, or of two files, one of which answers when a certain column is filtered.

Sums over millions of balances come from few rows that were counted beforehand; those of one product don't. So a
dataset may name a column (`detail_when: товар`) and bring a second query, <name>_detail.sql, with the same columns.
Superset puts the one in place that the question takes, by a template around the two; the files run by themselves.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sklad.errors import SkladError

DETAIL = "detail_when"
_TEMPLATE = "{{% if get_filters('{column}') %}}\n{detail}{{% else %}}\n{sql}{{% endif %}}\n"
_WRITTEN = re.compile(
    r"\{% if get_filters\('(?P<column>[^']+)'\) %\}\n(?P<detail>.*)\{% else %\}\n(?P<sql>.*)\{% endif %\}\s*", re.DOTALL
)
_MARKS = re.compile(r"\{[{%#]")


@dataclass(frozen=True)
class Query:
    """The SQL of a dataset. `detail` answers when `column` is filtered; both empty: `sql` always does."""

    sql: str
    column: str = ""
    detail: str = ""

    def __str__(self) -> str:
        """As Superset keeps it."""
        if not self.column:
            return self.sql
        return _TEMPLATE.format(column=self.column, detail=self.detail, sql=self.sql)

    @classmethod
    def of(cls, text: str) -> "Query":
        """From what Superset keeps."""
        found = _WRITTEN.fullmatch(text)
        return cls(found["sql"], found["column"], found["detail"]) if found else cls(text.rstrip() + "\n")


def detail_of(file: Path) -> Path:
    """The file of the second query, beside that of the first."""
    return file.with_stem(f"{file.stem}_detail")


def files_of(dataset: Mapping[str, Any], file: Path) -> list[Path]:
    """Where a dataset's SQL lies, `file` first."""
    return [file, detail_of(file)] if DETAIL in dataset else [file]


def read(dataset: Mapping[str, Any], file: Path) -> Query:
    """Raises OSError; SkladError: a file holds what Superset would take for a template of its own."""
    texts = [each.read_text(encoding="utf-8") for each in files_of(dataset, file)]
    for each, text in zip(files_of(dataset, file), texts, strict=True):
        if mark := _MARKS.search(text):
            raise SkladError(f"{each} holds {mark[0]!r}, which Superset would take for a template. Write it otherwise.")
    return Query(texts[0], dataset[DETAIL], texts[1]) if len(texts) > 1 else Query(texts[0])
