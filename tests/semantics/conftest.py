"""The semantics matrix: each test is a row and ends in a verdict, exact or loud. docs/semantics.md is made of them."""

import time
from collections.abc import Iterator
from itertools import count

import pytest

from sklad.waiting import wait_until
from tests.pipeline.stack import Pipeline, running_pipeline
from tests.semantics.matrix import EXACT, LOUD, Results

_warehouses = count(100)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The table is compared with the committed one when all rows have had their turn."""
    items.sort(key=lambda item: item.path.name == "test_document.py")


@pytest.fixture(scope="session")
def results() -> Results:
    return {}


@pytest.fixture(scope="session")
def pipeline() -> Iterator[Pipeline]:
    with running_pipeline(wms_max_slot_wal_keep_mb=64) as running:
        yield running


@pytest.fixture
def begin_anew(pipeline: Pipeline) -> Iterator[None]:
    """For tests that alter the source or break the chain: the next test finds both as a first start leaves them."""
    yield
    pipeline.begin_anew()


@pytest.fixture
def warehouse(pipeline: Pipeline) -> int:
    """A warehouse of the test's own, with balances of products 1 to 5."""
    number = next(_warehouses)
    pipeline.run(
        f"INSERT INTO warehouses VALUES ({number}, 'Склад {number}', 1)",
        f"INSERT INTO stock_balances SELECT {number}, product, product * 10 FROM generate_series(1, 5) AS product",
    )
    return number


class Verdict:
    """How a row of the matrix ends."""

    def __init__(self, pipeline: Pipeline, row: str, results: Results) -> None:
        self._pipeline = pipeline
        self._row = row
        self._results = results

    def exact(self, log: bool = True, within: float = 0) -> None:
        """The state equals the source, the log has every change once, and nothing is reported.

        `log` False: changes were lost before ClickHouse could see them; that the state is exact is all there can be.
        `within`: seconds that the state may take after everything has arrived.
        """
        pipeline = self._pipeline
        # A snapshot under way may read the balance that is waited for before others, and before it was changed. What is
        # changed once that was seen comes behind all of the snapshot.
        pipeline.arrived()
        pipeline.arrived()
        deadline = time.monotonic() + within
        while (found := self._differences()) and time.monotonic() < deadline:
            time.sleep(0.5)
        assert found == {}, "key: (WMS, ClickHouse)"
        if log:
            assert pipeline.log(pipeline.oracle.since) == pipeline.oracle.read()
        assert pipeline.errors() == []
        self._results[self._row] = EXACT

    def _differences(self) -> dict[tuple[int, int], tuple[object, object]]:
        source, state = self._pipeline.source(), self._pipeline.state()
        both = {key: (source.get(key), state.get(key)) for key in source.keys() | state.keys()}
        return {key: (there, here) for key, (there, here) in both.items() if there != here}

    def loud(self, *said: str, seconds: float = 120) -> None:
        """`make status` says each of these."""

        def heard() -> bool:
            problems = "\n".join(self._pipeline.problems())
            if missing := [text for text in said if text not in problems]:
                raise TimeoutError(f"status does not say {missing}, but: {problems or 'nothing'}")
            return True

        wait_until(heard, "status is loud", seconds, pause=0.5)
        self._results[self._row] = LOUD

    def refused(self) -> None:
        """The test saw that the question was refused, with the reason."""
        self._results[self._row] = LOUD


@pytest.fixture
def verdict(request: pytest.FixtureRequest, pipeline: Pipeline, results: Results) -> Verdict:
    marker = request.node.get_closest_marker("row")
    assert marker, "a test of the matrix names its row: @pytest.mark.row(…)"
    return Verdict(pipeline, marker.args[0], results)
