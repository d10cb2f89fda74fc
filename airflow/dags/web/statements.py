"""The statements in sql/, run by name. Needs no Airflow, so that tests can run it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

SQL = Path(__file__).parent / "sql"


def text(name: str) -> str:
    """The statement of sql/<name>.sql."""
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


def run(client: Client, name: str, **parameters: Any) -> None:  # noqa: ANN401 - whatever a statement names
    """Run one that returns nothing."""
    client.command(text(name), parameters=parameters or None)


def rows(client: Client, name: str, **parameters: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401 - as above
    """What one returns."""
    return [tuple(row) for row in client.query(text(name), parameters=parameters or None).result_rows]
