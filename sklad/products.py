"""Data products: each is a folder of the same name under every component, and PRODUCTS says which ones run."""

import json
from dataclasses import dataclass

from sklad.errors import SettingsError
from sklad.settings import ROOT, Settings


@dataclass(frozen=True)
class Product:
    """One product, as clickhouse/<name>/product.json has it.

    `database`: where its tables are in ClickHouse; `on_a_cluster`: whether they can be spread over several servers;
    `backed_up_first`: tables that must not be newer in a backup than the others, which they are made of.
    """

    name: str
    database: str
    on_a_cluster: bool
    backed_up_first: tuple[str, ...]


def product(name: str) -> Product:
    """Raises SettingsError: there is no such product."""
    file = ROOT / "clickhouse" / name / "product.json"
    if not file.exists():
        known = ", ".join(sorted(each.parent.name for each in file.parents[1].glob("*/product.json")))
        raise SettingsError(f"PRODUCTS names {name}, and there is no such product. Name one or more of: {known}.")
    declared = json.loads(file.read_text())
    return Product(name, declared["database"], declared["on_a_cluster"], tuple(declared["backed_up_first"]))


def require(settings: Settings, name: str, wanted_for: str) -> None:
    """Raises SettingsError: what is asked for is about a product that PRODUCTS leaves out."""
    if name not in settings.product_names:
        raise SettingsError(
            f"{wanted_for}, and PRODUCTS={settings.products} leaves it out. Add {name} in .env, then: make up"
        )


def selected(settings: Settings) -> list[Product]:
    """The products that these settings ask for. Raises SettingsError: one of them does not exist."""
    return [product(name) for name in settings.product_names]
