"""Which buckets differ, and which rows in them: a merge of two streams in order of the key."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sklad.verify.source import Checksums, Row

Kind = Literal["missing", "extra", "different"]


@dataclass(frozen=True)
class Difference:
    """One key whose two sides differ. `source`, `clickhouse`: the values there, None where the key is not."""

    key: Row
    source: Row | None
    clickhouse: Row | None

    @property
    def kind(self) -> Kind:
        """missing: only in the source; extra: only in ClickHouse; different: in both, with other values."""
        if self.clickhouse is None:
            return "missing"
        return "extra" if self.source is None else "different"


def differing_buckets(source: Checksums, clickhouse: Checksums) -> list[int]:
    """Buckets whose row count or checksum is not the same on both sides."""
    return sorted(
        bucket for bucket in source.keys() | clickhouse.keys() if source.get(bucket) != clickhouse.get(bucket)
    )


def differences(source: Iterator[Row], clickhouse: Iterator[Row], key_columns: int) -> Iterator[Difference]:
    """Merge the rows of both sides, each in order of the key, which is their first columns and unique."""
    left, right = next(source, None), next(clickhouse, None)
    while left is not None or right is not None:
        key = min(row[:key_columns] for row in (left, right) if row is not None)
        here = left if left is not None and left[:key_columns] == key else None
        there = right if right is not None and right[:key_columns] == key else None
        if here != there:
            yield Difference(
                key,
                here[key_columns:] if here else None,
                there[key_columns:] if there else None,
            )
        if here:
            left = next(source, None)
        if there:
            right = next(clickhouse, None)
