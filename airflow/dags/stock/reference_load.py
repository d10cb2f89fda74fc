"""Load the WMS's reference tables into ClickHouse: stage, check, publish. Needs no Airflow, so that tests can run it.

Each step takes a clickhouse-connect client of user `etl` and runs the statements in sql/reference/, which a person can
run by hand as well. Until `publish`, nothing that people read is touched.
"""

from __future__ import annotations

import logging
import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

log = logging.getLogger(__name__)

SQL = Path(__file__).parent / "sql" / "reference"

# Children before parents: the region of a warehouse that was read is in the WMS, so reading regions later finds it.
# Published the other way round, parents first.
STAGE_ORDER = ("warehouses", "regions", "products")
PUBLISH_ORDER = tuple(reversed(STAGE_ORDER))

REASONS_SHOWN = 20


class Staged(TypedDict):
    """One staged table: what a later step must find unchanged. Plain JSON, since Airflow hands it on."""

    rows: int
    checksum: str
    seconds: float


class SourceUnreadableError(Exception):
    """ClickHouse could not read a table of the WMS."""


class SourceChangedError(Exception):
    """The staged tables do not fit the WMS or each other. Rows may have changed between the reads: stage anew."""


class BadReferenceDataError(Exception):
    """The WMS's data breaks a rule, so it is not published. Trying again does not help before the data is mended."""


class StageChangedError(Exception):
    """Something else wrote to the staging tables after they were checked, so they are not published."""


def _sql(name: str) -> str:
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


def _named_in(sql: str, parameters: dict[str, Any]) -> dict[str, Any] | None:
    # clickhouse-connect falls back to %-formatting when it is given parameters that the statement does not name.
    return {name: value for name, value in parameters.items() if f"{{{name}:" in sql} or None


def _fingerprint(client: Client, table: str) -> tuple[int, str]:
    rows, checksum = client.query(_sql("fingerprint"), parameters={"table": table}).result_rows[0]
    return rows, checksum


def _broken_rules(client: Client, folder: str, **parameters: Any) -> list[str]:  # noqa: ANN401 - whatever a rule needs
    reasons: list[str] = []
    for path in sorted((SQL / folder).glob("*.sql")):
        sql = path.read_text(encoding="utf-8")
        rows = client.query(sql, parameters=_named_in(sql, parameters)).result_rows
        reasons += [f"{table}: {reason} [{path.stem}]" for table, reason in rows]
    return reasons


def _listed(reasons: list[str]) -> str:
    lines = [f"  - {reason}" for reason in reasons[:REASONS_SHOWN]]
    if len(reasons) > REASONS_SHOWN:
        lines.append(f"  - … and {len(reasons) - REASONS_SHOWN} more")
    return "\n".join(lines)


def stage(client: Client) -> dict[str, Staged]:
    """Read all three tables from the WMS into their staging twins.

    Returns:
        What was staged, by table; `seconds` is how long reading it took.

    Raises:
        SourceUnreadableError: the WMS does not answer, or not as expected.
        SourceChangedError: row counts or references do not fit, as when the WMS was written to between the reads.
    """
    seconds: dict[str, float] = {}
    for table in STAGE_ORDER:
        started = time.monotonic()
        client.command(_sql("clear"), parameters={"stage": f"{table}_stage"})
        _read(client, table)
        seconds[table] = round(time.monotonic() - started, 3)
    staged: dict[str, Staged] = {}
    for table in STAGE_ORDER:
        rows, checksum = _fingerprint(client, f"{table}_stage")
        staged[table] = Staged(rows=rows, checksum=checksum, seconds=seconds[table])
        log.info("%s: %d rows read in %.3f s", table, rows, seconds[table])
    if reasons := _broken_rules(client, "consistent"):
        raise SourceChangedError(
            "The staged tables do not fit the WMS or each other, so nothing is published:\n"
            f"{_listed(reasons)}\n"
            "Rows may have changed in the WMS between the reads: staging anew helps then. If it comes back, the WMS "
            "itself is wrong (no foreign key?): mend it there."
        )
    return staged


