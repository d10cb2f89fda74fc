"""Files changed in place: what stays the same keeps its words."""

import pytest

from sklad.superset import tree
from sklad.superset.bundle import SUPERSET

FILE = """\
# What it is for.
name: Остатки
params:
  # Why this one.
  metric: units
  colors: ['#fff', "#000"]
columns:
  - {id: a, label: А, shown: true}
  # The second.
  - {id: b, label: Б}
"""


def changed(**wanted: object) -> str:
    said = tree.read(FILE)
    tree.update(said, wanted)
    return tree.write(said)


def test_what_is_the_same_is_not_touched() -> None:
    columns = [{"id": "a", "label": "А", "shown": True}, {"id": "b", "label": "Б", "hint": None, "dated": False}]
    params = {"metric": "units", "colors": ["#fff", "#000"]}

    assert changed(name="Остатки", params=params, columns=columns, note=None) == FILE


def test_one_value_changes_one_line() -> None:
    assert changed(params={"metric": "sum", "colors": ["#fff", "#000"]}) == FILE.replace("units", "sum")


def test_what_is_gone_below_the_top_is_taken_out() -> None:
    assert changed(params={"metric": "units"}) == FILE.replace("""  colors: ['#fff', "#000"]\n""", "")


def test_items_of_a_list_are_told_apart_by_their_names() -> None:
    columns = [{"id": "a", "label": "Аз", "shown": True}, {"id": "b", "label": "Б"}, {"id": "c", "label": "В"}]

    text = changed(columns=columns)

    assert text == FILE.replace("label: А,", "label: Аз,") + "  - {id: c, label: В}\n"


@pytest.mark.parametrize("file", sorted((SUPERSET / "assets").rglob("*.yaml")), ids=lambda file: file.stem)
def test_the_projects_files_have_the_form_that_an_export_writes(file) -> None:
    """So that an export shows what was edited, and not how YAML can be written differently."""
    text = file.read_text(encoding="utf-8")

    assert tree.write(tree.read(text)) == text
