"""Whoever reads while something is done to the tables: what they have seen."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from clickhouse_connect.driver.client import Client


@contextmanager
def balances_seen(client: Client) -> Iterator[list[int]]:
    """How many balances there were each time that a reader asked, again and again. Nobody else may use the client."""
    with counts_seen(client, "stock_balances_v") as seen:
        yield seen


@contextmanager
def counts_seen(client: Client, table: str) -> Iterator[list[int]]:
    """The same of any table."""
    seen: list[int] = []
    done = threading.Event()

    def read() -> None:
        while not done.wait(0.01):
            seen.append(client.query(f"SELECT count() FROM {table}").result_rows[0][0])

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield seen
    finally:
        done.set()
        reader.join()
