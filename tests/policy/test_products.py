"""A product is a folder of the same name under each component that it takes part in."""

import json
import re

import pytest

from sklad.products import product, selected
from sklad.settings import ROOT, load_settings

PRODUCTS = sorted(file.parent.name for file in (ROOT / "clickhouse").glob("*/product.json"))


def test_these_are_the_products() -> None:
    assert PRODUCTS == ["stock", "web"]


def test_stock_alone_runs_unless_somebody_asks_for_more() -> None:
    [line] = re.findall("^PRODUCTS=.*", (ROOT / ".env").read_text(), re.MULTILINE)
    assert line == "PRODUCTS=stock"


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_product_has_topics_migrations_a_golden_schema_and_dags(name: str) -> None:
    assert (ROOT / "kafka" / "topics" / f"{name}.json").exists()
    assert list((ROOT / "clickhouse" / name / "migrations").glob("*.sql"))
    assert f"{product(name).database}." in (ROOT / "clickhouse" / name / "schema.golden.sql").read_text()
    assert list((ROOT / "airflow" / "dags" / name).glob("*.py"))


def test_products_share_neither_databases_nor_topics() -> None:
    databases = [product(name).database for name in PRODUCTS]
    topics = [
        topic["name"] for name in PRODUCTS for topic in json.loads((ROOT / "kafka/topics" / f"{name}.json").read_text())
    ]
    assert len(set(databases)) == len(databases)
    assert len(set(topics)) == len(topics)


def test_products_come_in_the_order_that_the_settings_have() -> None:
    settings = load_settings().model_copy(update={"products": "web,stock"})
    assert [each.name for each in selected(settings)] == ["web", "stock"]


def test_the_web_topics_are_those_of_the_reference() -> None:
    topics = json.loads((ROOT / "kafka" / "topics" / "web.json").read_text())
    week = str(7 * 24 * 60 * 60 * 1000)
    assert {topic["name"]: (topic["partitions"], topic["config"]["retention.ms"]) for topic in topics} == {
        f"{feed}_events": (3, week) for feed in ("browser", "device", "geo", "location")
    }
