"""What the harness asks of a system, and how it sees what the system shows."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from benchmarks.stack import MARK, Stack

# Between two looks at the mark: a figure is too high by up to this and the time of an answer, for each system alike.
REST_SECONDS = 0.01


class Sightings:
    """When which mark was seen first: (number, time.monotonic()), in order."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, float]] = []

    def add(self, number: int) -> None:
        if not self.seen or number > self.seen[-1][0]:
            self.seen.append((number, time.monotonic()))

    def wait_for(self, number: int, seconds: float) -> float:
        """When this mark, or a later one, was seen. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.seen and self.seen[-1][0] >= number:
                return next(moment for seen, moment in self.seen if seen >= number)
            time.sleep(0.005)
        raise TimeoutError(f"mark {number} was not seen within {seconds:.0f} s; the last was {self.seen[-1:]}")

    def latencies(self, marks: dict[int, float]) -> list[float]:
        """Seconds from the commit of each mark to the look that showed it or a later one, in order of the marks."""
        found, looks = [], iter(self.seen)
        look = next(looks, None)
        for number, committed in sorted(marks.items()):
            while look and look[0] < number:
                look = next(looks, None)
            if look is None:
                break
            found.append(max(0.0, look[1] - committed))
        return found


class System(ABC):
    """One way into ClickHouse. It begins and ends in the same run as the others, alone; what it leaves is nothing."""

    name = ""
    # SELECT of the state, for the harness: warehouse_id, product_id, quantity, updated_at. Empty: there is none to ask.
    state = ""
    # It brings everything over again and again, not change by change.
    reads_everything = False
    # It can be stopped for a while and goes on then.
    pauses = True
    # What comes after the first load is another system's, and measured there.
    first_load_only = False

    def __init__(self, stack: Stack) -> None:
        self.stack = stack

    def prepare(self) -> None:  # noqa: B027 - most have nothing
        """Start what stands ready as the engines do before anybody asks for a table. Not measured."""

    @abstractmethod
    def begin(self) -> None:
        """From nothing: have it read the table and follow it from then on. May return before all is there."""

    @abstractmethod
    def end(self) -> None:
        """Remove all that it made. Whatever its state: also called when something failed."""

    def pause(self) -> None:
        """It is down from here on; what it has stays."""
        raise NotImplementedError(self.name)

    def resume(self) -> None:
        """It goes on."""
        raise NotImplementedError(self.name)

    def storage(self) -> dict[str, float]:
        """Bytes, rows and parts on disk, as far as it knows of them."""
        return {}

    def connect(self) -> Client:
        """A client that the state is asked through, for one thread."""
        return self.stack.client()

    @contextmanager
    def watch(self) -> Iterator[Sightings]:
        """Ask for the mark again and again until the context is left, in a thread of its own."""
        sightings, done = Sightings(), threading.Event()
        query = f"SELECT quantity FROM ({self.state}) WHERE warehouse_id = {MARK[0]} AND product_id = {MARK[1]}"

        def look() -> None:
            with self.connect() as client:
                while not done.wait(REST_SECONDS):
                    with suppress(ClickHouseError):  # a table that is exchanged just now, or not made yet
                        if answer := client.raw_query(query, fmt="TabSeparated"):
                            sightings.add(int(answer))

        thread = threading.Thread(target=look, name=f"watch {self.name}")
        thread.start()
        try:
            yield sightings
        finally:
            done.set()
            thread.join()


def parts_of(client: Client, name: str, database: str, table: str) -> dict[str, float]:
    """Bytes on disk, rows and active parts of a table, with `name` before them."""
    row = client.query(
        "SELECT sum(bytes_on_disk), sum(rows), count() FROM system.parts"
        " WHERE active AND database = {database:String} AND table LIKE {table:String}",
        {"database": database, "table": table},
    ).result_rows[0]
    return dict(zip((f"{name}_bytes", f"{name}_rows", f"{name}_parts"), map(float, row), strict=True))
