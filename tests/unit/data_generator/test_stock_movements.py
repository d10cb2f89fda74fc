"""What movements do to quantities, decided without a database."""

from collections import Counter

import pytest

from data_generator.randomness import stream
from data_generator.stock_movements import MAX_QUANTITY, MIX, Drawn, decide, draw_kinds

A, B, C = (1, 10), (2, 10), (3, 10)


@pytest.fixture
def random():
    return stream(1, "test")


def settle(plan, balances, random, *, routes=(), singles=(), unlisted=()):
    drawn = Drawn(list(routes), list(singles), list(unlisted))
    return decide(Counter(plan), drawn, balances, list(unlisted), random)


@pytest.mark.parametrize("changes", [1, 2, 10, 500])
def test_a_plan_makes_the_changes_asked_for_or_one_more(random, changes):
    for _ in range(50):
        plan = draw_kinds(random, changes, warehouses=2)
        assert plan.total() + plan["transfer"] - changes in {0, 1}


def test_the_mix_is_as_declared(random):
    plan = draw_kinds(random, 50_000, warehouses=2)
    for kind, share in MIX.items():
        assert 100 * plan[kind] / plan.total() == pytest.approx(share, abs=1)


def test_one_warehouse_has_nowhere_to_transfer_to(random):
    assert "transfer" not in draw_kinds(random, 5000, warehouses=1)


def test_a_transfer_moves_pieces_and_loses_none(random):
    changes = settle({"transfer": 1}, {A: 50, B: 7}, random, routes=[(A, B)])
    assert changes.by_kind == {"transfer": 2, "relisting": 0}
    assert changes.updates[A] < 50
    assert changes.updates[A] + changes.updates[B] == 57


def test_a_transfer_takes_no_more_than_is_there(random):
    assert settle({"transfer": 1}, {A: 1, B: 7}, random, routes=[(A, B)]).updates == {A: 0, B: 8}


@pytest.mark.parametrize("balances", [{A: 0, B: 7}, {A: 5}, {B: 5}, {A: 5, B: MAX_QUANTITY}])
def test_a_transfer_needs_both_balances_and_something_to_move(random, balances):
    assert not settle({"transfer": 1}, balances, random, routes=[(A, B)]).updates


@pytest.mark.parametrize("kind", ["pick", "adjustment"])
def test_takes_no_more_than_is_there(random, kind):
    for quantity in range(5):
        for _ in range(50):
            new = settle({kind: 1}, {A: quantity}, random, singles=[A]).updates.get(A, 0)
            assert new >= 0


def test_a_pick_from_an_empty_shelf_is_no_change(random):
    changes = settle({"pick": 1}, {A: 0}, random, singles=[A])
    assert not changes.updates
    assert not changes.by_kind["pick"]


@pytest.mark.parametrize("kind", ["receipt", "return"])
def test_adds_pieces_unless_the_shelf_is_full(random, kind):
    assert settle({kind: 1}, {A: 0}, random, singles=[A]).updates[A] > 0
    assert not settle({kind: 1}, {A: MAX_QUANTITY}, random, singles=[A]).updates


def test_delists_what_is_there_and_relists_what_is_not(random):
    changes = settle({"delisting": 1, "relisting": 1}, {A: 3}, random, singles=[B, A], unlisted=[C])
    assert changes.deletes == [A]
    assert changes.inserts.keys() == {C}
    assert changes.by_kind == {"delisting": 1, "relisting": 1}


def test_a_key_changes_once_at_most_in_a_transaction(random):
    changes = settle({"transfer": 1, "pick": 5}, {A: 50, B: 50}, random, routes=[(A, B)], singles=[A, B])
    assert changes.by_kind["pick"] == 0
    assert changes.by_kind["transfer"] == 2
