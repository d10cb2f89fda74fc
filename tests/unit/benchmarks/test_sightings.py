"""Which look showed which mark."""

import pytest

from benchmarks.systems.system import Sightings


def test_a_look_shows_all_marks_up_to_its_own() -> None:
    sightings = Sightings()
    sightings.seen = [(2, 10.5), (5, 11.0)]
    committed = {1: 10.0, 2: 10.2, 3: 10.3, 4: 10.9, 5: 10.95, 6: 11.2}
    assert sightings.latencies(committed) == pytest.approx([0.5, 0.3, 0.7, 0.1, 0.05])


def test_the_first_look_at_a_mark_counts() -> None:
    sightings = Sightings()
    sightings.add(3)
    first = sightings.wait_for(3, 1)
    sightings.add(3)
    sightings.add(2)
    assert sightings.seen == [(3, first)]
    with pytest.raises(TimeoutError, match="mark 4 was not seen"):
        sightings.wait_for(4, 0.05)
