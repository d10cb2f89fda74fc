"""Carries out stock movements against the WMS, one transaction a batch."""

from collections import Counter
from collections.abc import Sequence
from math import ceil

import numpy as np
import psycopg

from data_generator.sql import statement
from data_generator.stock_catalogue import Catalogue, Key, Route, read_catalogue
from data_generator.stock_movements import Changes, Drawn, decide, draw_kinds

# Keys drawn for one that is needed, at most: with a nearly empty matrix, or a full one, most draws miss.
_MAX_DRAWS = 32
_REFRESH_SECONDS = 60.0


class StockWorkload:
    """Moves stock through one connection. Two of them never deadlock.

    Locks come first and in the order of the primary key. Inserts, the only other statements that can wait, come next
    and in the same order; updates and deletes touch only what is locked already.
    """

    def __init__(self, random: np.random.Generator) -> None:
        self._random = random
        self._listed = 0.9  # share of drawn keys that exist, as seen so far
        self._catalogue: Catalogue | None = None
        self._read_at = 0.0

    def make(self, connection: psycopg.Connection, changes: int, now: float) -> Counter[str]:
        """Make about `changes` row changes in one transaction; returns how many there were by kind of movement.

        Raises:
            psycopg.Error: the transaction failed and left nothing behind, or the connection broke.
            WorkloadError: the WMS has no warehouses or no products.
        """
        if self._catalogue is None or now - self._read_at > _REFRESH_SECONDS:
            self._catalogue, self._read_at = read_catalogue(connection), now
        plan = draw_kinds(self._random, changes, len(self._catalogue.warehouses))
        drawn = self._draw(self._catalogue, plan)
        # Pipelined: two round trips, one to lock and one to write and commit.
        with connection.pipeline(), connection.transaction():
            locked = _run(connection, "lock_balances", drawn.existing())
            missing = _run(connection, "find_unlisted", drawn.candidates)
            balances = {(warehouse, product): quantity for warehouse, product, quantity in locked.fetchall()}
            unlisted = sorted((warehouse, product) for warehouse, product in missing.fetchall())
            decided = decide(plan, drawn, balances, unlisted, self._random)
            inserts = _write(connection, decided)
        if inserts is not None:
            decided.by_kind["relisting"] = inserts.rowcount
        self._learn(sum(key in balances for key in drawn.singles), len(drawn.singles))
        return +decided.by_kind

    def forget(self) -> None:
        """Read warehouses and products anew before the next batch: they have changed."""
        self._catalogue = None

    def _draw(self, catalogue: Catalogue, plan: Counter[str]) -> Drawn:
        needed = plan.total() - plan["transfer"] - plan["relisting"]
        routes: list[Route] = []
        taken: set[Key] = set()
        for route in catalogue.draw_routes(self._random, _draws(plan["transfer"], self._listed**2)):
            if taken.isdisjoint(route):
                routes.append(route)
                taken.update(route)
        singles = catalogue.draw_keys(self._random, _draws(needed, self._listed))
        candidates = catalogue.draw_keys(self._random, _draws(plan["relisting"], 1 - self._listed))
        return Drawn(
            routes,
            singles=_claim(singles, taken),
            candidates=_claim(candidates, taken),
        )

    def _learn(self, found: int, drawn: int) -> None:
        """Follow the share of drawn keys that exist, over the last thousand or so."""
        weight = min(drawn / 1000, 0.5)
        if drawn:
            self._listed += weight * (found / drawn - self._listed)


def _claim(keys: list[Key], taken: set[Key]) -> list[Key]:
    """The keys that nobody has yet, each once; they are taken from then on."""
    free = [key for key in dict.fromkeys(keys) if key not in taken]
    taken.update(free)
    return free


def _draws(needed: int, hits: float) -> int:
    return min(ceil(needed / max(hits, 1 / _MAX_DRAWS)), needed * _MAX_DRAWS)


def _run(
    connection: psycopg.Connection, name: str, keys: Sequence[Key], quantities: Sequence[int] = ()
) -> psycopg.Cursor[tuple[int, ...]]:
    parameters = {
        "warehouses": [warehouse for warehouse, _ in keys],
        "products": [product for _, product in keys],
        "quantities": list(quantities),
    }
    return connection.execute(statement("stock", name), parameters, prepare=True)


def _write(connection: psycopg.Connection, changes: Changes) -> psycopg.Cursor[tuple[int, ...]] | None:
    """Send the writes, inserts first; returns the cursor of the inserts, whose count is known after the commit."""
    inserts = None
    if changes.inserts:
        inserts = _run(connection, "insert_balances", [*changes.inserts], [*changes.inserts.values()])
    if changes.updates:
        _run(connection, "update_balances", [*changes.updates], [*changes.updates.values()])
    if changes.deletes:
        _run(connection, "delete_balances", changes.deletes)
    return inserts
