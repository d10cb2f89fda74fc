"""The datasets' SQL as Superset sends it: parsed, and written anew. Its parser may leave things out without a word."""

import json
import subprocess
from functools import cache

from sklad.embedded.layout import Layout
from sklad.settings import load_settings
from sklad.superset.bundle import SUPERSET

# sqlglot is Superset's, in its own environment, at its own version.
_PROGRAM = """
import json, sqlglot, sys
queries = json.load(sys.stdin)
json.dump({name: sqlglot.parse_one(sql, "clickhouse").sql("clickhouse") for name, sql in queries.items()}, sys.stdout)
"""


@cache
def asked_by_superset() -> dict[str, str]:
    """SQL by the name of its file, <product>/<name>."""
    folder = SUPERSET / "queries"
    queries = {
        file.relative_to(folder).with_suffix("").as_posix(): file.read_text(encoding="utf-8")
        for file in folder.glob("*/*.sql")
    }
    command = [str(Layout.of(load_settings()).superset_python), "-c", _PROGRAM]
    done = subprocess.run(command, input=json.dumps(queries), capture_output=True, text=True, timeout=60, check=True)
    written: dict[str, str] = json.loads(done.stdout)
    return written
