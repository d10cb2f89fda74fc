"""Builds the zip that Superset's assets API imports, from superset/assets/ and superset/queries/.

A dataset's SQL lies beside the assets, in a file that runs by itself: assets/datasets/<product>/<name>.yaml gets it
from queries/<product>/<name>.sql (queries.py). The same files always give the same bytes.
"""

import io
import string
import zipfile
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sklad.errors import SkladError
from sklad.settings import ROOT
from sklad.superset import queries

SUPERSET = ROOT / "superset"
DATABASE = "databases/sklad_clickhouse.yaml"
KINDS = ("databases", "datasets", "charts", "dashboards")
# The mark of what comes from these files, which Superset shows as a badge. Copies that people make don't bear it.
CERTIFIED_BY = "Sklad"
CERTIFICATION = "Описано в файлах проекта: правки, сделанные здесь, заменит следующий запуск"

Assets = dict[str, dict[str, Any]]

_ROOT_IN_ZIP = "sklad"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold


@dataclass(frozen=True)
class Bundle:
    """A bundle ready to be sent. `counts`: assets by kind (databases, datasets, charts, dashboards)."""

    content: bytes
    counts: Mapping[str, int]
    uuids: frozenset[str]


def build_bundle(
    clickhouse_host: str, clickhouse_port: int, folder: Path = SUPERSET, products: Collection[str] | None = None
) -> Bundle:
    """Read the assets of some products, or of all, and pack them; the connection gets ClickHouse's address.

    Raises:
        SkladError: an asset is no YAML mapping, a dataset has no SQL file or brings SQL of its own, or an SQL file
            belongs to no dataset; the message names the file.
    """
    host = f"[{clickhouse_host}]" if ":" in clickhouse_host else clickhouse_host
    address = {"CLICKHOUSE_HOST": host, "CLICKHOUSE_PORT": str(clickhouse_port)}
    everything = read_assets(folder)
    _refuse_orphaned_queries(everything, folder)
    assets = everything if products is None else of_products(everything, products)
    for name, asset in assets.items():
        for key in (queries.DETAIL, queries.MOMENT):
            asset.pop(key, None)  # it is in the SQL now
        _certify(name, asset)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, asset in assets.items():
            content = string.Template(_dump(asset)).substitute(address) if name == DATABASE else _dump(asset)
            entry = zipfile.ZipInfo(f"{_ROOT_IN_ZIP}/{name}", date_time=_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            bundle.writestr(entry, content)
    counts = Counter(name.split("/")[0] for name in assets)
    uuids = frozenset(asset["uuid"] for asset in assets.values() if "uuid" in asset)
    return Bundle(packed.getvalue(), {kind: counts[kind] for kind in KINDS}, uuids)


def read_assets(folder: Path = SUPERSET) -> Assets:
    """Every asset by its name below assets/, sorted, datasets with their SQL. Raises SkladError."""
    assets: Assets = {}
    for file in sorted((folder / "assets").rglob("*.yaml")):
        name = file.relative_to(folder / "assets").as_posix()
        assets[name] = _load(file)
        if _is_dataset(name):
            assets[name]["sql"] = str(_query_of(file, assets[name], _query_file(name, folder)))
    return assets


def of_products(assets: Assets, products: Collection[str]) -> Assets:
    """Those in the folders of some products, <kind>/<product>/, and what lies beside these: it is every product's."""
    return {name: asset for name, asset in assets.items() if all(part in products for part in name.split("/")[1:-1])}


def _is_dataset(name: str) -> bool:
    return name.startswith("datasets/")


def _query_file(dataset: str, folder: Path) -> Path:
    return folder / "queries" / Path(dataset).relative_to("datasets").with_suffix(".sql")


def _certify(name: str, asset: dict[str, Any]) -> None:
    if _is_dataset(name):
        certification = {"certified_by": CERTIFIED_BY, "details": CERTIFICATION}
        asset["extra"] = {**asset.get("extra", {}), "certification": certification}
    elif name.startswith(("charts/", "dashboards/")):
        asset |= {"certified_by": CERTIFIED_BY, "certification_details": CERTIFICATION}


def _load(file: Path) -> dict[str, Any]:
    try:
        asset = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise SkladError(f"{_shown(file)} is not YAML: {error}") from error
    if not isinstance(asset, dict):
        raise SkladError(f"{_shown(file)} holds no asset: a YAML mapping is expected at its top.")
    return asset


def _query_of(file: Path, asset: dict[str, Any], query: Path) -> queries.Query:
    if "sql" in asset:
        raise SkladError(f"{_shown(file)} brings SQL of its own. Move it to {_shown(query)}.")
    for each in queries.files_of(asset, query):
        if not each.exists():
            raise SkladError(f"{_shown(file)} has no SQL: write it to {_shown(each)}.")
    return queries.read(asset, query)


def _refuse_orphaned_queries(assets: Assets, folder: Path) -> None:
    root = folder / "queries"
    asked = {
        query
        for name, asset in assets.items()
        if _is_dataset(name)
        for query in queries.files_of(asset, _query_file(name, folder))
    }
    for query in sorted(set(root.rglob("*.sql")) - asked):
        dataset = folder / "assets" / "datasets" / query.relative_to(root).with_suffix(".yaml")
        raise SkladError(f"{_shown(query)} belongs to no dataset: {_shown(dataset)} is missing.")


def _dump(asset: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(asset), allow_unicode=True, sort_keys=False)


def _shown(file: Path) -> Path:
    return file.relative_to(ROOT) if file.is_relative_to(ROOT) else file
