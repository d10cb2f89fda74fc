"""What the web product's events are made of: places, devices, campaigns, sessions, as web_vocabulary.yaml has them."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

_FILE = Path(__file__).with_name("web_vocabulary.yaml")
_MOST_BROWSING = 4
_BROWSE = "browse"


@dataclass(frozen=True)
class Step:
    """One event of a session. `page`: its path; {} stands for a product's number."""

    event_type: str
    page: str


@dataclass(frozen=True)
class Vocabulary:
    """What the file holds. `paths`: the sessions there can be, each a list of steps, beside their weights."""

    places: tuple[dict[str, Any], ...]
    devices: tuple[dict[str, Any], ...]
    bots: tuple[dict[str, Any], ...]
    campaigns: tuple[dict[str, Any], ...]
    paths: tuple[tuple[Step, ...], ...]
    path_weights: tuple[int, ...]
    bot_path: tuple[Step, ...]
    site: str
    products: int
    hours: tuple[int, ...]
    weekdays: tuple[int, ...]


@cache
def vocabulary() -> Vocabulary:
    """Read web_vocabulary.yaml, once."""
    read = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    browse = _steps(read["browse"])
    paths, weights = [], []
    for session in read["sessions"]:
        steps = _steps(session["steps"])
        often = range(_MOST_BROWSING + 1) if any(step.event_type == _BROWSE for step in steps) else range(1)
        for times in often:
            paths.append(_unfolded(steps, browse * times))
            weights.append(session["weight"] * (often.stop - times))
    return Vocabulary(
        places=tuple(read["places"]),
        devices=tuple(read["devices"]),
        bots=tuple(read["bots"]),
        campaigns=tuple(read["campaigns"]),
        paths=tuple(paths),
        path_weights=tuple(weights),
        bot_path=_steps(read["bot_session"]),
        site=read["site"],
        products=read["products"],
        hours=tuple(read["hours"]),
        weekdays=tuple(read["weekdays"]),
    )


def weighted(weights: list[int], numbers: np.ndarray) -> np.ndarray:
    """An index for each of the numbers, any 64-bit ones evenly spread, as often as its weight says."""
    ends = np.cumsum(np.array(weights, dtype=np.uint64))
    found: np.ndarray = np.searchsorted(ends, numbers % ends[-1], side="right")
    return found


def _steps(pairs: list[list[str]]) -> tuple[Step, ...]:
    return tuple(Step(event_type, page) for event_type, page in pairs)


def _unfolded(steps: tuple[Step, ...], browsing: tuple[Step, ...]) -> tuple[Step, ...]:
    unfolded: list[Step] = []
    for step in steps:
        unfolded += browsing if step.event_type == _BROWSE else (step,)
    return tuple(unfolded)
