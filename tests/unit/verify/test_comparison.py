"""Merging the rows of both sides."""

from sklad.verify.comparison import Difference, differences, differing_buckets
from sklad.verify.source import Visibility


def test_rows_are_matched_by_key() -> None:
    source = iter([(1, 1, 5), (1, 2, 6), (2, 1, 7), (3, 1, 8)])
    clickhouse = iter([(1, 2, 6), (2, 1, 9), (2, 2, 1)])
    assert list(differences(source, clickhouse, 2)) == [
        Difference((1, 1), (5,), None),
        Difference((2, 1), (7,), (9,)),
        Difference((2, 2), None, (1,)),
        Difference((3, 1), (8,), None),
    ]


def test_a_difference_has_a_kind() -> None:
    found = [Difference((1,), (5,), None), Difference((1,), None, (5,)), Difference((1,), (5,), (6,))]
    assert [difference.kind for difference in found] == ["missing", "extra", "different"]


def test_buckets_differ_in_rows_or_checksum_or_by_being_there() -> None:
    same = {1: (2, 99)}
    assert differing_buckets(same | {2: (1, 5), 3: (1, 5), 4: (1, 1)}, same | {2: (2, 5), 3: (1, 6)}) == [2, 3, 4]


def test_empty_sides_are_equal() -> None:
    assert list(differences(iter([]), iter([]), 2)) == []


def test_a_snapshot_is_read_as_postgresql_writes_it() -> None:
    seen = Visibility.parse("100:110:101,105")
    assert (seen.xmax, seen.running, seen.running_distances) == (110, (101, 105), [-9, -5])
    assert Visibility.parse("100:100:").running == ()


def test_ids_are_placed_modulo_two_to_the_32() -> None:
    seen = Visibility.parse("4294967290:4294967300:4294967295")
    assert (seen.xmax_in_log, seen.running_distances) == (4, [-5])
