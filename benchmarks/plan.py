"""How much is measured: sizes, rates and durations."""

from dataclasses import dataclass

# The rate that figures are named after: changes a second.
NAMED_RATE = 5000


@dataclass(frozen=True)
class Plan:
    """Everything at the first of the sizes; the others are loaded only. Empty: the phase is left out.

    Rates are changes a second, times seconds. At `cost_rate` nobody reads. `bursts`: rows of one transaction.
    `downtime` at `downtime_rate` makes the changes to catch up with. `wide_bytes`: a column that nobody reads, in
    `wide_rows` balances.
    """

    sizes: tuple[int, ...] = (1_000_000, 10_000_000)
    rates: tuple[float, ...] = (100, 500, 2000, 5000, 10_000, 20_000)
    rate_seconds: float = 60
    warm_up: float = 20
    cost_rate: int = NAMED_RATE
    bursts: tuple[int, ...] = (200_000, 1_000_000)
    downtime: float = 600
    downtime_rate: float = 2000
    wide_bytes: int = 1000
    wide_rows: int = 200_000
    wide_rate: float = 500
    readers: int = 4
    readers_rate: float = 500
    repetitions: int = 3


# Ten minutes on two cores: figures to see that it works, not to be quoted.
SHORT = Plan(
    sizes=(1_000_000,),
    rates=(500, 5000),
    rate_seconds=10,
    warm_up=5,
    bursts=(200_000,),
    downtime=10,
    wide_bytes=0,
    readers=0,
    repetitions=1,
)
