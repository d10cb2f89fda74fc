"""What keeps a backup from being restored into a stack: all of it is said at once, with what to do."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest

from sklad.backup import fitness
from sklad.backup.manifest import Manifest
from sklad.errors import BackupError
from sklad.settings import ROOT, Settings, load_settings

HERE = {"clickhouse": "26.9.2.1", "postgresql": "16.14", "airflow": "3.3.2", "superset": "6.1.0"}


@pytest.fixture(autouse=True)
def engines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitness, "engines", lambda _: HERE)


def settings(**changed: Any) -> Settings:
    return load_settings().model_copy(update={"products": "stock", "wms_external": False} | changed)


def stock() -> dict[int, str]:
    """The migrations that this Sklad has."""
    files = (ROOT / "clickhouse" / "stock" / "migrations").glob("*.sql")
    return {int(file.name[:4]): hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest() for file in files}


def manifest(**changed: Any) -> Manifest:
    whole = {
        "made_at": datetime.now(UTC),
        "engines": HERE,
        "migrations": {"stock": stock()},
        "wms_lsn": 1,
        "disk_bytes": 1,
        "files": {},
    }
    return Manifest.model_validate(whole | changed)


def refusal(backup: Manifest, **changed: Any) -> str:
    with pytest.raises(BackupError, match="Nothing was restored") as refused:
        fitness.refuse_unfit(backup, settings(**changed))
    return str(refused.value)


def test_a_backup_of_this_very_stack_fits() -> None:
    fitness.refuse_unfit(manifest(), settings())
    assert [product.name for product in fitness.restored(manifest(), settings())] == ["stock"]


def test_older_engines_and_schemas_fit() -> None:
    ran = stock()
    del ran[max(ran)]
    older = {"clickhouse": "26.8.9.9", "postgresql": "15.20", "airflow": "3.2.9", "superset": "6.0.1"}
    fitness.refuse_unfit(manifest(engines=older, migrations={"stock": ran}), settings())
    fitness.refuse_unfit(manifest(engines=HERE | {"postgresql": "16.99", "clickhouse": "26.9.9.9"}), settings())


@pytest.mark.parametrize(
    ("engine", "version"),
    [("clickhouse", "26.10.1.1"), ("postgresql", "17.0"), ("airflow", "3.4.0"), ("superset", "7.0.0")],
)
def test_a_newer_engine_is_refused(engine: str, version: str) -> None:
    said = refusal(manifest(engines=HERE | {engine: version}))
    assert f"{engine} {version}" in said
    assert "update first" in said


def test_a_newer_schema_is_refused() -> None:
    said = refusal(manifest(migrations={"stock": stock() | {9998: "a", 9999: "b"}}))
    assert "lacks the migrations 9998, 9999" in said


def test_a_migration_that_was_edited_is_refused() -> None:
    assert "0001_create_stock_balances_log.sql" in refusal(manifest(migrations={"stock": stock() | {1: "other"}}))


def test_a_product_that_is_left_out_here_is_refused() -> None:
    said = refusal(manifest(migrations={"stock": stock(), "web": {}}))
    assert "it has web, which PRODUCTS=stock leaves out" in said


def test_the_wms_must_be_of_the_same_kind() -> None:
    assert "external WMS" in refusal(manifest(wms_lsn=None))
    assert "WMS_EXTERNAL=false" in refusal(manifest(), wms_external=True)
    fitness.refuse_unfit(manifest(wms_lsn=None), settings(wms_external=True))


def test_without_a_wms_none_is_asked_for() -> None:
    web = manifest(migrations={"web": {}}, wms_lsn=None)
    assert not fitness.has_stream(web)
    fitness.refuse_unfit(web, settings(products="web"))
    fitness.refuse_unfit(web, settings(products="stock,web"))


def test_all_reasons_are_said_at_once() -> None:
    said = refusal(manifest(engines=HERE | {"airflow": "4.0.0"}, migrations={"stock": {9999: "b"}}, wms_lsn=None))
    assert said.count("\n  - ") == 3
