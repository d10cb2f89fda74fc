"""Which pages are read together."""

import pytest

from sklad.resync import pages
from sklad.resync.pages import Pages, query_of


@pytest.mark.parametrize(
    ("size", "at_least", "first_pages"),
    [
        (0, 2, [0]),
        (1, 2, [0]),
        (7, 2, [0, 3]),
        (pages.PAGES_A_RANGE * 2 + 1, 2, [0, 5461, 10923]),
        (pages.PAGES_A_RANGE, 1, [0]),
    ],
)
def test_ranges_follow_each_other_and_the_last_has_no_end(size: int, at_least: int, first_pages: list[int]) -> None:
    found = list(pages._split(size, at_least))
    assert [each.first for each in found] == first_pages
    assert [each.end for each in found] == [*first_pages[1:], None]


def test_a_query_names_its_pages() -> None:
    assert "ctid >= '(3,0)' AND ctid < '(9,0)'" in query_of(Pages(3, 9))
    assert "ctid >= '(9,0)' AND ctid < '(4294967295,0)'" in query_of(Pages(9, None))
