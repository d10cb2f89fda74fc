"""Which tables can be compared, by declaration. Their SQL lies in wms/verify and clickhouse/<product>/verify."""

from dataclasses import dataclass
from pathlib import Path

from sklad.settings import ROOT


@dataclass(frozen=True)
class CapturedTable:
    """One table with a primary key that Debezium captures into ClickHouse.

    `key` and `values` are column names in the order in which the SQL files select them. Timestamps come as microseconds
    since 1970 and are named in `moments`. `groups`: the consumer groups that ClickHouse may read through.
    """

    product: str
    name: str
    topic: str
    groups: tuple[str, ...]
    slot: str
    key: tuple[str, ...]
    values: tuple[str, ...]
    moments: tuple[str, ...] = ()

    def source_sql(self, statement: str) -> str:
        """A statement for PostgreSQL."""
        return (ROOT / "wms" / "verify" / f"{statement}.sql").read_text()

    @property
    def target_folder(self) -> Path:
        """Where the statements for ClickHouse lie."""
        return ROOT / "clickhouse" / self.product / "verify"


STOCK_BALANCES = CapturedTable(
    product="stock",
    name="stock_balances",
    topic="wms.public.stock_balances",
    groups=("clickhouse.stock_balances", "connect-ch.stock_balances"),
    slot="sklad_stock",
    key=("warehouse_id", "product_id"),
    values=("quantity", "updated_at"),
    moments=("updated_at",),
)
