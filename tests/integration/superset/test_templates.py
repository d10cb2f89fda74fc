"""What superset_config.py makes of datasets' templates, and of what people write: run by Superset's own Python."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sklad.embedded.layout import Layout
from sklad.settings import load_settings
from sklad.superset.bundle import SUPERSET
from sklad.superset.queries import PARAMETER, Query
from tests.integration.superset.parser import LATEST

# Superset's processor in an application of its own, with filters as a chart's question has them.
_PROGRAM = """
import json, sys
from flask import Flask
from superset.jinja_context import ExtraCache
from superset_config import DatasetTemplates

class Database:
    def get_dialect(self):
        return None

def filled_in(text, filters):
    ExtraCache.get_filters = lambda _, column: [each for each in filters if each["col"] == column]
    with Flask("asked").app_context():
        return DatasetTemplates(Database()).process_template(text)

json.dump([filled_in(*each) for each in json.load(sys.stdin)], sys.stdout)
"""
SQL = f'SELECT 1 AS "момент" WHERE {PARAMETER} < now() AND {PARAMETER} > 0\n'
CHOSEN = "toDateTime64('2026-11-23 18:30:00', 6, 'UTC')"
AS_KEPT = str(Query(SQL, moment_column="момент"))
NO_MOMENTS = (
    *("", " ", "2026-11-23", "2026-11-23 18:30:00", "2026-11-23T18:30", "2026-1-2 3:04", "2026-11-23  18:30"),
    *(" 2026-11-23 18:30", "2026-11-23 18:30\n", "2026-02-30 18:30", "2026-11-23 24:00", "0001-01-01 00:00", "now"),
    *("٢٠٢٦-١١-٢٣ ١٨:٣٠", "2026-11-23 18:30' OR 1 = 1 --", "', 6, 'UTC')) UNION ALL SELECT 1 --", "'", '"', "\\"),
    *("{{ 7 * 191 }}", "{% raw %}", "{{ moment }}", "{moment:String}", "2026-11-23 18:30{# #}"),
    *(None, 0, 1.5, True, [], [None], [""], ["2026-11-23 18:30'"], [["2026-11-23 18:30"]], {"a": "2026-11-23 18:30"}),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("superset")


def test_a_chosen_moment_is_filled_in_wherever_the_query_asks_for_it(folder: Path) -> None:
    filters = [{"col": "товар", "op": "IN", "val": ["Чай"]}, chosen(["2026-11-23 18:30"])]

    assert filled_in(folder, (AS_KEPT, filters)) == [sent(CHOSEN)]


def test_the_first_of_several_moments_is_filled_in(folder: Path) -> None:
    several = ["2026-11-23", "2026-11-23 18:30", "2026-11-22 00:00"]

    questions = [[chosen(several)], [chosen("no moment", "=="), chosen("2026-11-23 18:30", "==")]]

    assert filled_in(folder, *((AS_KEPT, each) for each in questions)) == [sent(CHOSEN)] * 2


def test_what_is_no_moment_never_gets_into_the_query(folder: Path) -> None:
    found = filled_in(folder, *((AS_KEPT, [chosen(value)]) for value in NO_MOMENTS))

    assert dict(zip(map(repr, NO_MOMENTS), found, strict=True)) == dict.fromkeys(map(repr, NO_MOMENTS), sent(LATEST))


def test_without_a_moment_it_is_the_latest(folder: Path) -> None:
    questions: list[list[dict[str, Any]]] = [[], [chosen(["2026-11-23 18:30"], "NOT IN")], [chosen(None, "IS NULL")]]

    assert filled_in(folder, *((AS_KEPT, each) for each in questions)) == [sent(LATEST)] * 3


def test_of_two_queries_the_one_that_answers_is_left(folder: Path) -> None:
    kept = str(Query("SELECT 'all'\n", "товар", "SELECT 'one'\n"))

    found = filled_in(folder, (kept, []), (kept, [{"col": "товар", "op": "IN", "val": ["Чай"]}]))

    assert [each.strip() for each in found] == ["SELECT 'all'", "SELECT 'one'"]


def test_what_people_write_is_no_template(folder: Path) -> None:
    texts = (
        "SELECT {{ 7 * 191 }}",
        "{{ moment_from('момент') }}",
        "SELECT {{ moment }}",
        f"SELECT 1; {AS_KEPT}",
        AS_KEPT + "{{ 7 * 191 }}",
        AS_KEPT + "{% if 1 %}{% endif %}",
        AS_KEPT.replace("'момент'", "'момент' ~ 'x'"),
        AS_KEPT.replace("{{ moment }}", "{{ moment.__class__ }}"),
        AS_KEPT.replace("{{ moment }}", "{{ moment|upper }}"),
    )

    assert filled_in(folder, *((text, [chosen("2026-11-23 18:30", "==")]) for text in texts)) == list(texts)


def chosen(value: object, operator: str = "IN") -> dict[str, Any]:
    return {"col": "момент", "op": operator, "val": value}


def sent(moment: str) -> str:
    """Jinja leaves the line of its own statement empty, and the last line's end out."""
    return "\n" + SQL.replace(PARAMETER, moment).rstrip()


def filled_in(folder: Path, *questions: tuple[str, list[dict[str, Any]]]) -> list[str]:
    """Texts as they go to ClickHouse, each with the filters of its question."""
    environment = os.environ | {
        "PYTHONPATH": str(SUPERSET),
        "SUPERSET_SECRET_KEY": "of-this-test",
        "SUPERSET_DATABASE_URI": "sqlite://",
        "SUPERSET_CACHE_SECONDS": "4",
        "SUPERSET_CACHE_DIR": str(folder),
    }
    done = subprocess.run(
        [str(Layout.of(load_settings()).superset_python), "-c", _PROGRAM],
        input=json.dumps(questions),
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found: list[str] = json.loads(done.stdout)
    return found
