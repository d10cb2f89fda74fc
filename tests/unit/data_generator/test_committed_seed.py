"""The committed seed data is what the generator makes with its default options, byte for byte."""

from pathlib import Path

import pytest

from data_generator.stock import FILES, generate
from data_generator.stock_options import StockOptions

SEED = Path(__file__).resolve().parents[3] / "wms" / "csv"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("seed")
    generate(StockOptions(), folder)
    return folder


@pytest.mark.parametrize("name", FILES)
def test_regenerating_gives_the_committed_bytes(made, name):
    same = (made / name).read_bytes() == (SEED / name).read_bytes()
    assert same, f"wms/csv/{name} differs: run `python -m data_generator stock` and commit the result"


def test_the_seed_stays_small_enough_for_the_repository():
    assert sum(file.stat().st_size for file in SEED.iterdir()) < 2_000_000


def test_the_seed_has_the_promised_size():
    rows = {name: (SEED / name).read_bytes().count(b"\n") - 1 for name in FILES}
    assert (rows["regions.csv"], rows["warehouses.csv"], rows["products.csv"]) == (8, 40, 2500)
    assert 89_000 < rows["stock_balances.csv"] < 91_000
