"""Open-loop pacing: change number k is due at start + k / rate, however long the changes before it took."""

# Batches start at least this far apart, so that high rates share transactions: 10,000 a second make a hundred of 100.
TICK_SECONDS = 0.01
# Lower rates than one change a tick go one by one, even to make up for a hiccup, until they are this far behind.
ONE_BY_ONE_SECONDS = 1.0
# What a stall left undone is made up for, up to this much. More would hit a database that just came back with a flood.
MAX_BACKLOG_SECONDS = 5.0


class OpenLoop:
    """Says how many changes are due. Times are seconds of a monotonic clock, which the caller reads."""

    def __init__(self, rate: float, now: float) -> None:
        self.rate = rate
        self.forgiven = 0.0
        self._start = now
        self._done = 0
        self._last_batch = now - TICK_SECONDS

    def due(self, now: float) -> int:
        """Changes to make in a batch that starts now, at least one: ask when `wait` says that it is time.

        A backlog beyond MAX_BACKLOG_SECONDS is forgiven, and counted in `forgiven`.
        """
        owed = self._owed(now)
        excess = owed - (self.rate * MAX_BACKLOG_SECONDS + 1)
        if excess > 0:
            self.forgiven += excess
            self._start += excess / self.rate
            owed -= excess
        if self.rate * TICK_SECONDS <= 1 and owed <= self.rate * ONE_BY_ONE_SECONDS + 1:
            return 1
        return max(int(owed), 1)

    def wait(self, now: float) -> float:
        """Seconds until the next batch should start; 0 or less: now."""
        next_change = self._start + self._done / self.rate
        return max(next_change, self._last_batch + TICK_SECONDS) - now

    def done(self, started: float, changes: int) -> None:
        """Note that a batch, started at `started`, made `changes`."""
        self._last_batch = started
        self._done += changes

    def _owed(self, now: float) -> float:
        return self.rate * (now - self._start) + 1 - self._done
