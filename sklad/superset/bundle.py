"""Builds the zip that Superset's assets API imports, from superset/assets/ and superset/queries/.

A dataset's SQL lies beside the assets, in a file that runs by itself: assets/datasets/<product>/<name>.yaml gets it
from queries/<product>/<name>.sql (queries.py). The same files always give the same bytes.
"""

import io
import string
import zipfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
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
    _refuse_orphaned_queries(folder)
    assets = dict(read_assets(folder, products))
    for name, asset in assets.items():
        asset.pop(queries.DETAIL, None)  # it is in the SQL now
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


def read_assets(
    folder: Path = SUPERSET, products: Collection[str] | None = None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every asset with its name below assets/, sorted, datasets with their SQL. Raises SkladError.

    `products`: those whose folders are read, <kind>/<product>/; None: all. What lies beside them is every product's.
    """
    assets = folder / "assets"
    for file in sorted(assets.rglob("*.yaml")):
        product = file.relative_to(assets).parts[1:-1]
        if products is not None and product and product[0] not in products:
            continue
        asset = _load(file)
        if file.is_relative_to(assets / "datasets"):
            asset["sql"] = str(_query_of(file, asset, folder))
        yield file.relative_to(assets).as_posix(), asset


def _certify(name: str, asset: dict[str, Any]) -> None:
    if name.startswith("datasets/"):
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


def _query_of(file: Path, asset: dict[str, Any], folder: Path) -> queries.Query:
    query = folder / "queries" / file.relative_to(folder / "assets" / "datasets").with_suffix(".sql")
    if "sql" in asset:
        raise SkladError(f"{_shown(file)} brings SQL of its own. Move it to {_shown(query)}.")
    for each in queries.files_of(asset, query):
        if not each.exists():
            raise SkladError(f"{_shown(file)} has no SQL: write it to {_shown(each)}.")
    return queries.read(asset, query)


def _refuse_orphaned_queries(folder: Path) -> None:
    root, datasets = folder / "queries", folder / "assets" / "datasets"
    asked = {
        query
        for file in datasets.rglob("*.yaml")
        for query in queries.files_of(_load(file), root / file.relative_to(datasets).with_suffix(".sql"))
    }
    for query in sorted(set(root.rglob("*.sql")) - asked):
        dataset = datasets / query.relative_to(root).with_suffix(".yaml")
        raise SkladError(f"{_shown(query)} belongs to no dataset: {_shown(dataset)} is missing.")


def _dump(asset: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(asset), allow_unicode=True, sort_keys=False)


def _shown(file: Path) -> Path:
    return file.relative_to(ROOT) if file.is_relative_to(ROOT) else file
