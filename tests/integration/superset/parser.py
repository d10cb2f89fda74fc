"""The datasets' SQL as Superset sends it: parsed, and written anew. Its parser may leave things out without a word."""

import json
import re
import subprocess
from functools import cache

from sklad.embedded.layout import Layout
from sklad.settings import load_settings
from sklad.superset.bundle import SUPERSET

# What superset_config.py fills in for a moment that nobody chose.
LATEST = "toDateTime64(toStartOfTenMinutes(now('UTC')), 6, 'UTC')"
_PARAMETER = re.compile(r"\{moment: ?DateTime64\(6, 'UTC'\)\}")

# sqlglot is Superset's, in its own environment, at its own version.
_PROGRAM = """
import json, sqlglot, sys
queries = json.load(sys.stdin)
json.dump({name: sqlglot.parse_one(sql, "clickhouse").sql("clickhouse") for name, sql in queries.items()}, sys.stdout)
"""


@cache
def asked_by_superset() -> dict[str, str]:
    """SQL by the name of its file, <product>/<name>. The parameter of a moment still stands there: see at_moment."""
    folder = SUPERSET / "queries"
    queries = {
        file.relative_to(folder).with_suffix("").as_posix(): file.read_text(encoding="utf-8")
        for file in folder.glob("*/*.sql")
    }
    command = [str(Layout.of(load_settings()).superset_python), "-c", _PROGRAM]
    done = subprocess.run(command, input=json.dumps(queries), capture_output=True, text=True, timeout=60, check=True)
    written: dict[str, str] = json.loads(done.stdout)
    return written


def at_moment(sql: str, moment: str | None = None) -> str:
    """SQL with the moment that a dashboard's filter chose, as Superset fills it in."""
    return _PARAMETER.sub(f"toDateTime64('{moment}:00', 6, 'UTC')" if moment else LATEST, sql)
