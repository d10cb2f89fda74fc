"""docs/semantics.md says what the tests found. Runs after all others of this folder."""

import os

from tests.semantics.matrix import DOCUMENT, Results, line, read, render

CURE = "Write it anew and commit it: UPDATE_SEMANTICS=1 bin/sklad test -- tests/semantics"


NOT_RUN = "not run"


def test_the_document_is_current(results: Results) -> None:
    matrix = read()
    rows = {row["row"]: row for row in matrix["rows"]}
    assert results.keys() <= rows.keys(), "a test names a row that matrix.yaml lacks"
    if os.environ.get("UPDATE_SEMANTICS"):
        before = _verdicts(DOCUMENT.read_text(encoding="utf-8")) if DOCUMENT.exists() else {}
        verdicts = dict.fromkeys(rows, NOT_RUN) | {row: before[row] for row in rows.keys() & before.keys()} | results
        DOCUMENT.write_text(render(matrix, verdicts), encoding="utf-8")

    written = DOCUMENT.read_text(encoding="utf-8")
    for row, verdict in results.items():
        assert line(rows[row], matrix["tools"], verdict) in written, CURE
    assert NOT_RUN not in written, CURE
    assert written == render(matrix, _verdicts(written)), CURE


def _verdicts(written: str) -> Results:
    """What the committed table says, row by row."""
    cells = [text.split(" | ") for text in written.splitlines() if text.startswith("| ")]
    return {row[0].removeprefix("| "): row[1].strip("*") for row in cells[1:]}
