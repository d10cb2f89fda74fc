"""Whoever reads while something is done to the tables: what they have seen."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from clickhouse_connect.driver.client import Client


@contextmanager
def balances_seen(client: Client) -> Iterator[list[int]]:
    """How many balances there were each time that a reader asked, again and again. Nobody else may use the client."""
    seen: list[int] = []
    done = threading.Event()

    def read() -> None:
        while not done.wait(0.01):
            seen.append(client.query("SELECT count() FROM stock_balances_v").result_rows[0][0])

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield seen
    finally:
        done.set()
        reader.join()
