"""docs/semantics.md says what the tests found. Runs after all others of this folder."""

import os

from tests.semantics.matrix import DOCUMENT, Results, line, read, render

CURE = "Write it anew and commit it: UPDATE_SEMANTICS=1 bin/sklad test -- tests/semantics"


def test_the_document_is_current(results: Results) -> None:
    matrix = read()
    if os.environ.get("UPDATE_SEMANTICS"):
        DOCUMENT.write_text(render(matrix, results), encoding="utf-8")

    written = DOCUMENT.read_text(encoding="utf-8")
    rows = {row["row"]: row for row in matrix["rows"]}
    assert results.keys() <= rows.keys(), "a test names a row that matrix.yaml lacks"
    for row, verdict in results.items():
        assert line(rows[row], matrix["tools"], verdict) in written, CURE
    assert written == render(matrix, dict.fromkeys(rows, "exact") | _verdicts(written)), CURE


def _verdicts(written: str) -> Results:
    """What the committed table says, row by row."""
    cells = [text.split(" | ") for text in written.splitlines() if text.startswith("| ")]
    return {row[0].removeprefix("| "): row[1].strip("*") for row in cells[1:]}
