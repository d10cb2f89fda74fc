"""PostgreSQL and ClickHouse compute the same checksums, at the ends of every range too."""

import random

import pytest

from sklad.verify.source import draw_salts
from sklad.verify.tables import STOCK_BALANCES
from sklad.verify.target import frozen
from tests.integration.verify.conftest import Pair

INT = (-(2**31), -1, 0, 1, 2**31 - 1)
MOMENTS = (
    "1900-01-01 00:00:00.000000",
    "1969-12-31 23:59:59.999999",
    "1970-01-01 00:00:00.000000",
    "2026-11-22 08:00:00.000001",
    "2105-06-07 08:09:10.999999",
    "2262-04-11 23:47:16.854775",
    "2299-12-31 23:59:59.999999",
)
NUMBERS = random.Random(5)  # noqa: S311 - no secret


@pytest.mark.parametrize("attempt", range(5))
def test_checksums_are_the_same(pair: Pair, attempt: int) -> None:
    del attempt  # other salts each time
    rows = [(w, p, q, moment) for w in INT for p in INT for q in (0, 1, 2**31 - 1) for moment in MOMENTS]
    keyed = {(w + i % 3 if w < 2**31 - 3 else w - i % 3, p): (q, m) for i, (w, p, q, m) in enumerate(rows)}
    for _ in range(2000):
        keyed[NUMBERS.randrange(2**31), NUMBERS.randrange(2**31)] = (
            NUMBERS.randrange(2**31),
            f"{NUMBERS.randrange(1970, 2290)}-0{NUMBERS.randrange(1, 10)}-11 1{NUMBERS.randrange(10)}:59:59."
            f"{NUMBERS.randrange(10**6):06}",
        )
    with pair.wms.superuser() as wms:
        wms.execute("DELETE FROM stock_balances")
        with wms.cursor().copy("COPY stock_balances FROM STDIN") as copy:
            for (w, p), (q, moment) in keyed.items():
                copy.write_row((w, p, q, f"{moment}+00"))
    pair.admin.command("TRUNCATE TABLE stock_balances")
    values = ",".join(f"({w}, {p}, {q}, '{moment}', 1, 0)" for (w, p), (q, moment) in keyed.items())
    pair.admin.command(f"INSERT INTO stock_balances VALUES {values}")
    salts = draw_salts()
    with pair.snapshot() as at, frozen(pair.etl, STOCK_BALANCES) as target:
        assert at.checksums(salts) == target.checksums(at, salts)
        buckets = list(range(4096))
        assert list(at.rows(buckets)) == list(target.rows(at, buckets))


def test_infinite_moments_differ_and_break_nothing(pair: Pair) -> None:
    with pair.wms.superuser() as wms:
        wms.execute("UPDATE stock_balances SET updated_at = 'infinity' WHERE product_id = 4")
    assert [difference.key for difference in pair.compare().differences] == [(1, 4)]
