"""The same SQL on several ClickHouse servers: what `CLICKHOUSE_CLUSTER` makes of a statement before it runs.

The files in clickhouse/<product>/ are written for one server. On a cluster

- every table of the MergeTree family is replicated: whole on every server, or split over the shards by the key that
  clickhouse/<product>/shards.json gives it;
- a table X that is split becomes X_local, and X a Distributed table over it: readers and writers go on saying X;
- a materialized view behind a split table works where the rows are: from X_local into Y_local.

Each statement reaches all servers by itself: the database's engine is Replicated.
"""

import json
import re
import shutil
from pathlib import Path

_ENGINE = re.compile(r"^ENGINE = (\w*MergeTree)(?:\((.*?)\))?$", re.MULTILINE)
_CREATE_TABLE = re.compile(r"^CREATE TABLE (\w+)\n\(", re.MULTILINE)
_ALTER_TABLE = re.compile(r"^ALTER TABLE (\w+)", re.MULTILINE)
_VIEW = re.compile(r"^(CREATE MATERIALIZED VIEW \w+ TO )(\w+)( AS\n.*?\nFROM )(\w+)", re.MULTILINE | re.DOTALL)
_END = re.compile(r";\s*$", re.MULTILINE)

# Macros of each server: clickhouse/cluster/server.xml.
_SPLIT = "'/clickhouse/tables/{uuid}/{shard}', '{replica}'"
_WHOLE = "'/clickhouse/tables/{uuid}/all', '{shard}-{replica}'"


def keys_of(product: Path) -> dict[str, str]:
    """Sharding keys by table, of the product whose folder this is; what is not in it stays whole."""
    file = product / "shards.json"
    return dict(json.loads(file.read_text())) if file.exists() else {}


def spread(sql: str, cluster: str, keys: dict[str, str]) -> str:
    """A file's statements as they run on a cluster.

    Args:
        sql: statements for one server, each ended by a semicolon at the end of a line.
        cluster: the cluster's name in ClickHouse's configuration.
        keys: see keys_of.
    """
    statements = [statement for part in _END.split(sql) if (statement := part.strip())]
    return "".join(f"{statement};\n" for part in statements for statement in _spread_one(part, cluster, keys))


def spread_folder(source: Path, target: Path, cluster: str, keys: dict[str, str]) -> None:
    """Copy a folder of SQL files, each spread."""
    shutil.copytree(source, target)
    for file in target.glob("*.sql"):
        file.write_text(spread(file.read_text(), cluster, keys))


def _spread_one(statement: str, cluster: str, keys: dict[str, str]) -> list[str]:
    if table := _CREATE_TABLE.search(statement):
        return _tables(statement, table[1], cluster, keys.get(table[1]))
    if view := _VIEW.search(statement):
        _, target, _, source = view.groups()
        if source in keys:
            local = target + ("_local" if target in keys else "")
            return [_VIEW.sub(rf"\g<1>{local}\g<3>{source}_local", statement)]
    if (altered := _ALTER_TABLE.search(statement)) and altered[1] in keys:
        return [_ALTER_TABLE.sub(f"ALTER TABLE {altered[1]}_local", statement)]
    return [statement]


def _tables(statement: str, name: str, cluster: str, key: str | None) -> list[str]:
    where = _WHOLE if key is None else _SPLIT
    replicated = _ENGINE.sub(
        lambda found: f"ENGINE = Replicated{found[1]}({', '.join(filter(None, (where, found[2])))})", statement
    )
    if key is None:
        return [replicated]
    return [
        _CREATE_TABLE.sub(f"CREATE TABLE {name}_local\n(", replicated),
        f"CREATE TABLE {name} AS {name}_local\nENGINE = Distributed({cluster}, currentDatabase(), {name}_local, {key})",
    ]
