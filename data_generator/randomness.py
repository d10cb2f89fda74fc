"""Seeded randomness that gives the same values on every machine and in every run.

Integers only: `Generator.integers` is exact integer arithmetic over PCG64's bits. Normal, lognormal and friends go
through the machine's exp and log, whose last digit differs between processors and libraries, and so would the files.
"""

import numpy as np

PARTS_PER_MILLION = 1_000_000


def stream(seed: int, name: str) -> np.random.Generator:
    """A generator of its own for each named use, so that one more draw in one place shifts nothing elsewhere."""
    return np.random.Generator(np.random.PCG64([seed, *name.encode()]))


def parts_per_million(share: float) -> int:
    """A share between 0 and 1 as the whole number that `integers(0, PARTS_PER_MILLION)` is compared with."""
    return round(share * PARTS_PER_MILLION)
