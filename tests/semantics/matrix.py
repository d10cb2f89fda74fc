"""The matrix: its rows and what other tools say of them (matrix.yaml), and the document that both come to."""

from pathlib import Path
from typing import Any

import yaml

from sklad.settings import ROOT

EXACT = "exact"
LOUD = "stops loudly"
DOCUMENT = ROOT / "docs" / "semantics.md"
UNKNOWN = "not documented"

# Row to verdict, of the tests that ran.
Results = dict[str, str]

_HEAD = """\
# What becomes of a change
Each row is a test in `tests/semantics/`, run on real engines: `bin/sklad test -- tests/semantics`. *Exact*: the state
equals the source and the change log has each committed change once, as PostgreSQL's own decoding through a second slot
tells them. *Stops loudly*: what can't be applied is kept with its reason or refused, `make status` says it and its exit
code is 1; [operations](operations.md) has the cure.

What other tools do is from their documentation and code, see below the table; "not documented" means that neither
says it plainly. This table is written by the tests: `UPDATE_SEMANTICS=1 bin/sklad test -- tests/semantics`.

"""


def read() -> dict[str, Any]:
    """tools, references and rows of matrix.yaml."""
    content = yaml.safe_load(Path(__file__).with_name("matrix.yaml").read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


def line(row: dict[str, Any], tools: dict[str, str], verdict: str) -> str:
    """A row of the table."""
    cells = [row["row"], f"**{verdict}**", *(str(row.get(tool, UNKNOWN)) for tool in tools)]
    return f"| {' | '.join(cells)} |\n"


def render(matrix: dict[str, Any], results: Results) -> str:
    """The whole document. Raises KeyError for a row that no test ended."""
    tools = matrix["tools"]
    columns = ["", "Sklad", *tools.values()]
    table = f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}\n"
    table += "".join(line(row, tools, results[row["row"]]) for row in matrix["rows"])
    references = "".join(f"- [{name}] {text}\n" for name, text in matrix["references"].items())
    return f"{_HEAD}{table}\n## References\n{references}"
