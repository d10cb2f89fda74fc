"""The daily load between a WMS and a ClickHouse of its own tables: the engine reads the WMS through wms_postgres."""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from clickhouse_connect.driver.client import Client

from tests.integration.clickhouse import ROOT, ClickHouse
from tests.integration.postgres import Postgres, Wms
from tests.integration.reference.source import SCHEMA, source


@pytest.fixture
def wms(postgres: Postgres, small_csv: Path) -> Iterator[Wms]:
    with source(postgres, small_csv) as wms:
        yield wms


@pytest.fixture
def admin(clickhouse: ClickHouse) -> Iterator[Client]:
    """The administrator, in a database with empty tables."""
    clickhouse.create_tables(SCHEMA)
    with clickhouse.connect("admin") as client:
        yield client


@pytest.fixture
def etl(admin: Client, clickhouse: ClickHouse) -> Iterator[Client]:  # noqa: ARG001 - tables first
    """The user that Airflow loads as."""
    with clickhouse.connect("etl") as client:
        yield client


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The load's module, found as Airflow finds it: in its DAG folder."""
    monkeypatch.syspath_prepend(str(ROOT / "airflow" / "dags"))
    from stock import reference_load  # noqa: PLC0415

    return reference_load
