"""One comparison as a task: noted in verify_runs, then good, to be tried again, or failed."""

from __future__ import annotations

import logging

from airflow.sdk.exceptions import AirflowException, AirflowFailException
from stock import links

log = logging.getLogger(__name__)


def compare() -> str:
    """Compare stock_balances, note the run; returns its summary.

    Raises:
        AirflowFailException: the sides differ; a retry would not change that.
        AirflowException: it could not be decided.
    """
    from sklad.verify.history import record  # noqa: PLC0415
    from sklad.verify.run import verify  # noqa: PLC0415

    report = verify(links.for_verify())
    with links.clickhouse() as client:
        record(client, report)
    for line in report.lines():
        log.error("%s", line)
    if report.verdict == "different":
        raise AirflowFailException(report.summary())
    if report.verdict == "undecided":
        raise AirflowException(report.summary())
    return report.summary()
