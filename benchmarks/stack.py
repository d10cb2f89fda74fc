"""The engines that are measured: PostgreSQL, Kafka, Connect and ClickHouse on ports and in a folder of their own."""

import signal
import string
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from clickhouse_connect.driver.client import Client

from data_generator.stock import generate
from data_generator.stock_options import StockOptions
from sklad import clickhouse
from sklad.embedded import databases
from tests.pipeline.stack import Pipeline, make_pipeline

SQL = Path(__file__).with_name("sql")
# Of each size, how the balances spread: warehouses; the products follow.
WAREHOUSES = 200
# A balance that only the harness changes. Its warehouse comes last, so bursts by warehouse leave it out.
MARK = (1_000_000, 1)


@dataclass(frozen=True)
class Source:
    """The WMS's table: balances, and bytes of a column that Sklad does not read (0: there is none)."""

    balances: int
    wide_bytes: int = 0

    @property
    def products(self) -> int:
        return self.balances // WAREHOUSES


class Stack:
    """The engines, and the WMS filled anew at any size."""

    def __init__(self, pipeline: Pipeline, folder: Path) -> None:
        self.pipeline = pipeline
        self._folder = folder
        self._filled: Source | None = None

    @property
    def source(self) -> Source:
        assert self._filled, "fill() comes first"
        return self._filled

    @property
    def rows(self) -> int:
        """Rows that the WMS has: the balances and the mark."""
        return self.source.balances + 1

    @cached_property
    def admin(self) -> Client:
        """A client for the harness's own questions, of its main thread."""
        return self.client()

    def client(self) -> Client:
        """ClickHouse as the administrator, for one thread."""
        return clickhouse.admin_client(self.pipeline.settings)

    def leave_kafka_unread(self) -> None:
        """No consumer of ours: each system begins with what it takes."""
        # Without its view ClickHouse's consumer stops.
        self.admin.command("DROP TABLE IF EXISTS stock_balances_queue_mv SYNC")
        self.pipeline.supervisor.halt("ingest")

    def wms_app_dsn(self) -> str:
        settings = self.pipeline.settings
        return settings.wms_dsn("wms_app", settings.wms_app_password)

    def fill(self, source: Source) -> None:
        """Have the WMS hold this and nothing else. What does already is kept: phases change only quantities."""
        if source == self._filled:
            return
        self._filled = None
        csv = self._folder / f"csv-{source.balances}"
        if not csv.exists():
            options = StockOptions(regions=2, warehouses=WAREHOUSES, products=source.products, fill=1)
            generate(options, csv)
        pipeline = self.pipeline
        with pipeline.superuser() as wms:
            wms.execute("DROP SCHEMA public CASCADE")
            wms.execute("CREATE SCHEMA public AUTHORIZATION pg_database_owner")
            wms.execute("DROP PUBLICATION IF EXISTS sklad_stock")
        databases.prepare_wms(pipeline.settings.model_copy(update={"wms_csv_dir": csv}))
        pipeline.run(
            f"INSERT INTO warehouses VALUES ({MARK[0]}, 'Mark', 1)",
            f"INSERT INTO stock_balances VALUES ({MARK[0]}, {MARK[1]}, 0)",
        )
        if source.wide_bytes:
            self._widen(source.wide_bytes)
        with pipeline.superuser() as wms:
            wms.execute("VACUUM (ANALYZE) stock_balances")
            wms.execute("CHECKPOINT")
        self._filled = source

    def _widen(self, size: int) -> None:
        """A text that does not compress, in every row, in the row itself."""
        digests = ceil_div(size, 32)
        digest = "md5(concat_ws('/', warehouse_id, product_id, part))"
        self.pipeline.run(
            "ALTER TABLE stock_balances ADD COLUMN note text",
            "ALTER TABLE stock_balances ALTER COLUMN note SET STORAGE PLAIN",
            f"UPDATE stock_balances SET note = left((SELECT string_agg({digest}, '')"
            f" FROM generate_series(1, {digests}) AS part), {size})",
        )

    def checksums(self, state: str) -> tuple[tuple[int, int], tuple[int, int]]:
        """(rows, checksum) in the WMS, and in the state that a SELECT gives. Nothing may change meanwhile."""
        there, here = (self._checksum(query) for query in ((SQL / "source.sql").read_text(), state))
        return there, here

    def _checksum(self, state: str) -> tuple[int, int]:
        query = string.Template((SQL / "checksum.sql").read_text()).substitute(state=state)
        rows, checksum = self.admin.query(query).result_rows[0]
        return int(rows), int(checksum)


def ceil_div(value: int, divisor: int) -> int:
    return -(-value // divisor)


@contextmanager
def running_stack(folder: Path) -> Iterator[Stack]:
    """Started and stopped here. `folder` keeps the generated CSV files from one run to the next."""
    # Whoever ends it, what it started ends with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    with make_pipeline(wms_max_slot_wal_keep_mb=16384) as pipeline:
        try:
            pipeline.start(without=("Ingest", "Connectors", "First snapshot in ClickHouse"))
            yield Stack(pipeline, folder)
        finally:
            pipeline.stop()
