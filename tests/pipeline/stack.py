"""The pipeline alone: PostgreSQL, Kafka, Connect, ClickHouse, on ports and in a folder of its own; ways to ask it."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from io import StringIO
from pathlib import Path
from shutil import rmtree
from tempfile import NamedTemporaryFile, mkdtemp
from typing import Any

import httpx
import psycopg
from clickhouse_connect.driver.client import Client
from confluent_kafka import Producer
from rich.console import Console

from data_generator.stock import generate
from data_generator.stock_options import StockOptions
from sklad import clickhouse
from sklad.connect import SOURCE, ConnectClient
from sklad.embedded import databases, postgres
from sklad.embedded.layout import Layout
from sklad.embedded.startup import Startup
from sklad.embedded.supervision import Supervisor
from sklad.settings import Settings, load_settings
from sklad.status import gather
from sklad.steps import Step, run_steps
from sklad.verify.fence import Reader
from sklad.verify.tables import STOCK_BALANCES
from sklad.waiting import wait_until
from tests import services
from tests.e2e.conftest import settings_of_its_own
from tests.pipeline.oracle import Change, Oracle

TOPIC = "wms.public.stock_balances"
SLOT = "sklad_stock"
NAME = "wms.stock_balances"
# What `make up` does beside the pipeline.
_LEFT_OUT = ("Superset", "Airflow", "Metadata", "Reference", "Live", "Check")
# Problems of services that were never started here are none.
_NOT_HERE = ("service ", "last reference load")
ARRIVES_SECONDS = 180
NOT_FOUND = 404
# A warehouse that only `mark()` writes to.
MARKER = 1_000_000

State = dict[tuple[int, int], tuple[int, int]]


class Pipeline:
    """Four engines from a WMS to ClickHouse. Connections are the caller's, except where a method says otherwise."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        own = {key.lower(): value for key, value in settings_of_its_own(folder / "s").items()}
        declared = {name: own[name] for name in Settings.model_fields if name in own}
        self.settings = Settings.model_validate(load_settings().model_dump() | declared | settings)
        self.supervisor = Supervisor(self.settings)

    def start(self, without: Sequence[str] = ()) -> None:
        """All that `make up` does for these engines, but some steps by name. Raises SkladError, as it does."""
        run_steps(_own_steps(Startup(self.settings).steps(), without), Console(file=StringIO()))

    def open(self) -> None:
        """The first change arrives; the oracle begins with the next."""
        self.run(f"INSERT INTO warehouses VALUES ({MARKER}, 'Marker', 1) ON CONFLICT DO NOTHING")
        self.arrived()
        self.oracle.begin()

    def stop(self) -> None:
        self.supervisor.stop()

    @property
    def data_folder(self) -> Path:
        """Where all engines keep their data, a folder each."""
        return Layout.of(self.settings).state / "data"

    @contextmanager
    def stopped(self, name: str) -> Iterator[None]:
        """One service is down meanwhile."""
        with services.stopped(self.settings, name):
            yield
        if name == "wms":
            wait_until(lambda: postgres.accepts_connections(self.settings, name), f"{name} is back", 60)

    # --- the source ---

    def wms(self) -> psycopg.Connection:
        """The owner of the tables; each statement a transaction unless one is opened."""
        dsn = self.settings.wms_dsn(self.settings.wms_user, self.settings.wms_password)
        return psycopg.connect(dsn, autocommit=True, connect_timeout=5)

    def superuser(self) -> psycopg.Connection:
        environment = postgres.administrator_environment(self.settings, "wms")
        return psycopg.connect(
            host=environment["PGHOST"], port=environment["PGPORT"], user=environment["PGUSER"],
            dbname=self.settings.wms_db, autocommit=True,
        )  # fmt: skip

    def run(self, *statements: str) -> None:
        """Run statements as the owner, each in a transaction of its own."""
        with self.wms() as wms:
            for statement in statements:
                wms.execute(statement)  # type: ignore[call-overload]

    def source(self) -> State:
        """The WMS's rows: key to (quantity, updated_at in microseconds since 1970)."""
        query = (
            "SELECT warehouse_id, product_id, quantity, (extract(epoch FROM updated_at) * 1000000)::bigint"
            " FROM stock_balances"
        )
        with self.wms() as wms:
            return {(row[0], row[1]): (row[2], row[3]) for row in wms.execute(query)}

    @cached_property
    def oracle(self) -> Oracle:
        """What PostgreSQL's own decoding says was committed, through a slot beside Debezium's."""
        return Oracle(self.superuser)

    # --- ClickHouse ---

    def reader(self) -> Client:
        """A client of its own, for a thread that reads."""
        return clickhouse.etl_client(self.settings)

    @cached_property
    def _client(self) -> Client:
        return clickhouse.admin_client(self.settings)

    def ask(self, query: str, **parameters: Any) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self._client.query(query, parameters=parameters).result_rows]

    def command(self, statement: str) -> None:
        self._client.command(statement)

    def state(self) -> State:
        """What stock_balances_v shows, in the shape of `source()`."""
        query = "SELECT warehouse_id, product_id, quantity, toUnixTimestamp64Micro(updated_at) FROM stock_balances_v"
        rows = self.ask(query)
        found: State = {(row[0], row[1]): (row[2], row[3]) for row in rows}
        assert len(found) == len(rows), "a key stands twice in stock_balances_v"
        return found

    def log(self, after: int = 0) -> list[Change]:
        """The change log beyond a position, without snapshot reads, in order."""
        query = (
            "SELECT lsn, op, warehouse_id, product_id FROM kafka_wms_stock_balances FINAL"
            " WHERE lsn > {after:UInt64} AND op != 'r'"
        )
        return sorted(Change(*row) for row in self.ask(query, after=after))

    def errors(self) -> list[str]:
        """Reasons of the messages that could not be applied, in order."""
        return [row[0] for row in self.ask("SELECT reason FROM ingest_errors FINAL ORDER BY kafka_offset")]

    def forget_errors(self) -> None:
        """What the runbook says when the messages are dealt with."""
        self.command("TRUNCATE TABLE ingest_errors")

    def problems(self) -> list[str]:
        """What `make status` would say is wrong."""
        return [text for text in gather(self.settings).problems if not text.startswith(_NOT_HERE)]

    # --- Kafka and Connect ---

    @cached_property
    def connect(self) -> ConnectClient:
        return ConnectClient(self.settings.connect_url)

    def rest(self, method: str, path: str, **options: Any) -> httpx.Response:
        """A call of Connect's REST API, repeated while the worker rebalances or is not ready."""

        def answer() -> httpx.Response | None:
            found = httpx.request(method, f"{self.settings.connect_url}{path}", timeout=30, **options)
            return None if found.status_code in (409, 500, 503) else found

        return wait_until(answer, f"Connect answers {method} {path}", 60, pause=0.5)

    def produce(self, *messages: bytes | None, topic: str = TOPIC, key: bytes | None = None) -> None:
        # As much as a broker could take: what is too large is for the broker to refuse.
        producer = Producer(
            {"bootstrap.servers": self.settings.kafka_bootstrap_servers, "message.max.bytes": 10_000_000}
        )
        for message in messages:
            producer.produce(topic, message, key)
        assert producer.flush(30) == 0

    def stop_connector(self) -> None:
        """Connect answers before the task has ended: until nobody reads the slot, a change could still be captured."""
        self.rest("PUT", f"/connectors/{NAME}/stop")

        def unread() -> bool:
            with self.superuser() as wms:
                query = "SELECT FROM pg_replication_slots WHERE slot_name = %s AND active"
                return not wms.execute(query, [SLOT]).fetchall()

        wait_until(unread, "nobody reads the connector's slot", 60)

    def remove_connector(self) -> None:
        """Stop it, forget its offsets, delete it: the clean removal of the runbook."""
        if self.rest("PUT", f"/connectors/{NAME}/stop").status_code == NOT_FOUND:
            return
        wait_until(
            lambda: self.rest("DELETE", f"/connectors/{NAME}/offsets").is_success, "the offsets are gone", 60, pause=0.5
        )
        self.rest("DELETE", f"/connectors/{NAME}")

    def drop_slot(self) -> None:
        def dropped() -> bool:
            with self.superuser() as wms:
                wms.execute(
                    "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s", [SLOT]
                )
            return True

        wait_until(dropped, "the slot is free and dropped", 60, not_yet=(psycopg.errors.ObjectInUse,))

    def apply_connector(self, **changed: str) -> None:
        """Register the project's connector; `changed`: keys of its configuration (dots as `__`) with other values."""
        definition = json.loads(SOURCE.read_text())
        definition["config"] |= {key.replace("__", "."): value for key, value in changed.items()}
        with NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(definition, file)
            file.flush()
            self.connect.apply(Path(file.name))

    def forget(self) -> None:
        """Nobody has captured the WMS yet: no connector, no offsets, no slot, nothing under way, empty tables."""
        self.remove_connector()
        self.drop_slot()
        Reader(self.settings.kafka_bootstrap_servers, STOCK_BALANCES).wait_until_read(ARRIVES_SECONDS)
        self.empty_clickhouse()

    def read_anew(self) -> None:
        """From nothing: a first snapshot, and an oracle that begins with it."""
        self.forget()
        self.apply_connector()
        self.arrived()
        self.oracle.begin()

    def begin_anew(self) -> None:
        """As a first start leaves it, whatever was altered, renamed or dropped in the WMS."""
        self.forget()
        with self.superuser() as wms:
            wms.execute("DROP SCHEMA public CASCADE")
            wms.execute("CREATE SCHEMA public AUTHORIZATION pg_database_owner")
            wms.execute("DROP PUBLICATION IF EXISTS sklad_stock")
        databases.prepare_wms(self.settings)
        self.run(f"INSERT INTO warehouses VALUES ({MARKER}, 'Marker', 1)")
        self.apply_connector()
        self.arrived()
        self.oracle.begin()

    def empty_clickhouse(self) -> None:
        for (name,) in self.ask("SELECT name FROM system.tables WHERE database = 'wms' AND engine LIKE '%MergeTree'"):
            # What a view is just being refreshed into is gone before it could be emptied.
            if name != "schema_versions" and not name.startswith(".tmp"):
                self.command(f"TRUNCATE TABLE {name}")

    # --- both sides ---

    def mark(self) -> int:
        """Change a balance that means nothing else; returns a position in the WMS's log that lies before the change."""
        with self.wms() as wms:
            (lsn,) = wms.execute("SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint").fetchall()[0]
            wms.execute(
                "INSERT INTO stock_balances VALUES (%s, 1, 0) ON CONFLICT (warehouse_id, product_id)"
                " DO UPDATE SET quantity = (stock_balances.quantity + 1) %% 1000000",
                [MARKER],
            )
        return int(lsn)

    def arrived(self, seconds: float = ARRIVES_SECONDS) -> None:
        """Wait until all that was committed before this call is in ClickHouse.

        A balance that means nothing is changed last; the topic has one partition, so what came before it is there.
        Unless a snapshot is under way: it may read that balance before others.
        """
        lsn = self.mark()
        # The state is the last that an insert reaches: the log shows a change a moment earlier.
        query = "SELECT count() FROM stock_balances WHERE warehouse_id = {warehouse:Int32} AND version >= {lsn:UInt64}"
        wait_until(
            lambda: self.ask(query, warehouse=MARKER, lsn=lsn)[0][0],
            "a change that was made just now arrives in ClickHouse", seconds, pause=0.05,
        )  # fmt: skip


def _own_steps(steps: Sequence[Step], without: Sequence[str]) -> list[Step]:
    kept = [step for step in steps if not any(word in step.name for word in (*_LEFT_OUT, *without))]
    names = {step.name for step in kept}
    return [Step(step.name, step.action, [name for name in step.after if name in names]) for step in kept]


@contextmanager
def make_pipeline(warehouses: int = 4, products: int = 50, **settings: Any) -> Iterator[Pipeline]:
    """A pipeline that has not been started, over a WMS of that size, in a folder that is deleted at the end."""
    folder = Path(mkdtemp(prefix="sklad-"))  # short: a socket's path has 107 characters at most
    generate(StockOptions(regions=2, warehouses=warehouses, products=products), folder / "csv")
    try:
        yield Pipeline(folder, wms_csv_dir=folder / "csv", **settings)
    finally:
        rmtree(folder)


@contextmanager
def running_pipeline(**settings: Any) -> Iterator[Pipeline]:
    """The same, started and ready; stopped at the end."""
    with make_pipeline(**settings) as pipeline:
        try:
            pipeline.start()
            pipeline.open()
            yield pipeline
        finally:
            pipeline.stop()
