"""The stock product's seed data, as wms/on_start.sh loads it: regions, warehouses, products and stock balances.

The balances are drawn cell by cell of the matrix warehouses × products, in blocks of a fixed size: memory stays bounded
at any size, and the same options give the same bytes.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa

from data_generator.csv_files import write_block, write_header, write_rows
from data_generator.file_set import file_set
from data_generator.randomness import PARTS_PER_MILLION, parts_per_million, stream
from data_generator.stock_names import category_pieces, product_names, region_names, vocabulary, warehouse_names
from data_generator.stock_options import StockOptions
from data_generator.stock_shortages import uneven, unevenness

FILES = ("regions.csv", "warehouses.csv", "products.csv", "stock_balances.csv")
_CELLS_PER_BLOCK = 2**18

# How far stock strays from the middling amount, in percent: mostly a little, sometimes a lot.
_SPREAD = np.array([5, 15, 25, 40, 55, 70, 80, 90, 100, 100, 110, 120, 135, 150, 180, 230, 300, 450], dtype=np.int64)
# How large a warehouse is beside a middling one, in percent.
_WAREHOUSE_SIZE = np.array([40, 60, 80, 100, 100, 120, 160, 250], dtype=np.int64)


def generate(options: StockOptions, folder: Path) -> dict[str, int]:
    """Write the four files into `folder`; returns the number of rows by file name.

    Raises:
        OptionError: more regions are asked for than there are.
        OutputError: the files can't be written.
    """
    regions = region_names(options.regions)
    region_of_warehouse = np.empty(options.warehouses, dtype=np.uint8)
    category_of_product = np.empty(options.products, dtype=np.uint8)
    with file_set(folder, FILES) as files:
        return {
            "regions.csv": write_rows(files["regions.csv"], ("region_id", "region_name"), enumerate(regions, start=1)),
            "warehouses.csv": write_rows(
                files["warehouses.csv"],
                ("warehouse_id", "warehouse_name", "region_id"),
                _warehouses(options, regions, region_of_warehouse),
            ),
            "products.csv": write_rows(
                files["products.csv"],
                ("product_id", "product_name", "product_category"),
                _products(options, category_of_product),
            ),
            "stock_balances.csv": _write_balances(
                files["stock_balances.csv"], _balances(options, region_of_warehouse, category_of_product)
            ),
        }


def _warehouses(options: StockOptions, regions: list[str], noted: np.ndarray) -> Iterator[tuple[int, str, int]]:
    """Yield the rows of warehouses.csv and note the index of each warehouse's region in `noted`."""
    for index, (name, region) in enumerate(warehouse_names(options.seed, regions, options.warehouses)):
        noted[index] = region
        yield index + 1, name, region + 1


def _products(options: StockOptions, noted: np.ndarray) -> Iterator[tuple[int, str, str]]:
    """Yield the rows of products.csv and note the index of each product's category in `noted`."""
    names = [category.name for category in vocabulary().categories]
    for index, (name, category) in enumerate(product_names(options.seed, options.products)):
        noted[index] = category
        yield index + 1, name, names[category]


def _write_balances(file: IO[bytes], blocks: Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> int:
    columns = ("warehouse_id", "product_id", "quantity")
    write_header(file, columns)
    count = 0
    for block in blocks:
        write_block(file, pa.RecordBatch.from_arrays([pa.array(column) for column in block], names=list(columns)))
        count += len(block[0])
    return count


def _balances(
    options: StockOptions, region_of_warehouse: np.ndarray, category_of_product: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield (warehouse_id, product_id, quantity) in the order of the primary key, a block of cells at a time."""
    random = stream(options.seed, "balances")
    popularity = _SPREAD[stream(options.seed, "popularity").integers(0, len(_SPREAD), options.products)]
    pieces = (category_pieces()[category_of_product] * popularity // 100).astype(np.int64)
    size = _WAREHOUSE_SIZE[
        stream(options.seed, "warehouse sizes").integers(0, len(_WAREHOUSE_SIZE), options.warehouses)
    ]
    short = unevenness(options.seed, options.regions, len(category_pieces()))
    fill, zeros = uneven(parts_per_million(options.fill), -short), parts_per_million(options.zeros)
    cells = options.warehouses * options.products
    for first in range(0, cells, _CELLS_PER_BLOCK):
        cell = np.arange(first, min(first + _CELLS_PER_BLOCK, cells), dtype=np.int64)
        warehouse, product = np.divmod(cell, options.products)
        filled = fill[region_of_warehouse[warehouse], category_of_product[product]]
        is_listed = random.integers(0, PARTS_PER_MILLION, len(cell), dtype=np.int32) < filled
        warehouse, product = warehouse[is_listed], product[is_listed]
        spread = _SPREAD[random.integers(0, len(_SPREAD), len(warehouse))]
        quantity = np.maximum(pieces[product] * size[warehouse] * spread // 10_000, 1)
        quantity[random.integers(0, PARTS_PER_MILLION, len(quantity), dtype=np.int32) < zeros] = 0
        yield warehouse + 1, product + 1, quantity
