"""Who visits when, and what they do: sessions drawn block by block, in the order of time, in bounded memory.

A visitor is nothing but a number: all that stays the same about one is worked out from it by hashing, so that a hundred
million visitors take no memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from data_generator.randomness import parts_per_million, stream
from data_generator.web_options import WebOptions
from data_generator.web_vocabulary import vocabulary, weighted

SESSIONS_PER_BLOCK = 4096
MILLION = 1_000_000
_HOUR = 3_600_000  # milliseconds
_FULL = 100  # what the weights of hours and weekdays are of
# How often another visitor is drawn when the one at hand is likely asleep.
_TRIES = 4
# Milliseconds between two events of a session: people mostly take seconds, sometimes minutes.
_PAUSES = np.array(
    [900, 1500, 2400, 4000, 6000, 9000, 14_000, 22_000, 35_000, 60_000, 120_000, 300_000], dtype=np.int64
)
_BOT_PAUSE = 250
# Of all visitors, the percentage that come in one period; then the next newer ones do.
_AT_ONCE = 60


@dataclass(frozen=True)
class Visits:
    """A block of events, ordered by time; one array each, all of one length.

    `at`: milliseconds since 1970, UTC; `path` and `step`: index into the vocabulary's paths (their number: the bots'
    path) and into that path; `visitor`, `place`, `device` (bots' behind the people's), `campaign`, `product`: numbers.
    """

    at: np.ndarray
    visitor: np.ndarray
    place: np.ndarray
    device: np.ndarray
    campaign: np.ndarray
    path: np.ndarray
    step: np.ndarray
    product: np.ndarray
    is_first: np.ndarray


class Visitors:
    """What stays the same about visitors, by their numbers."""

    def __init__(self, options: WebOptions) -> None:
        self._seed = np.uint64(options.seed * 1_000_003 % 2**64)
        self._bots = parts_per_million(options.bots)

    def place(self, visitors: np.ndarray) -> np.ndarray:
        return weighted([place["weight"] for place in vocabulary().places], self._hash(visitors, 1))

    def is_bot(self, visitors: np.ndarray) -> np.ndarray:
        return self._hash(visitors, 2) % np.uint64(MILLION) < self._bots

    def device(self, visitors: np.ndarray) -> np.ndarray:
        people, bots = vocabulary().devices, vocabulary().bots
        number = self._hash(visitors, 3)
        as_person = weighted([device["weight"] for device in people], number)
        as_bot = weighted([bot["weight"] for bot in bots], number) + len(people)
        return np.where(self.is_bot(visitors), as_bot, as_person)

    def address(self, visitors: np.ndarray) -> np.ndarray:
        """IPv4 addresses as numbers, within 100.64.0.0/10, which belongs to nobody."""
        return (self._hash(visitors, 4) % np.uint64(2**22)).astype(np.int64) + (100 << 24) + (64 << 16)

    def _hash(self, numbers: np.ndarray, use: int) -> np.ndarray:
        """64 even bits of each number: the finalizer of SplitMix64 (Steele, Lea, Flood 2014)."""
        mixed = (numbers.astype(np.uint64) + self._seed) * np.uint64(4) + np.uint64(use)
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return mixed ^ (mixed >> np.uint64(31))


class Period:
    """The sessions of the whole period, and when they begin: more by day, fewer at the week's beginning."""

    def __init__(self, options: WebOptions) -> None:
        self._options = options
        self._random = stream(options.seed, "visits")
        self._visitors = Visitors(options)
        known = vocabulary()
        self._paths = (*known.paths, known.bot_path)
        self._lengths = np.array([len(path) for path in self._paths], dtype=np.int64)
        self._offsets = np.array([place["utc_offset"] * 60_000 for place in known.places], dtype=np.int64)

    @cached_property
    def sessions(self) -> int:
        weights, lengths = vocabulary().path_weights, self._lengths
        people = sum(weight * int(length) for weight, length in zip(weights, lengths[:-1], strict=True)) / sum(weights)
        mean = people * (1 - self._options.bots) + int(lengths[-1]) * self._options.bots
        return max(round(self._options.events / mean), 1)

    def blocks(self) -> Iterator[Visits]:
        """All events, in blocks that follow each other in time; a block's last may come after the next one's first."""
        begin = int(self._options.since.timestamp()) * 1000
        ends = self._session_numbers_by_hour()
        for first in range(0, self.sessions, SESSIONS_PER_BLOCK):
            numbers = np.arange(first, min(first + SESSIONS_PER_BLOCK, self.sessions), dtype=np.int64)
            hour = np.searchsorted(ends, numbers, side="right").astype(np.int64)
            start = begin + hour * _HOUR + self._random.integers(0, _HOUR, len(hour), dtype=np.int64)
            yield self._events(start, self._who_comes(hour, start))

    def _session_numbers_by_hour(self) -> np.ndarray:
        """Entry h: how many sessions have begun by the end of hour h."""
        known, since = vocabulary(), self._options.since
        hour = np.arange(self._options.days * 24, dtype=np.int64) + since.hour
        weekday = np.array(known.weekdays, dtype=np.int64)[(since.weekday() + hour // 24) % 7]
        # Most visitors live by the clock of the first place.
        local = (hour + known.places[0]["utc_offset"] // 60) % 24
        ends = np.cumsum(weekday * np.array(known.hours, dtype=np.int64)[local])
        # In Python's integers, since the product may pass 64 bits.
        total = int(ends[-1])
        return np.array([int(end) * self.sessions // total for end in ends], dtype=np.int64)

    def _who_comes(self, hour: np.ndarray, start: np.ndarray) -> np.ndarray:
        """A visitor for each session: newer ones rather than older ones, and those who are awake."""
        count = self._options.visitors
        active = max(count * _AT_ONCE // 100, 1)
        newest = active + (count - active) * (hour + 1) // (self._options.days * 24)
        lively = np.array(vocabulary().hours, dtype=np.int64)
        chosen = np.zeros(len(hour), dtype=np.int64)
        undecided = np.ones(len(hour), dtype=bool)
        for _ in range(_TRIES):
            # The product of two even numbers lies near 0 more often than not.
            age = self._draw(active, len(hour)) * self._draw(active, len(hour)) // active
            visitor = newest - 1 - age
            local_hour = (start + self._offsets[self._visitors.place(visitor)]) // _HOUR % 24
            chosen = np.where(undecided, visitor, chosen)
            undecided &= self._draw(_FULL, len(hour)) >= lively[local_hour]
        return chosen

    def _events(self, start: np.ndarray, visitor: np.ndarray) -> Visits:
        known = vocabulary()
        sessions = len(start)
        is_bot = self._visitors.is_bot(visitor)
        path = weighted(list(known.path_weights), self._draw(2**40, sessions).astype(np.uint64))
        path = np.where(is_bot, len(known.paths), path)
        campaign = weighted([each["weight"] for each in known.campaigns], self._draw(2**40, sessions).astype(np.uint64))
        campaign = np.where(is_bot, 0, campaign)
        product = self._draw(known.products, sessions)

        length = self._lengths[path]
        of_session = np.repeat(np.arange(sessions), length)
        first = np.cumsum(length) - length
        step = np.arange(len(of_session)) - first[of_session]
        pause = _PAUSES[self._random.integers(0, len(_PAUSES), len(of_session))]
        pause = np.where(is_bot[of_session], _BOT_PAUSE, pause) + self._draw(200, len(of_session))
        passed = np.cumsum(pause)
        at = start[of_session] + passed - passed[first][of_session]

        order = np.argsort(at, kind="stable")
        of_session, step = of_session[order], step[order]
        place = self._visitors.place(visitor)
        return Visits(
            at=at[order],
            visitor=visitor[of_session],
            place=place[of_session],
            device=self._visitors.device(visitor)[of_session],
            campaign=campaign[of_session],
            path=path[of_session],
            step=step,
            # Who browses on, looks at other products.
            product=(product[of_session] + step // 3) % known.products + 1,
            is_first=step == 0,
        )

    def _draw(self, below: int, count: int) -> np.ndarray:
        return self._random.integers(0, below, count, dtype=np.int64)
