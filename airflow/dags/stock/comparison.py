"""One comparison as a task: noted in verify_runs, then good, to be tried again, or failed."""

from __future__ import annotations

import logging
from contextlib import suppress

from airflow.sdk.exceptions import AirflowException, AirflowFailException
from shared.notes import note
from stock import links

log = logging.getLogger(__name__)

FIRST_CHANGE_SECONDS = 600


def compare() -> str:
    """Compare stock_balances, note the run; returns its summary.

    Raises:
        AirflowFailException: the sides differ; a retry would not change that.
        AirflowException: it could not be decided.
    """
    from sklad.verify.history import record  # noqa: PLC0415
    from sklad.verify.run import verify  # noqa: PLC0415

    _wait_for_the_first_change()
    report = verify(links.for_verify())
    with links.clickhouse() as client:
        record(client, report)
    note(report.summary())
    for line in report.lines():
        log.error("%s", line)
    if report.verdict == "different":
        raise AirflowFailException(report.summary())
    if report.verdict == "undecided":
        raise AirflowException(report.summary())
    return report.summary()


def _wait_for_the_first_change() -> None:
    """At a first start Airflow is there, and runs what is due, before anything has come that could be compared.

    If nothing comes, the comparison says what stands in the way.
    """
    from clickhouse_connect.driver.exceptions import ClickHouseError  # noqa: PLC0415

    from sklad.errors import DeadlineError  # noqa: PLC0415
    from sklad.waiting import wait_until  # noqa: PLC0415

    def has_come() -> bool:
        with links.clickhouse() as client:
            return bool(client.query("SELECT count() FROM heartbeats").result_rows[0][0])

    with suppress(DeadlineError):
        wait_until(has_come, "the first heartbeat arrives", FIRST_CHANGE_SECONDS, pause=2, not_yet=(ClickHouseError,))
