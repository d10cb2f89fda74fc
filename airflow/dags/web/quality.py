"""Checks of data quality: SQL files in sql/quality/<group>/, each with a severity and a threshold. Needs no Airflow.

A file returns one row: `title`, `severity` (error or warning), `threshold`, `value`, `message`; it is passed when the
value is no more than the threshold. What fails as an error stops whatever is built on it; a warning is told.
"""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, NamedTuple

from shared.notices import Finding
from web import statements

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

log = logging.getLogger(__name__)

_COLUMNS = ("run_id", "check_group", "check_name", "severity", "value", "threshold", "passed", "title", "message")


class Result(NamedTuple):
    """One check that ran."""

    run_id: str
    check_group: str
    check_name: str
    severity: str
    value: float
    threshold: float
    passed: bool
    title: str
    message: str

    def __str__(self) -> str:
        verdict = "ok" if self.passed else self.severity
        return f"{verdict}: {self.check_name} {self.value:g} (at most {self.threshold:g}): {self.message}"


class CheckFailedError(Exception):
    """A check failed as an error: what is built on it must wait."""


def check(client: Client, run_id: str, *groups: str) -> list[Result]:
    """Run the checks of some groups and keep their results in quality_results.

    Raises:
        CheckFailedError: one failed as an error; all of them have run, and are kept.
    """
    results = [_run(client, group, name, run_id) for group in groups for name in names(group)]
    client.insert("quality_results", [list(result) for result in results], column_names=_COLUMNS)
    for result in results:
        log.log(logging.INFO if result.passed else logging.ERROR, "%s", result)
    failed = [str(result) for result in results if not result.passed and result.severity == "error"]
    if failed:
        raise CheckFailedError("\n".join(failed))
    return results


def names(group: str) -> list[str]:
    """The checks of a group."""
    return sorted(file.stem for file in (statements.SQL / "quality" / group).glob("*.sql"))


def of_run(client: Client, run_id: str) -> list[Result]:
    """All results that a run has kept."""
    return [Result(*row) for row in statements.rows(client, "quality/of_run", run_id=run_id)]


def findings(results: list[Result]) -> list[Finding]:
    """The results as what people are told of."""
    return [
        Finding(f"{each.check_group}/{each.check_name}", each.title, not each.passed, each.message) for each in results
    ]


def report(results: list[Result]) -> str:
    """What a run found, failures first."""
    failed = [result for result in results if not result.passed]
    return "\n".join([f"{len(results)} checks, {len(failed)} failed.", *(str(result) for result in failed)])


def _run(client: Client, group: str, name: str, run_id: str) -> Result:
    row = next(iter(client.query(statements.text(f"quality/{group}/{name}")).named_results()))
    value = float(row["value"])
    # Not a number, as shares of nothing are, is nothing wrong.
    passed = math.isnan(value) or value <= row["threshold"]
    return Result(
        run_id, group, name, row["severity"], 0.0 if math.isnan(value) else value, float(row["threshold"]), passed,
        row["title"], row["message"],
    )  # fmt: skip
