"""What people do without change data capture: read all of the table again and again, and exchange it with the old."""

import threading

from clickhouse_connect.driver.client import Client

from benchmarks.stack import SQL
from benchmarks.systems.system import System, parts_of

DATABASE = "bench_reload"


class Reload(System):
    """One reload after the other, without a rest: as fresh as it can be."""

    name = "full reload"
    state = f"SELECT warehouse_id, product_id, quantity, updated_at FROM {DATABASE}.stock_balances"
    reads_everything = True
    _thread: threading.Thread | None = None

    def begin(self) -> None:
        self.stack.admin.command(f"CREATE DATABASE {DATABASE}")
        for table in ("stock_balances", "stock_balances_next"):
            self.stack.admin.command(
                f"CREATE TABLE {DATABASE}.{table} (warehouse_id Int32, product_id Int32, quantity Int32,"
                " updated_at DateTime64(6, 'UTC')) ENGINE = MergeTree ORDER BY (warehouse_id, product_id)"
            )
        self.resume()

    def resume(self) -> None:
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reload")
        self._thread.start()

    def _run(self) -> None:
        with self.connect() as client:
            while not self._done.is_set():
                self._once(client)

    def _once(self, client: Client) -> None:
        client.command(f"TRUNCATE TABLE {DATABASE}.stock_balances_next")
        client.command(f"INSERT INTO {DATABASE}.stock_balances_next {(SQL / 'source.sql').read_text()}")
        client.command(f"EXCHANGE TABLES {DATABASE}.stock_balances AND {DATABASE}.stock_balances_next")

    def pause(self) -> None:
        if self._thread:
            self._done.set()
            self._thread.join()
            self._thread = None

    def end(self) -> None:
        self.pause()
        self.stack.admin.command(f"DROP DATABASE IF EXISTS {DATABASE} SYNC")

    def storage(self) -> dict[str, float]:
        return parts_of(self.stack.admin, "state", DATABASE, "stock_balances")
