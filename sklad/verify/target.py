"""ClickHouse's side: the state, frozen and rolled back to a snapshot of the WMS, its checksums and rows."""

import string
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from sklad.verify.errors import UndecidedError
from sklad.verify.source import Checksums, Row, Salts, Snapshot
from sklad.verify.tables import CapturedTable

PREFIX = "verify_"
LEFT_BEHIND_SECONDS = 6 * 3600


class Frozen:
    """The table's state as it was at one moment, under a name of its own."""

    def __init__(self, client: Client, table: CapturedTable, name: str) -> None:
        self._client = client
        self._table = table
        self._name = name

    def checksums(self, snapshot: Snapshot, salts: Salts) -> Checksums:
        """Read the state once, as the snapshot saw it. The log must have all that the frozen state has."""
        parameters = self._parameters(snapshot) | salts
        rows = self._client.query(self._sql("checksums"), parameters=parameters).result_rows
        return {bucket: (count, checksum) for bucket, count, checksum in rows}

    def rows(self, snapshot: Snapshot, buckets: Sequence[int]) -> Iterator[Row]:
        """The rows of some buckets as the snapshot saw them, in order of the key."""
        parameters = self._parameters(snapshot) | {"buckets": list(buckets)}
        with self._client.query_rows_stream(self._sql("rows"), parameters=parameters) as rows:
            yield from rows

    def refuse_later_load(self, snapshot: Snapshot) -> None:
        """Raise UndecidedError if the table was loaded from a later slot: no before-images lead back from that."""
        parameters = {"taken_at": self._parameters(snapshot)["taken_at"]}
        slot_lsn = self._client.query(_read(self._table, "newest_load"), parameters=parameters).result_rows[0][0]
        if slot_lsn > snapshot.fence_lsn:
            raise UndecidedError(
                f"{self._table.name} was loaded anew while it was compared. Run it again when the load is through."
            )

    def _parameters(self, snapshot: Snapshot) -> dict[str, Any]:
        return {
            "frozen": self._name,
            "taken_at": snapshot.taken_at.astimezone(UTC).replace(tzinfo=None),
            "xmax": snapshot.visibility.xmax_in_log,
            "running": snapshot.visibility.running_distances,
        }

    def _sql(self, name: str) -> str:
        state = _read(self._table, "state_at_snapshot")
        return string.Template(_read(self._table, name)).substitute(state_at_snapshot=state)


@contextmanager
def frozen(client: Client, table: CapturedTable) -> Iterator[Frozen]:
    """Freeze the table's state now; what was frozen is dropped when the context is left."""
    _drop_left_behind(client, table)
    name = f"{PREFIX}{table.name}_{datetime.now(UTC):%Y%m%d_%H%M%S_%f}"
    client.command(_read(table, "freeze"), parameters={"frozen": name})
    try:
        yield Frozen(client, table, name)
    finally:
        with suppress(ClickHouseError):  # the error that got us here says more; the next run drops it
            client.command("DROP TABLE IF EXISTS {frozen:Identifier} SYNC", parameters={"frozen": name})


def _drop_left_behind(client: Client, table: CapturedTable) -> None:
    """Drop what a killed run left."""
    found = client.query(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, {prefix:String})"
        " AND metadata_modification_time < now() - {seconds:UInt32}",
        parameters={"prefix": f"{PREFIX}{table.name}_", "seconds": LEFT_BEHIND_SECONDS},
    )
    for (name,) in found.result_rows:
        client.command("DROP TABLE IF EXISTS {frozen:Identifier} SYNC", parameters={"frozen": name})


def _read(table: CapturedTable, name: str) -> str:
    return (table.target_folder / f"{name}.sql").read_text()
