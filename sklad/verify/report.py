"""What a comparison found, for people and for programs."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sklad.verify.comparison import Difference
from sklad.verify.fence import lsn_text
from sklad.verify.source import Row
from sklad.verify.tables import CapturedTable

Verdict = Literal["equal", "different", "undecided"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class Report:
    """One comparison. `differences` holds the first ones only, `counts` all of them by kind; `repaired` keys."""

    table: CapturedTable
    started_at: datetime
    verdict: Verdict = "undecided"
    reason: str = ""
    rows: int = 0
    buckets: int = 0
    buckets_different: int = 0
    fence_lsn: int = 0
    seconds: float = 0
    counts: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)
    repaired: int = 0

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "table": self.table.name,
            "started_at": self.started_at.isoformat(),
            "verdict": self.verdict,
            "reason": self.reason,
            "rows": self.rows,
            "buckets": self.buckets,
            "buckets_different": self.buckets_different,
            "fence_lsn": lsn_text(self.fence_lsn),
            "seconds": round(self.seconds, 3),
            "missing": self.counts["missing"],
            "extra": self.counts["extra"],
            "different": self.counts["different"],
            "repaired": self.repaired,
            "differences": [self._difference(difference) for difference in self.differences],
        }

    def summary(self) -> str:
        """One line."""
        if self.verdict == "undecided":
            return f"{self.table.name}: could not decide. {self.reason}"
        what = f"{self.rows:,} rows in {self.buckets:,} buckets, fence {lsn_text(self.fence_lsn)}, {self.seconds:.1f} s"
        if self.verdict == "equal":
            return f"{self.table.name}: equal. {what}."
        found = ", ".join(f"{count:,} {kind}" for kind, count in self.counts.items())
        return f"{self.table.name}: different. {found}; {self.buckets_different:,} buckets differ. {what}."

    def lines(self) -> list[str]:
        """The differences, one a line."""
        return [self._line(difference) for difference in self.differences]

    def _line(self, difference: Difference) -> str:
        key = ", ".join(f"{name} {value}" for name, value in zip(self.table.key, difference.key, strict=True))
        here, there = self._values(difference.source), self._values(difference.clickhouse)
        return f"{difference.kind:<9} {key}: WMS {_shown(here)}, ClickHouse {_shown(there)}"

    def _difference(self, difference: Difference) -> dict[str, Any]:
        return {
            "kind": difference.kind,
            "key": dict(zip(self.table.key, difference.key, strict=True)),
            "source": self._values(difference.source),
            "clickhouse": self._values(difference.clickhouse),
        }

    def _values(self, values: Row | None) -> dict[str, int | str] | None:
        if values is None:
            return None
        named = dict(zip(self.table.values, values, strict=True))
        return {name: _moment(value) if name in self.table.moments else value for name, value in named.items()}


def _shown(values: dict[str, int | str] | None) -> str:
    return "nothing" if values is None else " ".join(f"{name}={value}" for name, value in values.items())


def _moment(microseconds: int) -> str:
    try:
        return (EPOCH + timedelta(microseconds=microseconds)).isoformat()
    except OverflowError:
        return f"{microseconds} µs"
