"""What real feeds do to records: some come twice, late, not at all, with holes, or as none. Seeded, at set rates."""

import re
from collections.abc import Iterator

import numpy as np

from data_generator.randomness import PARTS_PER_MILLION, parts_per_million, stream
from data_generator.web_options import WebOptions

# In this order they share the numbers from 0 to a million.
KINDS = ("duplicates", "late", "missing", "nulls", "malformed")
# Blocks of visits that a late record is held back for, at most: so many are kept in memory.
_LATEST = 8
_NULLABLE = {
    "browser_events": ("browser_name", "browser_language"),
    "device_events": ("os_name", "device_type"),
    "geo_events": ("geo_country", "geo_region_name"),
    "location_events": ("page_url_path", "referer_medium"),
}
_TIME = re.compile(r'"event_timestamp":"[^"]*"')
_BROKEN = ("cut off", "no JSON", "a number for the time", "of 1970", "of the year 2200")


class FaultyFeed:
    """One feed with its faults. `made`: how many records got each fault."""

    def __init__(self, feed: str, options: WebOptions) -> None:
        self._random = stream(options.seed, f"faults of {feed}")
        self._nullable = _NULLABLE[feed]
        shares = [parts_per_million(getattr(options.faults, kind)) for kind in KINDS]
        self._ends = np.cumsum(np.array(shares, dtype=np.int64))
        self._held: list[list[str]] = [[] for _ in range(_LATEST)]
        self.made = dict.fromkeys(KINDS, 0)

    def block(self, lines: list[str]) -> list[str]:
        """What the feed brings while these records are made: earlier ones that were late, then these."""
        due = self._held.pop(0)
        self._held.append([])
        if not self._ends[-1]:
            return lines
        fault = np.searchsorted(self._ends, self._random.integers(0, PARTS_PER_MILLION, len(lines)), side="right")
        draws = self._random.integers(0, 2**20, len(lines), dtype=np.int64)
        faulty = np.flatnonzero(fault < len(KINDS))
        left_out = set()
        for index, kind, draw in zip(faulty.tolist(), fault[faulty].tolist(), draws[faulty].tolist(), strict=True):
            name = KINDS[kind]
            self.made[name] += 1
            line = lines[index]
            if name in ("duplicates", "late"):
                self._held[draw % _LATEST].append(line)
            if name in ("late", "missing"):
                left_out.add(index)
            elif name == "nulls":
                field = self._nullable[draw % len(self._nullable)]
                lines[index] = re.sub(f'"{field}":("[^"]*"|[^,}}]+)', f'"{field}":null', line)
            elif name == "malformed":
                lines[index] = _broken(line, draw)
        return due + [line for index, line in enumerate(lines) if index not in left_out]

    def rest(self) -> Iterator[list[str]]:
        """What is still held back when the last block is made."""
        while any(self._held):
            yield self._held.pop(0)


def _broken(line: str, draw: int) -> str:
    kind = _BROKEN[draw % len(_BROKEN)]
    if kind == "cut off":
        return line[: len(line) // 2]
    if kind == "no JSON":
        return "Traceback (most recent call last):"
    if kind == "a number for the time":
        return _TIME.sub('"event_timestamp":{"seconds":1}', line)
    return _TIME.sub(f'"event_timestamp":"{"1970" if kind == "of 1970" else "2200"}-01-01T00:00:00.000+00:00"', line)
