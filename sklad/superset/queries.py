"""A dataset's SQL: that of its file, or of two files of which one answers when a certain column is filtered.

Sums over millions of balances come from few rows that were counted beforehand; those of one product don't. So a
dataset may name a column (`detail_when: товар`) and bring a second query, <name>_detail.sql, with the same columns.
Superset puts the one in place that the question takes, by a template around the two; the files run by themselves.

What was there at a moment is found by reading what has changed since. A filter around the query comes too late for
that, so a dataset may name the column that is filtered by one moment (`moment_from: момент`), and its SQL asks for it
as ClickHouse's parameter, {moment:DateTime64(6, 'UTC')}. For Superset a template stands there, which superset_config.py
fills in.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sklad.errors import SkladError

DETAIL = "detail_when"
MOMENT = "moment_from"
PARAMETER = "{moment:DateTime64(6, 'UTC')}"
# superset_config.py processes these two forms and no other.
_CHOICE = "{{% if get_filters('{column}') %}}\n{detail}{{% else %}}\n{sql}{{% endif %}}\n"
_CHOICE_WRITTEN = re.compile(
    r"\{% if get_filters\('(?P<column>[^']+)'\) %\}\n(?P<detail>.*)\{% else %\}\n(?P<sql>.*)\{% endif %\}\s*", re.DOTALL
)
_AT_MOMENT = "{{% set moment = moment_from('{column}') %}}\n{sql}"
_AT_MOMENT_WRITTEN = re.compile(r"\{% set moment = moment_from\('(?P<column>[^']+)'\) %\}\n(?P<sql>.*)", re.DOTALL)
_FILLED_IN = "{{ moment }}"
_MARKS = re.compile(r"\{[{%#]")


@dataclass(frozen=True)
class Query:
    """The SQL of a dataset. `detail` answers when `column` is filtered; both empty: `sql` always does.

    `moment_column`: the one whose filter gives `sql` its parameter; empty: it has none.
    """

    sql: str
    column: str = ""
    detail: str = ""
    moment_column: str = ""

    def __str__(self) -> str:
        """As Superset keeps it."""
        if self.column:
            return _CHOICE.format(column=self.column, detail=self.detail, sql=self.sql)
        if self.moment_column:
            return _AT_MOMENT.format(column=self.moment_column, sql=self.sql.replace(PARAMETER, _FILLED_IN))
        return self.sql

    @classmethod
    def of(cls, text: str) -> "Query":
        """From what Superset keeps."""
        if found := _CHOICE_WRITTEN.fullmatch(text):
            return cls(found["sql"], found["column"], found["detail"])
        if found := _AT_MOMENT_WRITTEN.fullmatch(text):
            sql = found["sql"].replace(_FILLED_IN, PARAMETER)
            return cls(_ended(sql), moment_column=found["column"])
        return cls(_ended(text))


def detail_of(file: Path) -> Path:
    """The file of the second query, beside that of the first."""
    return file.with_stem(f"{file.stem}_detail")


def files_of(dataset: Mapping[str, Any], file: Path) -> list[Path]:
    """Where a dataset's SQL lies, `file` first."""
    return [file, detail_of(file)] if DETAIL in dataset else [file]


def read(dataset: Mapping[str, Any], file: Path) -> Query:
    """A dataset's SQL from its files.

    Raises:
        OSError: a file can't be read.
        SkladError: a file holds what Superset would take for a template of its own, or asks for a moment that the
            dataset does not tell of, or the other way round.
    """
    texts = [each.read_text(encoding="utf-8") for each in files_of(dataset, file)]
    for each, text in zip(files_of(dataset, file), texts, strict=True):
        if mark := _MARKS.search(text):
            raise SkladError(f"{each} holds {mark[0]!r}, which Superset would take for a template. Write it otherwise.")
        if (PARAMETER in text) != (MOMENT in dataset):
            raise SkladError(f"{each} must hold {PARAMETER} if its dataset says `{MOMENT}`, and only then.")
    if DETAIL in dataset and MOMENT in dataset:
        raise SkladError(f"The dataset of {file} says `{DETAIL}` and `{MOMENT}`: it can have one of them.")
    if DETAIL in dataset:
        return Query(texts[0], dataset[DETAIL], texts[1])
    return Query(texts[0], moment_column=dataset.get(MOMENT, ""))


def _ended(text: str) -> str:
    return text.rstrip() + "\n"
