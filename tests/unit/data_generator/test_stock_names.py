"""Names of the stock product: real, fitting, and each once."""

import pytest

from data_generator.errors import OptionError
from data_generator.stock_names import product_names, region_names, vocabulary, warehouse_names


def test_there_are_twelve_to_twenty_categories_of_distinct_items():
    categories = vocabulary().categories
    assert 12 <= len(categories) <= 20
    items = [item for category in categories for item in category.items]
    assert len(items) == len(set(items)) >= 150


def test_products_fit_their_category():
    categories = vocabulary().categories
    for name, index in product_names(1, 500):
        item, rest = name.split(" «", 1)
        assert item in categories[index].items
        assert rest.rsplit("», ", 1)[1] in categories[index].packs


def test_products_are_spread_evenly_over_categories():
    indexes = [index for _, index in product_names(1, len(vocabulary().categories) * 3)]
    assert all(indexes.count(index) == 3 for index in range(len(vocabulary().categories)))


def test_no_two_products_share_a_name_even_after_all_combinations_are_used():
    names = [name for name, _ in product_names(1, 200_000)]
    assert len(set(names)) == len(names)
    assert any(name.endswith("серия 2") for name in names)


def test_warehouses_lie_in_cities_of_their_region():
    regions = region_names(5)
    for name, region in warehouse_names(1, regions, 60):
        assert any(f" {city}-" in name for city in vocabulary().cities[regions[region]])


def test_no_two_warehouses_share_a_name():
    names = [name for name, _ in warehouse_names(1, region_names(2), 3000)]
    assert len(set(names)) == len(names)


def test_more_regions_than_there_are_is_refused_with_the_number_there_are():
    with pytest.raises(OptionError, match=f"--regions 500: the generator knows {len(vocabulary().cities)} regions"):
        region_names(500)
