"""The bundle that Superset imports: what goes in, byte for byte, and which mistakes are told."""

import io
import zipfile
from pathlib import Path

import pytest
import yaml

from sklad.errors import SkladError
from sklad.superset.bundle import CERTIFICATION, CERTIFIED_BY, DATABASE, SUPERSET, build_bundle

QUERY = "-- Остатки: everything, as it is.\nSELECT 'Ёлка; 100%' AS \"товар, шт.\"\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A superset/ folder with one connection and one dataset."""
    write(tmp_path / "assets" / "metadata.yaml", "version: 1.0.0\ntype: assets\n")
    write(
        tmp_path / "assets" / DATABASE,
        "sqlalchemy_uri: clickhousedb://bi:X@${CLICKHOUSE_HOST}:${CLICKHOUSE_PORT}/wms\n",
    )
    write(tmp_path / "assets" / "datasets" / "stock" / "all.yaml", "table_name: Всё\n")
    write(tmp_path / "queries" / "stock" / "all.sql", QUERY)
    return tmp_path


def test_a_dataset_gets_the_sql_of_its_query_file_unchanged(folder: Path) -> None:
    dataset = unpack(build_bundle("127.0.0.1", 8123, folder).content)["datasets/stock/all.yaml"]

    certification = {"certified_by": CERTIFIED_BY, "details": CERTIFICATION}
    assert dataset == {"table_name": "Всё", "sql": QUERY, "extra": {"certification": certification}}


@pytest.mark.parametrize(
    ("host", "uri"),
    [
        ("127.0.0.1", "clickhousedb://bi:X@127.0.0.1:18123/wms"),
        ("clickhouse", "clickhousedb://bi:X@clickhouse:18123/wms"),
        ("::1", "clickhousedb://bi:X@[::1]:18123/wms"),
    ],
)
def test_the_connection_leads_to_the_given_clickhouse(folder: Path, host: str, uri: str) -> None:
    database = unpack(build_bundle(host, 18123, folder).content)[DATABASE]

    assert database == {"sqlalchemy_uri": uri}


def test_a_dollar_sign_in_a_query_is_no_placeholder(folder: Path) -> None:
    query = "SELECT '${CLICKHOUSE_HOST} costs $5'\n"
    write(folder / "queries" / "stock" / "all.sql", query)

    assert unpack(build_bundle("127.0.0.1", 8123, folder).content)["datasets/stock/all.yaml"]["sql"] == query


def test_a_product_that_is_left_out_brings_no_assets(folder: Path) -> None:
    write(folder / "assets" / "datasets" / "shoes" / "pairs.yaml", "table_name: Пары\n")
    write(folder / "queries" / "shoes" / "pairs.sql", QUERY)

    def packed(products: list[str] | None) -> set[str]:
        return set(unpack(build_bundle("127.0.0.1", 8123, folder, products).content))

    assert packed(["stock"]) >= {DATABASE, "datasets/stock/all.yaml"}
    assert packed(["stock"]) == packed(None) - {"datasets/shoes/pairs.yaml"}
    assert packed(None) == packed(["stock", "shoes"]) == {*packed(["stock"]), "datasets/shoes/pairs.yaml"}


def test_the_same_files_give_the_same_bytes() -> None:
    assert build_bundle("127.0.0.1", 8123).content == build_bundle("127.0.0.1", 8123).content


def test_the_projects_own_bundle_holds_every_asset() -> None:
    bundle = build_bundle("127.0.0.1", 8123)

    files = {file.relative_to(SUPERSET / "assets").as_posix() for file in (SUPERSET / "assets").rglob("*.yaml")}
    assert set(unpack(bundle.content)) == files
    assert sum(bundle.counts.values()) == len(files - {"metadata.yaml"})


def test_sql_inside_a_dataset_is_refused(folder: Path) -> None:
    write(folder / "assets" / "datasets" / "stock" / "all.yaml", "table_name: Всё\nsql: SELECT 1\n")

    with pytest.raises(SkladError, match=r"all\.yaml brings SQL of its own. Move it to .*queries/stock/all\.sql"):
        build_bundle("127.0.0.1", 8123, folder)


def test_a_dataset_without_its_query_is_refused(folder: Path) -> None:
    (folder / "queries" / "stock" / "all.sql").unlink()

    with pytest.raises(SkladError, match=r"all\.yaml has no SQL: write it to .*queries/stock/all\.sql"):
        build_bundle("127.0.0.1", 8123, folder)


def test_a_query_without_its_dataset_is_refused(folder: Path) -> None:
    write(folder / "queries" / "stock" / "forgotten.sql", "SELECT 1")

    with pytest.raises(SkladError, match=r"forgotten\.sql belongs to no dataset: .*datasets/stock/forgotten\.yaml"):
        build_bundle("127.0.0.1", 8123, folder)


@pytest.mark.parametrize("content", ["", "- a list\n", "a: [unclosed\n"])
def test_a_broken_asset_is_named(folder: Path, content: str) -> None:
    write(folder / "assets" / "charts" / "stock" / "broken.yaml", content)

    with pytest.raises(SkladError, match=r"charts/stock/broken\.yaml"):
        build_bundle("127.0.0.1", 8123, folder)


def write(file: Path, content: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, encoding="utf-8")


def unpack(content: bytes) -> dict[str, dict[str, object]]:
    """The assets in a bundle, by name below its one top folder, as Superset reads them."""
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        return {name.split("/", 1)[1]: yaml.safe_load(bundle.read(name)) for name in bundle.namelist()}
