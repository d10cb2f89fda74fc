"""Bringing differing keys right through the ordinary path, and no other key.

A row that the WMS has is touched there: an update that changes nothing is captured and carries the whole row. A row
that it does not have cannot be touched, and made-up rows in somebody's WMS are none of our business: ClickHouse gets a
delete through its change log. docs/decisions/0020 says why both are safe beside live changes.
"""

from collections.abc import Sequence
from itertools import islice

import psycopg

from sklad.errors import ServiceError
from sklad.verify.report import Report
from sklad.verify.run import Links
from sklad.verify.source import Row
from sklad.verify.tables import CapturedTable

MOST = 100_000
BATCH = 500


def repair(links: Links, app_dsn: str, report: Report) -> int:
    """Repair the keys that a report names; returns how many. Look at the result with another comparison.

    Args:
        links: as for the comparison.
        app_dsn: the WMS as a role that may update the table.
        report: of a comparison that kept all its differences.

    Raises:
        ServiceError: there are too many, the table is better loaded anew; or the role may not update it.
    """
    wanted = sum(report.counts.values())
    if wanted > MOST or wanted > len(report.differences):
        raise ServiceError(
            f"{wanted:,} keys of {report.table.name} differ, too many to mend one by one. Load it anew: sklad resync"
        )
    keys = sorted(difference.key for difference in report.differences)
    try:
        touched = _touch(app_dsn, report.table, keys)
    except psycopg.errors.InsufficientPrivilege as error:
        raise ServiceError(
            f"{report.table.name} can't be repaired: {str(error).strip()}. The role of --repair needs the right to "
            "update it (wms/ddl/0006_grant_rights.sql). Without it: sklad resync"
        ) from error
    gone = [key for key in keys if key not in touched]
    if gone:
        with links.clickhouse() as client:
            client.command(
                (report.table.target_folder / "remove.sql").read_text(), parameters=_columns(report.table, gone)
            )
    return len(keys)


def _touch(dsn: str, table: CapturedTable, keys: Sequence[Row]) -> set[Row]:
    touched: set[Row] = set()
    left = iter(keys)
    with psycopg.connect(dsn, connect_timeout=10, autocommit=True, application_name="sklad-verify") as wms:
        while batch := list(islice(left, BATCH)):
            touched.update(wms.execute(table.source_sql("touch"), _columns(table, batch)).fetchall())
    return touched


def _columns(table: CapturedTable, keys: Sequence[Row]) -> dict[str, list[int]]:
    return {name: [key[place] for key in keys] for place, name in enumerate(table.key)}
