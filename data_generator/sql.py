"""Finds the SQL files of a data product's live workload: `<product>_sql/<name>.sql` beside this module."""

from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent


@cache
def statement(product: str, name: str) -> str:
    """The text of one statement."""
    return (_HERE / f"{product}_sql" / f"{name}.sql").read_text(encoding="utf-8")
