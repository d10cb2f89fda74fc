"""One comparison from the snapshot to the verdict."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

from clickhouse_connect.driver.client import Client

from sklad.faults import FAULTS, reason
from sklad.verify import fence
from sklad.verify.comparison import differences, differing_buckets
from sklad.verify.errors import UndecidedError
from sklad.verify.report import Report
from sklad.verify.source import Snapshot, draw_salts, snapshot
from sklad.verify.tables import STOCK_BALANCES, CapturedTable
from sklad.verify.target import Frozen, frozen


@dataclass(frozen=True)
class Links:
    """How to reach the three systems: the WMS as role etl, Kafka, and ClickHouse as user etl."""

    wms_dsn: str = field(repr=False)
    kafka: str
    clickhouse: Callable[[], Client]


def verify(links: Links, table: CapturedTable = STOCK_BALANCES, wait_seconds: float = 120, keep: int = 1000) -> Report:
    """Compare the table's rows in the WMS with ClickHouse's state, exactly. Never raises for a system that is down.

    Args:
        links: where to read. Nothing is written but a passing table of hard links in ClickHouse.
        table: which one.
        wait_seconds: how long each hop may take to catch up with the snapshot.
        keep: how many differences to keep in the report; all are counted.
    """
    report = Report(table, started_at=datetime.now(UTC))
    began = time.monotonic()
    try:
        _compare(links, table, wait_seconds, keep, report)
    except UndecidedError as error:
        report.reason = str(error)
    except FAULTS as error:
        report.reason = f"{type(error).__name__}: {reason(error)} Does all of it run? See: make status"
    report.seconds = time.monotonic() - began
    return report


def _compare(links: Links, table: CapturedTable, wait_seconds: float, keep: int, report: Report) -> None:
    reader = fence.Reader(links.kafka, table)
    with links.clickhouse() as client, snapshot(links.wms_dsn, table) as source:

        def catch_up() -> None:
            fence.wait_until_in_kafka(links.wms_dsn, table, source.fence_lsn, wait_seconds)
            reader.wait_until_read(wait_seconds)

        compare_at(source, client, catch_up, keep, report)


def compare_at(source: Snapshot, client: Client, catch_up: Callable[[], None], keep: int, report: Report) -> None:
    """Compare the rows of a snapshot with ClickHouse's and write what comes out into `report`.

    Args:
        source: an open snapshot.
        client: ClickHouse, as user etl.
        catch_up: returns once ClickHouse has finished with all that was committed before the snapshot, and with all
            that had reached Kafka when it was called.
        keep: how many differences to keep.
        report: of the table.

    Raises:
        UndecidedError: `catch_up` did, or the table was loaded anew meanwhile.
    """
    salts = draw_salts()
    report.fence_lsn = source.fence_lsn
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(source.checksums, salts)
        catch_up()
        with frozen(client, report.table) as target:
            # A change reaches the state and the log in turn. Once more, and the log has whatever the frozen state has.
            catch_up()
            clickhouse_checksums = target.checksums(source, salts)
            source_checksums = reading.result()
            target.refuse_later_load(source)
            report.rows = sum(rows for rows, _ in source_checksums.values())
            report.buckets = len(source_checksums.keys() | clickhouse_checksums.keys())
            different = differing_buckets(source_checksums, clickhouse_checksums)
            report.buckets_different = len(different)
            if different:
                _read_rows(source, target, different, keep, report)
    report.verdict = "different" if report.counts else "equal"


def _read_rows(source: Snapshot, target: Frozen, buckets: list[int], keep: int, report: Report) -> None:
    found = differences(source.rows(buckets), target.rows(source, buckets), len(report.table.key))
    for difference in found:
        report.counts[difference.kind] += 1
        if len(report.differences) < keep:
            report.differences.append(difference)
    if not report.counts:
        raise UndecidedError(
            f"checksums of {len(buckets)} buckets differ, and their rows do not: the two hashes of "
            "wms/verify/checksums.sql and clickhouse/stock/verify/checksums.sql no longer agree. Mend them."
        )
