"""The stock product's CSV files: the same each time, sound references, the shares that were asked for, any size."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from data_generator.errors import OptionError
from data_generator.stock import FILES, generate
from data_generator.stock_options import StockOptions

ROOT = Path(__file__).resolve().parents[3]
SMALL = StockOptions(regions=3, warehouses=7, products=200)


def read(folder, table):
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def balances(folder):
    """warehouse_id, product_id, quantity as columns."""
    return np.loadtxt(folder / "stock_balances.csv", delimiter=",", skiprows=1, dtype=np.int64, ndmin=2).T


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    generate(SMALL, folder)
    return folder


@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_another_process_makes_the_same_bytes(small, tmp_path, hash_seed):
    sizes = ["--regions", "3", "--warehouses", "7", "--products", "200"]
    subprocess.run(
        [sys.executable, "-m", "data_generator", "stock", "--out", tmp_path, *sizes],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        check=True,
    )
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (small / name).read_bytes()


def test_another_seed_makes_other_data(small, tmp_path):
    generate(StockOptions(seed=43, regions=3, warehouses=7, products=200), tmp_path)
    for name in ("warehouses.csv", "products.csv", "stock_balances.csv"):
        assert (tmp_path / name).read_bytes() != (small / name).read_bytes()


def test_ids_count_from_one_and_references_hold(small):
    assert [int(row["region_id"]) for row in read(small, "regions")] == [1, 2, 3]
    assert [int(row["warehouse_id"]) for row in read(small, "warehouses")] == list(range(1, 8))
    assert [int(row["product_id"]) for row in read(small, "products")] == list(range(1, 201))
    assert {int(row["region_id"]) for row in read(small, "warehouses")} == {1, 2, 3}
    warehouse, product, _ = balances(small)
    assert set(warehouse.tolist()) == set(range(1, 8))
    assert set(product.tolist()) <= set(range(1, 201))


def test_each_pair_has_one_balance_at_most_in_the_order_of_the_key(small):
    warehouse, product, _ = balances(small)
    assert (np.diff(warehouse * 1000 + product) > 0).all()


def test_every_row_is_complete(small):
    for table in ("regions", "warehouses", "products"):
        assert all(value.strip() for row in read(small, table) for value in row.values())


def test_generate_returns_the_number_of_rows(tmp_path):
    rows = generate(SMALL, tmp_path)
    assert rows == {name: (tmp_path / name).read_bytes().count(b"\n") - 1 for name in FILES}


@pytest.mark.parametrize(("fill", "zeros"), [(0.9, 0.06), (0.3, 0.5), (1, 0)])
def test_shares_are_as_asked_for(tmp_path, fill, zeros):
    generate(StockOptions(warehouses=50, products=2000, fill=fill, zeros=zeros), tmp_path)
    _, _, quantity = balances(tmp_path)
    assert len(quantity) / 100_000 == pytest.approx(fill, abs=0.01)
    assert (quantity == 0).mean() == pytest.approx(zeros, abs=0.01)


def test_regions_and_categories_run_short_of_stock_unevenly(tmp_path):
    generate(StockOptions(), tmp_path)
    warehouse, product, quantity = balances(tmp_path)
    region_of = np.array([int(row["region_id"]) - 1 for row in read(tmp_path, "warehouses")])
    categories = [row["product_category"] for row in read(tmp_path, "products")]
    names = sorted(set(categories))
    category_of = np.array([names.index(category) for category in categories])
    present = np.zeros((40, 2500), dtype=bool)
    present[warehouse[quantity > 0] - 1, product[quantity > 0] - 1] = True

    missing = np.array(
        [
            [1 - present[region_of == region][:, category_of == category].mean() for category in range(len(names))]
            for region in range(8)
        ]
    )

    assert 0 < missing.min() < 0.1
    assert 0.22 < missing.max() < 0.5
    assert np.ptp(missing.mean(axis=0)) > 0.04  # categories
    assert np.ptp(missing.mean(axis=1)) > 0.04  # regions


def test_nothing_listed_leaves_a_header(tmp_path):
    assert generate(StockOptions(warehouses=2, products=3, fill=0), tmp_path)["stock_balances.csv"] == 0
    assert (tmp_path / "stock_balances.csv").read_text() == "warehouse_id,product_id,quantity\n"


@pytest.mark.parametrize("sizes", [(1, 1, 1), (1, 1, 300_000), (40, 3000, 2)])
def test_serves_odd_sizes(tmp_path, sizes):
    regions, warehouses, products = sizes
    rows = generate(StockOptions(regions=regions, warehouses=warehouses, products=products, fill=1), tmp_path)
    assert list(rows.values()) == [regions, warehouses, products, warehouses * products]


def test_memory_does_not_grow_with_the_number_of_balances(tmp_path):
    """Four million balances as arrays of 64-bit integers would take 100 MB more than forty thousand."""

    def peak_mb(warehouses):
        script = (
            "import resource, sys; from pathlib import Path; from data_generator.stock import generate;"
            "from data_generator.stock_options import StockOptions;"
            f"generate(StockOptions(warehouses={warehouses}, products=4000, fill=1), Path(sys.argv[1]));"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        result = subprocess.run(
            [sys.executable, "-c", script, tmp_path], cwd=ROOT, check=True, capture_output=True, text=True
        )
        return int(result.stdout) / 1024

    assert peak_mb(1000) - peak_mb(10) < 60


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fill": 1.1}, "--fill 1.1: it is a share; choose between 0 and 1"),
        ({"zeros": -0.1}, "--zeros -0.1: it is a share"),
        ({"fill": float("nan")}, "--fill nan: it is a share"),
        ({"warehouses": 0}, "--warehouses 0: choose between 1 and"),
        ({"products": 2**31}, "--products 2147483648: choose between 1 and"),
        ({"seed": -1}, "--seed -1: choose 0 or more"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(OptionError) as caught:
        StockOptions(**options)
    assert str(caught.value).startswith(message)
