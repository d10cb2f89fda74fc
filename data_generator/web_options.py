"""How many web events to make, of when, and what is to be wrong with them."""

from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta

from data_generator.errors import OptionError


def last_midnight() -> datetime:
    """The beginning of this day, UTC."""
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


@dataclass(frozen=True)
class Faults:
    """Shares of a feed's records, 0 to 1, that something is wrong with. A record has one fault at most."""

    duplicates: float = 0.0
    late: float = 0.0
    missing: float = 0.0
    nulls: float = 0.0
    malformed: float = 0.0

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if not 0 <= value <= 1:
                raise OptionError(f"--{each.name} {value}: it is a share; choose between 0 and 1.")
        if (total := sum(getattr(self, each.name) for each in fields(self))) > 1:
            raise OptionError(f"the shares of all faults add up to {total:g}: choose shares that add up to 1 at most.")


@dataclass(frozen=True)
class WebOptions:
    """What to make. `events`: about how many; `users`: visitors, 0 for one to twenty events; `days` before `until`.

    Raises:
        OptionError: a value is out of its range.
    """

    seed: int = 42
    events: int = 20_000
    users: int = 0
    days: int = 14
    until: datetime = field(default_factory=last_midnight)
    bots: float = 0.02
    faults: Faults = Faults()

    def __post_init__(self) -> None:
        for name, least in (("seed", 0), ("events", 1), ("users", 0), ("days", 1)):
            if getattr(self, name) < least:
                raise OptionError(f"--{name} {getattr(self, name)}: choose {least} or more.")
        if not 0 <= self.bots <= 1:
            raise OptionError(f"--bots {self.bots}: it is a share; choose between 0 and 1.")

    @property
    def visitors(self) -> int:
        return self.users or max(self.events // 20, 1)

    @property
    def since(self) -> datetime:
        return self.until - timedelta(days=self.days)
