"""Datasets of two queries, or of one for a moment: how Superset keeps them, and that they come back as they were."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from sklad.errors import SkladError
from sklad.superset import queries
from sklad.superset.bundle import DATABASE, build_bundle
from sklad.superset.export import Export, Exported
from sklad.superset.queries import DETAIL, MOMENT, PARAMETER, Query

SUMS = "-- all together\nSELECT '100 %' AS \"товар\"\n"
DETAILS = '-- one by one\nSELECT 1 AS "товар"\n'
THEN = f'SELECT {PARAMETER} AS "момент" -- as of {PARAMETER}\n'
UUID = "5f2f4d0e-0000-4000-8000-000000000001"
DATASET = f"table_name: Суммы\nuuid: {UUID}\n{DETAIL}: товар\n"
OF_A_MOMENT = f"table_name: Суммы\nuuid: {UUID}\n{MOMENT}: момент\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A superset/ folder with a dashboard whose filter asks a dataset of two queries."""
    dashboard = {
        "dashboard_title": "Всё",
        "slug": "all",
        "uuid": "5f2f4d0e-0000-4000-8000-000000000002",
        "position": {},
        "metadata": {"native_filter_configuration": [{"id": "F", "targets": [{"datasetUuid": UUID}]}]},
    }
    write(tmp_path / "assets" / "metadata.yaml", "version: 1.0.0\ntype: assets\n")
    write(tmp_path / "assets" / DATABASE, "sqlalchemy_uri: clickhousedb://bi:X@127.0.0.1:1/wms\n")
    write(tmp_path / "assets" / "dashboards" / "stock" / "all.yaml", yaml.safe_dump(dashboard, allow_unicode=True))
    write(tmp_path / "assets" / "datasets" / "stock" / "sums.yaml", DATASET)
    write(tmp_path / "queries" / "stock" / "sums.sql", SUMS)
    write(tmp_path / "queries" / "stock" / "sums_detail.sql", DETAILS)
    return tmp_path


def test_superset_gets_one_query_that_chooses(folder: Path) -> None:
    dataset = imported(folder)

    assert dataset["sql"] == f"{{% if get_filters('товар') %}}\n{DETAILS}{{% else %}}\n{SUMS}{{% endif %}}\n"
    assert DETAIL not in dataset


@pytest.mark.parametrize("query", [Query(SUMS), Query(SUMS, "товар", DETAILS), Query(THEN, moment_column="момент")])
def test_what_superset_keeps_is_read_back(query: Query) -> None:
    assert Query.of(str(query)) == query


def test_superset_gets_a_template_in_place_of_the_moment(folder: Path) -> None:
    write_of_a_moment(folder)

    dataset = imported(folder)

    assert dataset["sql"] == (
        "{% set moment = moment_from('момент') %}\nSELECT {{ moment }} AS \"момент\" -- as of {{ moment }}\n"
    )
    assert MOMENT not in dataset


def test_an_export_after_an_import_changes_nothing(folder: Path) -> None:
    assert export(folder, imported(folder)["sql"]) == []

    write_of_a_moment(folder)
    assert export(folder, imported(folder)["sql"]) == []


def test_an_edit_of_a_query_that_asks_for_a_moment_comes_back_with_its_parameter(folder: Path) -> None:
    write_of_a_moment(folder)

    changed = export(folder, imported(folder)["sql"].replace("SELECT", "SELECT DISTINCT"))

    assert changed == ["queries/stock/sums.sql"]
    assert (folder / changed[0]).read_text(encoding="utf-8") == THEN.replace("SELECT", "SELECT DISTINCT")


def test_a_query_that_asks_for_no_moment_any_more_is_a_plain_one(folder: Path) -> None:
    write_of_a_moment(folder)

    assert sorted(export(folder, SUMS)) == ["assets/datasets/stock/sums.yaml", "queries/stock/sums.sql"]
    assert imported(folder)["sql"] == SUMS


