"""Tells ClickHouse a story of changes, as the WMS would: the state and the log follow, readers see both."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from clickhouse_connect.driver.client import Client

from tests.integration.clickhouse import refresh

Key = tuple[int, int]

COLUMNS = (
    *("kind", "op", "warehouse_id", "product_id", "quantity", "quantity_before", "updated_at", "updated_at_before"),
    *("lsn", "tx_id", "committed_at", "captured_at", "queued_at", "arrived_at", "kafka_topic", "kafka_offset"),
)


@dataclass
class Story:
    """Changes in the order of their telling. Times are minutes before `now`, quantities units."""

    admin: Client
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    balances: dict[Key, int] = field(default_factory=dict)
    rows: list[list[object]] = field(default_factory=list)

    def read(self, minutes_ago: float, balances: dict[Key, int]) -> None:
        """The first snapshot."""
        for key, quantity in balances.items():
            self._tell("r", minutes_ago, key, 0, quantity)
        self.balances |= balances

    def set(self, minutes_ago: float, warehouse: int, product: int, quantity: int | None) -> None:
        """Insert, update, or (None) delete a balance, whichever it takes."""
        key = (warehouse, product)
        if quantity is None:
            self._tell("d", minutes_ago, key, self.balances.pop(key), 0)
            return
        before = self.balances.get(key)
        self._tell("c" if before is None else "u", minutes_ago, key, before or 0, quantity)
        self.balances[key] = quantity

    def truncate(self, minutes_ago: float) -> None:
        self._tell("t", minutes_ago, (0, 0), 0, 0)
        self.balances.clear()

    def deliver(self, first: int = 0, last: int | None = None) -> None:
        """Put all that was told, or the rows from `first` to before `last`, on the way in; again: a replay."""
        self.admin.insert("stock_balances_inbox", self.rows[first:last], column_names=COLUMNS)

    def settle(self) -> None:
        """The slot says that all that was told is here, and a heartbeat since then that this has arrived."""
        at = datetime.now(UTC)
        asked = [at - timedelta(minutes=1), "sklad_stock", 1, "reserved", f"0/{len(self.rows) + 1:X}", "", None]
        self.admin.insert("slot_health", [asked])
        self.admin.insert("heartbeats", [["wms", at, at, at, at]])

    def refresh(self) -> None:
        """Have stock_activity counted now rather than in five minutes, and what is counted of it."""
        refresh(self.admin, "stock_activity_mv")
        refresh(self.admin, "stock_turnover_mv")

    def _tell(self, op: str, minutes_ago: float, key: Key, before: int, after: int) -> None:
        lsn = len(self.rows) + 1
        at = self.now - timedelta(minutes=minutes_ago)
        kind = "truncate" if op == "t" else "change"
        times = [at, at, at, at]
        topic = "wms.public.stock_balances"
        self.rows.append([kind, op, *key, after, before, at, at, lsn, lsn, *times, topic, lsn])
