"""Names of the stock product: real regions, warehouses in their cities, products that fit their matrix."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import yaml

from data_generator.errors import OptionError
from data_generator.randomness import stream
from data_generator.russian import russian_names

_FILE = Path(__file__).with_name("stock_names.yaml")
_BRANDS = 120


@dataclass(frozen=True)
class Category:
    """A matrix (матрица): `items` × brands × `packs` are its products; a middling warehouse holds `pieces` of one."""

    name: str
    pieces: int
    items: tuple[str, ...]
    packs: tuple[str, ...]


@dataclass(frozen=True)
class Vocabulary:
    """What stock_names.yaml holds."""

    cities: dict[str, tuple[str, ...]]
    warehouse_kinds: tuple[str, ...]
    categories: tuple[Category, ...]


@cache
def vocabulary() -> Vocabulary:
    """Read stock_names.yaml, once."""
    content = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return Vocabulary(
        cities={region: tuple(cities) for region, cities in content["regions"].items()},
        warehouse_kinds=tuple(content["warehouse_kinds"]),
        categories=tuple(
            Category(name, value["pieces"], tuple(value["items"]), tuple(value["packs"]))
            for name, value in content["categories"].items()
        ),
    )


def region_names(count: int) -> list[str]:
    """The first `count` regions.

    Raises:
        OptionError: there are not that many.
    """
    known = list(vocabulary().cities)
    if count > len(known):
        raise OptionError(
            f"--regions {count}: the generator knows {len(known)} regions. Choose at most {len(known)}, "
            f"or add regions with their cities to {_FILE.name}."
        )
    return known[:count]


def warehouse_names(seed: int, regions: list[str], count: int) -> Iterator[tuple[str, int]]:
    """Yield (name, index of its region) for `count` warehouses, spread evenly over the regions and their cities."""
    words = vocabulary()
    fake = russian_names(seed)
    kinds = stream(seed, "warehouse kinds").integers(0, len(words.warehouse_kinds), count)
    for number in range(count):
        region = number % len(regions)
        cities = words.cities[regions[region]]
        kind = words.warehouse_kinds[kinds[number]]
        city = cities[number // len(regions) % len(cities)]
        yield f"{kind} {city}-{number + 1}, ул. {fake.street_title()}", region


def product_names(seed: int, count: int) -> Iterator[tuple[str, int]]:
    """Yield (name, index of its category) for `count` products; no two have the same name."""
    words = vocabulary()
    brands = _brands(seed)
    orders = [
        stream(seed, f"products of {category.name}").permutation(
            len(category.items) * len(brands) * len(category.packs)
        )
        for category in words.categories
    ]
    for number in range(count):
        index = number % len(words.categories)
        category, order = words.categories[index], orders[index]
        series, place = divmod(number // len(words.categories), len(order))
        rest, pack = divmod(int(order[place]), len(category.packs))
        item, brand = divmod(rest, len(brands))
        name = f"{category.items[item]} «{brands[brand]}», {category.packs[pack]}"
        yield (f"{name}, серия {series + 1}" if series else name), index


def category_pieces() -> np.ndarray:
    """Pieces that a middling warehouse holds of one product, by index of category."""
    return np.array([category.pieces for category in vocabulary().categories], dtype=np.int64)


def _brands(seed: int) -> list[str]:
    fake = russian_names(seed)
    brands: dict[str, None] = {}
    while len(brands) < _BRANDS:
        brands[fake.first_name_female() if len(brands) % 2 else fake.last_name_male()] = None
    return list(brands)
