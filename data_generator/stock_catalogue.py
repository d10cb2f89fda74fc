"""Which warehouses and products there are, and how often each product moves."""

from dataclasses import dataclass

import numpy as np
import psycopg

from data_generator.errors import WorkloadError
from data_generator.randomness import stream
from data_generator.sql import statement

Key = tuple[int, int]  # warehouse_id, product_id
Route = tuple[Key, Key]  # from, to: one product, two warehouses

# Which products are popular stays the same from run to run, whatever --seed says.
_POPULARITY_SEED = 1


@dataclass(frozen=True)
class Catalogue:
    """Ids only; balances stay in the database, so that memory does not grow with them."""

    warehouses: np.ndarray  # int32
    products: np.ndarray  # int32, the most popular first
    cumulated_popularity: np.ndarray  # float64, Zipf: the product of rank r moves 1/r as often as the first

    def draw_warehouses(self, random: np.random.Generator, count: int) -> np.ndarray:
        """`count` warehouse ids; all warehouses alike."""
        drawn: np.ndarray = self.warehouses[random.integers(0, len(self.warehouses), count)]
        return drawn

    def draw_products(self, random: np.random.Generator, count: int) -> np.ndarray:
        """`count` product ids, popular ones more often."""
        place = random.random(count) * self.cumulated_popularity[-1]
        drawn: np.ndarray = self.products[np.searchsorted(self.cumulated_popularity, place, side="right")]
        return drawn

    def draw_keys(self, random: np.random.Generator, count: int) -> list[Key]:
        """`count` keys of balances that may or may not exist."""
        warehouses = self.draw_warehouses(random, count).tolist()
        return list(zip(warehouses, self.draw_products(random, count).tolist(), strict=True))

    def draw_routes(self, random: np.random.Generator, count: int) -> list[Route]:
        """`count` ways of a product between two warehouses; there must be two."""
        start = random.integers(0, len(self.warehouses), count)
        end = (start + random.integers(1, len(self.warehouses), count)) % len(self.warehouses)
        products = self.draw_products(random, count).tolist()
        starts, ends = self.warehouses[start].tolist(), self.warehouses[end].tolist()
        return [((a, product), (b, product)) for a, b, product in zip(starts, ends, products, strict=True)]


def read_catalogue(connection: psycopg.Connection) -> Catalogue:
    """Read the ids.

    Raises:
        WorkloadError: there are no warehouses or no products.
    """
    warehouses = _read_ids(connection, "copy_warehouse_ids")
    products = _read_ids(connection, "copy_product_ids")
    if not len(warehouses) or not len(products):
        raise WorkloadError(
            f"The WMS has {len(warehouses)} warehouses and {len(products)} products: there is nothing to move. "
            "Load them first: wms/on_start.sh fills an empty database from wms/csv."
        )
    popular_first = stream(_POPULARITY_SEED, "live popularity").permutation(products)
    return Catalogue(warehouses, popular_first, np.cumsum(1 / np.arange(1, len(products) + 1)))


def _read_ids(connection: psycopg.Connection, name: str) -> np.ndarray:
    with connection.cursor().copy(statement("stock", name)) as copy:
        text = b"".join(copy).decode()
    return np.fromstring(text, dtype=np.int32, sep="\n")
