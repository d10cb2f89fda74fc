"""A plain change of Debezium's as a row of the change log, in ClickHouse's RowBinary.

Plain is a row that was inserted, updated, deleted or read by a snapshot, with all that belongs to it. Anything else is
left to the view stock_balances_queue_mv. What both can read comes to the same row (tests/integration/schema).
"""

import struct
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from sklad.ingest.topics import Delivered
from sklad.verify.tables import STOCK_BALANCES

# The change log's columns in the order of a row.
COLUMNS = (
    "lsn", "warehouse_id", "product_id", "op", "quantity", "quantity_before", "updated_at", "updated_at_before",
    "tx_id", "committed_at", "captured_at", "queued_at", "arrived_at", "kafka_partition", "kafka_offset", "kafka_topic",
)  # fmt: skip
# Strings begin with their length; times are whole numbers since 1970, in the column's own unit.
_ROW = struct.Struct("<Qii2siiqqQqqqqHQ")
_OPS = {op: bytes([1]) + op.encode() for op in ("c", "u", "d", "r")}
_TOPIC = bytes([len(STOCK_BALANCES.topic)]) + STOCK_BALANCES.topic.encode()

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# Years that every type on the way holds.
_YEARS = range(1970, 2200)
# The end of a snapshot is news for more than the row that says it.
_LAST_OF_SNAPSHOT = frozenset({"last", "last_in_data_collection"})

Int32 = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Position = Annotated[int, Meta(ge=1, le=2**63 - 1)]


class _Balance(Struct, gc=False):
    warehouse_id: Int32
    product_id: Int32
    quantity: Int32
    updated_at: Annotated[datetime, Meta(tz=True)]


class _Source(Struct, gc=False):
    lsn: Position
    txId: Count
    ts_us: Position
    snapshot: str


class _Envelope(Struct, gc=False):
    op: Literal["c", "u", "d", "r"]
    before: _Balance | None
    after: _Balance | None
    source: _Source
    ts_ms: Count


_decode = msgspec.json.Decoder(_Envelope).decode


def log_row(delivered: Delivered, arrived_ms: int) -> bytes | None:
    """The row of COLUMNS that a message comes to; None: it is no plain change.

    Args:
        delivered: what Debezium wrote, without a schema, and where it stands.
        arrived_ms: now, in milliseconds since 1970.
    """
    try:
        envelope = _decode(delivered.message)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    op, before, after, source = envelope.op, envelope.before, envelope.after, envelope.source
    row = before if op == "d" else after
    if row is None or (op == "d" and after is not None) or source.snapshot in _LAST_OF_SNAPSHOT:
        return None
    if row.updated_at.year not in _YEARS or (before is not None and before.updated_at.year not in _YEARS):
        return None
    fields = _ROW.pack(
        source.lsn, row.warehouse_id, row.product_id, _OPS[op],
        after.quantity if after is not None else 0,
        before.quantity if before is not None else 0,
        _microseconds(row.updated_at),
        _microseconds(before.updated_at) if before is not None else 0,
        source.txId, source.ts_us, envelope.ts_ms, delivered.queued_ms, arrived_ms,
        delivered.partition, delivered.offset,
    )  # fmt: skip
    return fields + _TOPIC


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND
