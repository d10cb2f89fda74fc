"""Open-loop pacing, on a clock that the tests move."""

import pytest

from data_generator.pacing import MAX_BACKLOG_SECONDS, OpenLoop


def play(rate, seconds, seconds_per_batch=0.0, batch=500):
    """Play `seconds` with batches that take so long; returns the sizes of the batches."""
    now, sizes = 0.0, []
    pace = OpenLoop(rate, now)
    while now < seconds:
        wait = pace.wait(now)
        if wait > 0:
            now += wait
            continue
        size = min(pace.due(now), batch)
        pace.done(now, size)
        sizes.append(size)
        now += seconds_per_batch
    return sizes


@pytest.mark.parametrize("rate", [0.1, 1, 7, 99, 101, 1000, 10_000])
def test_keeps_the_rate(rate):
    assert sum(play(rate, 60)) == pytest.approx(rate * 60, rel=0.01, abs=1)


@pytest.mark.parametrize("rate", [0.1, 5, 99])
def test_low_rates_go_one_by_one(rate):
    assert set(play(rate, 30)) == {1}


def test_high_rates_share_transactions():
    sizes = play(10_000, 5)
    assert sum(sizes) / len(sizes) == pytest.approx(100, rel=0.05)


def test_slow_batches_grow_until_they_keep_up():
    assert sum(play(10_000, 10, seconds_per_batch=0.03)) == pytest.approx(100_000, rel=0.01)


def test_a_short_stall_is_made_up_for():
    pace = OpenLoop(50, now=0)
    assert pace.due(now=2) == 101  # the first is due at once
    assert pace.forgiven == 0


def test_a_hiccup_at_a_low_rate_is_made_up_for_one_by_one():
    pace = OpenLoop(50, now=0)
    assert pace.due(now=0.5) == 1
    pace.done(0.5, 1)
    assert pace.wait(0.51) <= 0


def test_a_long_stall_is_made_up_for_in_part_and_the_rest_counted():
    pace = OpenLoop(50, now=0)
    due = pace.due(now=3600)
    assert due == 50 * MAX_BACKLOG_SECONDS + 1
    assert pace.forgiven == pytest.approx(50 * (3600 - MAX_BACKLOG_SECONDS))
    pace.done(3600, due)
    assert pace.wait(3600) == pytest.approx(1 / 50)


def test_what_was_not_made_stays_due():
    pace = OpenLoop(50, now=0)
    pace.done(0, 0)
    assert pace.wait(0.02) <= 0
