"""What people are told about the stock product: each file in sql/alerts/ is one condition.

It returns one row with `title`, `wrong` and `message`. Needs no Airflow, so that tests can run it.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from shared.notices import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clickhouse_connect.driver.client import Client

log = logging.getLogger(__name__)

SQL = Path(__file__).parent / "sql" / "alerts"
# The condition that holds while the others can't be looked at.
UNREACHABLE = "clickhouse"


def look(connect: Callable[[], Client], parameters: Mapping[str, float]) -> list[Finding]:
    """All conditions; of a ClickHouse that can't be asked, that alone. `parameters`: values that the files name."""
    from clickhouse_connect.driver.exceptions import OperationalError  # noqa: PLC0415 - Airflow imports this file often

    findings = []
    try:
        with connect() as client:
            for file in sorted(SQL.glob("*.sql")):
                sql = file.read_text(encoding="utf-8")
                named = {name: value for name, value in parameters.items() if f"{{{name}:" in sql}
                row = next(iter(client.query(sql, parameters=named or None).named_results()))
                findings.append(Finding(file.stem, row["title"], bool(row["wrong"]), row["message"]))
    except (OperationalError, OSError) as error:
        log.warning("ClickHouse can't be asked: %s", error)
        return [Finding(UNREACHABLE, "ClickHouse не отвечает", True, f"Проверки не выполнены: {error}")]
    return [*findings, Finding(UNREACHABLE, "ClickHouse не отвечает", False, "Снова отвечает")]
