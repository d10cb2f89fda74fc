"""Where stock runs short: regions and categories differ, and some pairs of the two are worse off than either explains.

Integers only, as everywhere in the generator: see randomness.py.
"""

import numpy as np

from data_generator.randomness import PARTS_PER_MILLION, stream

# What makes a cell of regions × categories differ from the rest, in percent; together no more than 100.
_BY_REGION, _BY_CATEGORY, _BY_PAIR = 25, 30, 45


def unevenness(seed: int, regions: int, categories: int) -> np.ndarray:
    """How much shorter than the average each region's category is; shape (regions, categories).

    In parts per million, between -1,000,000 and 1,000,000, and 0 on average: shares that were asked for are kept.
    """
    by_region = _spread(seed, "shortages of regions", regions)[:, np.newaxis]
    by_category = _spread(seed, "shortages of categories", categories)[np.newaxis, :]
    by_pair = _spread(seed, "shortages of pairs", regions * categories).reshape(regions, categories)
    mixed: np.ndarray = (_BY_REGION * by_region + _BY_CATEGORY * by_category + _BY_PAIR * by_pair) // 100
    return mixed


def uneven(share: int, unevenness: np.ndarray) -> np.ndarray:
    """A share made uneven: it strays from `share` as far as it can both ways without leaving 0 to 1,000,000.

    Everything in parts per million.
    """
    room = min(share, PARTS_PER_MILLION - share)
    shares: np.ndarray = share + room * unevenness // PARTS_PER_MILLION
    return shares


def _spread(seed: int, name: str, count: int) -> np.ndarray:
    """Numbers from -1,000,000 to 1,000,000 at even distances, shuffled; a single one is 0."""
    steps = np.arange(1 - count, count, 2, dtype=np.int64) * PARTS_PER_MILLION // max(count - 1, 1)
    return stream(seed, name).permutation(steps)
