"""What makes `make up` start services anew: what they read once, and nothing else."""

import shutil
from pathlib import Path

import pytest

from sklad.embedded import programs
from sklad.settings import ROOT, load_settings

PARTS = ("airflow", "clickhouse", "embedded", "kafka", "requirements", "sklad", "superset", "wms")


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def large(folder: str, _: list[str]) -> list[str]:
        return {"kafka": ["plugins"], "wms": ["csv"]}.get(Path(folder).name, [])

    for part in PARTS:
        shutil.copytree(ROOT / part, tmp_path / part, symlinks=True, ignore=large)
    monkeypatch.setattr(programs, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "file",
    [
        "kafka/server.properties",
        "kafka/connect.properties",
        "clickhouse/config.d/sklad.xml",
        "clickhouse/users.d/sklad.xml",
        "embedded/supervisord.conf",
        "embedded/clickhouse/config.xml",
        "sklad/clickhouse_server/errors.py",
        "wms/postgresql.conf",
        "airflow/airflow.env",
        "airflow/plugins/run_notes.py",
        "airflow/requirements.lock",
        "superset/superset_config.py",
        "superset/templates/head_custom_extra.html",
    ],
)
def test_a_file_that_is_read_at_start_is_part_of_the_definition(copy: Path, file: str) -> None:
    before = programs.digest(load_settings())

    (copy / file).write_text((copy / file).read_text() + "\n")

    assert programs.digest(load_settings()) != before


@pytest.mark.parametrize("file", ["clickhouse/stock/views/stock_balances_v.sql", "sklad/cli/app.py"])
def test_what_is_read_anew_at_each_start_is_none(copy: Path, file: str) -> None:
    before = programs.digest(load_settings())

    (copy / file).write_text("-- another\n")

    assert programs.digest(load_settings()) == before