@pytest.mark.parametrize(("dataset", "sql"), [({MOMENT: "момент"}, SUMS), ({}, THEN)])
def test_a_moment_is_asked_for_where_the_dataset_tells_of_it(folder: Path, dataset: dict[str, str], sql: str) -> None:
    write(folder / "queries" / "stock" / "sums.sql", sql)

    with pytest.raises(SkladError, match=f"must hold .* if its dataset says `{MOMENT}`, and only then"):
        queries.read(dataset, folder / "queries" / "stock" / "sums.sql")


def test_two_queries_that_ask_for_a_moment_are_refused(folder: Path) -> None:
    for name in ("sums.sql", "sums_detail.sql"):
        write(folder / "queries" / "stock" / name, THEN)

    with pytest.raises(SkladError, match="it can have one of them"):
        queries.read({DETAIL: "товар", MOMENT: "момент"}, folder / "queries" / "stock" / "sums.sql")


def test_an_edit_of_either_query_comes_back_into_its_file(folder: Path) -> None:
    changed = export(folder, imported(folder)["sql"].replace("SELECT 1", "SELECT 2"))

    assert changed == ["queries/stock/sums_detail.sql"]
    assert (folder / changed[0]).read_text(encoding="utf-8") == DETAILS.replace("SELECT 1", "SELECT 2")


def test_a_query_that_answers_all_again_is_one_file(folder: Path) -> None:
    changed = export(folder, SUMS)

    assert sorted(changed) == [
        "assets/datasets/stock/sums.yaml",
        "queries/stock/sums_detail.sql (deleted: one query answers all)",
    ]
    assert imported(folder)["sql"] == SUMS


def test_a_second_query_that_is_missing_is_named(folder: Path) -> None:
    (folder / "queries" / "stock" / "sums_detail.sql").unlink()

    with pytest.raises(SkladError, match=r"has no SQL: write it to .*sums_detail\.sql"):
        imported(folder)


def test_a_second_query_that_nobody_asks_is_refused(folder: Path) -> None:
    write(folder / "assets" / "datasets" / "stock" / "sums.yaml", DATASET.replace(f"{DETAIL}: товар\n", ""))

    with pytest.raises(SkladError, match=r"sums_detail\.sql belongs to no dataset"):
        imported(folder)


@pytest.mark.parametrize("mark", ["{{ x }}", "{% if x %}", "{# x #}"])
def test_what_superset_would_take_for_a_template_is_refused(folder: Path, mark: str) -> None:
    write(folder / "queries" / "stock" / "sums.sql", f"SELECT '{mark}'\n")

    with pytest.raises(SkladError, match="which Superset would take for a template"):
        queries.read({}, folder / "queries" / "stock" / "sums.sql")


def write_of_a_moment(folder: Path) -> None:
    """The dataset with one query in place of two, which asks for a moment."""
    write(folder / "assets" / "datasets" / "stock" / "sums.yaml", OF_A_MOMENT)
    write(folder / "queries" / "stock" / "sums.sql", THEN)
    (folder / "queries" / "stock" / "sums_detail.sql").unlink()


def imported(folder: Path) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(build_bundle("127.0.0.1", 1, folder).content)) as bundle:
        (name,) = (name for name in bundle.namelist() if name.endswith("sums.yaml"))
        dataset: dict[str, Any] = yaml.safe_load(bundle.read(name))
    return dataset


def export(folder: Path, sql: str) -> list[str]:
    """What changes when Superset keeps this SQL, and all else as it was imported."""
    dashboard = yaml.safe_load((folder / "assets" / "dashboards" / "stock" / "all.yaml").read_text(encoding="utf-8"))
    dataset = {"table_name": "Суммы", "uuid": UUID, "sql": sql, "columns": [], "metrics": []}
    return Export(Exported({UUID: dataset}, {}, {dashboard["uuid"]: dashboard}), folder).run(["all"])


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