def _read(client: Client, table: str) -> None:
    # Imported here, since Airflow imports this module each time it looks at the DAG.
    from clickhouse_connect.driver.exceptions import DatabaseError  # noqa: PLC0415

    try:
        client.command(_sql(f"stage/{table}"))
    except DatabaseError as error:
        raise SourceUnreadableError(
            f"ClickHouse could not read {table} from the WMS: {error}\n"
            "Nothing is published. Is the WMS up, does it have this table with these columns, and do WMS_HOST, "
            "WMS_PORT, WMS_DB and WMS_ETL_PASSWORD in .env fit it?"
        ) from error


def check(client: Client, max_shrink_share: float) -> None:
    """Hold the staged tables against the rules in sql/reference/checks/; log what sql/reference/warnings/ finds.

    Args:
        client: of user etl.
        max_shrink_share: share of the published rows, 0 to 1, that a table may lose in one load.

    Raises:
        BadReferenceDataError: a rule is broken; the message lists every reason.
    """
    for reason in _broken_rules(client, "warnings"):
        log.warning("%s", reason)
    if reasons := _broken_rules(client, "checks", max_shrink_share=max_shrink_share):
        raise BadReferenceDataError(
            f"Nothing is published; readers keep the reference data of the last good load. {len(reasons)} found:\n"
            f"{_listed(reasons)}\n"
            "Mend the rows in the WMS and trigger the DAG again. If a loss of rows is meant, trigger it with a larger "
            "max_shrink_share (1 allows any loss but not an empty table)."
        )


def summary(staged: dict[str, Staged]) -> str:
    """What was loaded, in a line."""
    rows = ", ".join(f"{table} {staged[table]['rows']:,}" for table in PUBLISH_ORDER)
    return f"Rows loaded: {rows}. Read in {sum(each['seconds'] for each in staged.values()):.1f} s."


def publish(client: Client, staged: dict[str, Staged], run_id: str) -> None:
    """Exchange the staged tables with the published ones and note the load in reference_loads.

    May be called again after a failure at any point: a table that already shows what was staged is left alone. Other
    loads may run at the same time: what is published is first held under a name that only this publication knows, then
    compared with what was checked.

    Args:
        client: of user etl.
        staged: what `stage` returned and `check` accepted.
        run_id: noted with the load.

    Raises:
        StageChangedError: the staging tables are no longer what was checked; nothing was exchanged.
    """
    wanted = {table: (staged[table]["rows"], staged[table]["checksum"]) for table in PUBLISH_ORDER}
    waiting = [table for table in PUBLISH_ORDER if _fingerprint(client, table) != wanted[table]]
    held = {table: f"{table}_held_{secrets.token_hex(4)}" for table in waiting}
    try:
        for table in waiting:
            client.command(_sql(f"hold/{table}"), parameters={"held": held[table]})
        if changed := [table for table in waiting if _fingerprint(client, held[table]) != wanted[table]]:
            raise StageChangedError(
                f"{', '.join(f'{table}_stage' for table in changed)} changed after the checks, so nothing is "
                "published. Does another load run, in a second Airflow or by hand? Let it end, then trigger the DAG "
                "again."
            )
        for table in waiting:
            client.command(_sql("publish"), parameters={"table": table, "held": held[table]})
        for table in waiting:
            client.command(_sql("keep_old"), parameters={"held": held[table], "stage": f"{table}_stage"})
    finally:
        left_behind = [name for (name,) in client.query(_sql("left_behind")).result_rows]
        for name in [*held.values(), *left_behind]:
            client.command(_sql("release"), parameters={"held": name})
    noted = {
        "run_id": run_id,
        "tables": list(PUBLISH_ORDER),
        "rows": [staged[table]["rows"] for table in PUBLISH_ORDER],
        "seconds": [staged[table]["seconds"] for table in PUBLISH_ORDER],
    }
    client.command(_sql("record"), parameters=noted)
    for table in PUBLISH_ORDER:
        how = "published" if table in waiting else "as published before"
        log.info("%s: %d rows %s", table, staged[table]["rows"], how)
