"""Stock movements: which kinds there are, how often, and what each does to the quantities on the shelves."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from data_generator.stock_catalogue import Key, Route

MAX_QUANTITY = 1_000_000

# Share of each kind in the movements. Receipts are rarer than picks and larger: stock neither dries up nor piles up.
MIX = {"pick": 62, "receipt": 8, "return": 8, "adjustment": 6, "transfer": 10, "delisting": 3, "relisting": 3}


def draw_kinds(random: np.random.Generator, changes: int, warehouses: int) -> Counter[str]:
    """How many movements of each kind make `changes` row changes, or one more: a transfer is two, any other is one."""
    kinds = [kind for kind in MIX if kind != "transfer" or warehouses > 1]
    weights = np.array([MIX[kind] for kind in kinds], dtype=float)
    drawn = random.choice(kinds, changes, p=weights / weights.sum()).tolist()
    rows = np.cumsum([2 if kind == "transfer" else 1 for kind in drawn])
    return Counter(drawn[: int(np.searchsorted(rows, changes)) + 1])


def _pick(quantity: int, random: np.random.Generator) -> int:
    return quantity - min(quantity, int(random.integers(1, 13)))


def _receipt(quantity: int, random: np.random.Generator) -> int:
    return quantity + int(random.integers(10, 91))


def _return(quantity: int, random: np.random.Generator) -> int:
    return quantity + int(random.integers(1, 4))


def _adjustment(quantity: int, random: np.random.Generator) -> int:
    return max(quantity + int(random.choice((-5, -3, -2, -1, 1, 2, 3))), 0)


# Kinds that change one balance that is there: the new quantity. Unchanged means that the movement does not happen.
ON_ONE_BALANCE: dict[str, Callable[[int, np.random.Generator], int]] = {
    "pick": _pick,
    "receipt": _receipt,
    "return": _return,
    "adjustment": _adjustment,
}


@dataclass(frozen=True)
class Drawn:
    """Distinct keys, some more than a plan needs, since some will turn out not to exist, or to exist."""

    routes: list[Route]  # for transfers
    singles: list[Key]  # for what changes or deletes one balance
    candidates: list[Key]  # for relistings

    def existing(self) -> list[Key]:
        """Keys to lock, in the order of the primary key."""
        return sorted({key for route in self.routes for key in route}.union(self.singles))


@dataclass
class Changes:
    """Row changes of one transaction, at most one a key, and how many came from which kind of movement."""

    updates: dict[Key, int] = field(default_factory=dict)
    deletes: list[Key] = field(default_factory=list)
    inserts: dict[Key, int] = field(default_factory=dict)
    by_kind: Counter[str] = field(default_factory=Counter)

    def move(self, kind: str, new: dict[Key, int]) -> None:
        """Note a movement that sets these quantities."""
        self.updates.update(new)
        self.by_kind[kind] += len(new)


def decide(
    plan: Counter[str],
    drawn: Drawn,
    balances: dict[Key, int],
    unlisted: list[Key],
    random: np.random.Generator,
) -> Changes:
    """Turn planned movements into row changes.

    `balances`: quantity by key, of the drawn keys that are there; `unlisted`: drawn keys that are not. A movement that
    finds no key left, or empty shelves, does not happen: `by_kind` says how many changes there really are.
    """
    changes = Changes()
    free = dict(balances)
    for start, end in drawn.routes:
        if changes.by_kind["transfer"] >= 2 * plan["transfer"]:
            break
        if start in free and end in free and free[start] > 0 and free[end] < MAX_QUANTITY:
            pieces = min(free[start], int(random.integers(1, 41)))
            changes.move("transfer", {start: free.pop(start) - pieces, end: free.pop(end) + pieces})
    kinds = [kind for kind in ON_ONE_BALANCE for _ in range(plan[kind])] + ["delisting"] * plan["delisting"]
    random.shuffle(kinds)
    for key in drawn.singles:
        if not kinds:
            break
        if key not in free:
            continue
        kind, quantity = kinds.pop(), free.pop(key)
        if kind == "delisting":
            changes.deletes.append(key)
            changes.by_kind[kind] += 1
            continue
        new = ON_ONE_BALANCE[kind](quantity, random)
        if new != quantity and new <= MAX_QUANTITY:
            changes.move(kind, {key: new})
    for key in unlisted[: plan["relisting"]]:
        changes.inserts[key] = int(random.integers(1, 201))
    changes.by_kind["relisting"] += len(changes.inserts)
    return changes
