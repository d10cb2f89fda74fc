"""The history of comparisons, in ClickHouse's table verify_runs."""

from dataclasses import dataclass
from datetime import datetime

from clickhouse_connect.driver.client import Client

from sklad.verify.report import Report

SHOWN = 100
_COLUMNS = (
    "started_at", "table_name", "verdict", "reason", "seconds", "rows", "buckets", "buckets_different", "fence_lsn",
    "missing", "extra", "different", "repaired", "differences",
)  # fmt: skip


@dataclass(frozen=True)
class LastRun:
    """The newest comparison of a table."""

    started_at: datetime
    verdict: str
    rows: int
    seconds: float
    missing: int
    extra: int
    different: int
    reason: str


def record(client: Client, report: Report) -> None:
    """Keep a comparison."""
    counts = [report.counts[kind] for kind in ("missing", "extra", "different")]
    row = [
        report.started_at, report.table.name, report.verdict, report.reason, report.seconds, report.rows,
        report.buckets, report.buckets_different, report.fence_lsn, *counts, report.repaired, report.lines()[:SHOWN],
    ]  # fmt: skip
    client.insert("verify_runs", [row], column_names=_COLUMNS)


def last_run(client: Client, table: str) -> LastRun | None:
    """The newest comparison of the table, or None before the first."""
    rows = client.query(
        "SELECT started_at, verdict, rows, seconds, missing, extra, different, reason FROM verify_runs"
        " WHERE table_name = {table:String} ORDER BY started_at DESC LIMIT 1",
        parameters={"table": table},
    ).result_rows
    return LastRun(*rows[0]) if rows else None
