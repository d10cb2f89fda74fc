"""How much stock data to make."""

from dataclasses import dataclass

from data_generator.errors import OptionError

_MAX_ID = 2**31 - 1


@dataclass(frozen=True)
class StockOptions:
    """How much to make. `fill`: share of the warehouse-product pairs that have a balance; `zeros`: share of those
    that are 0.

    Raises:
        OptionError: a value is out of its range.
    """

    seed: int = 42
    regions: int = 8
    warehouses: int = 40
    products: int = 2500
    fill: float = 0.9
    zeros: float = 0.06

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise OptionError(f"--seed {self.seed}: choose 0 or more.")
        for name in ("regions", "warehouses", "products"):
            value = getattr(self, name)
            if not 1 <= value <= _MAX_ID:
                raise OptionError(f"--{name} {value}: choose between 1 and {_MAX_ID} (ids are 32-bit).")
        for name in ("fill", "zeros"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise OptionError(f"--{name} {value}: it is a share; choose between 0 and 1.")
