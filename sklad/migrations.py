"""Migrations that may be cut off anywhere: run again, each comes to the same.

A migration is noted when all of its statements have run. Killed before that, it is run again from its start, and would
fail for ever on what is there already. The files can't be changed: what has run is known by its checksum.
"""

import re

from clickhouse_migrations.clickhouse_cluster import ClickhouseCluster
from clickhouse_migrations.connection import ClickhouseConnectConnection, Connection

_WHOLE = r"(?:TABLE|VIEW|MATERIALIZED VIEW|DICTIONARY)"
_PART = r"(?:COLUMN|INDEX|PROJECTION|CONSTRAINT)"
_MAKES = re.compile(rf"^(\s*CREATE {_WHOLE}|\s*(?:ALTER .* )?ADD {_PART}) (?!IF NOT EXISTS)", re.MULTILINE)
_REMOVES = re.compile(rf"^(\s*DROP {_WHOLE}|\s*(?:ALTER .* )?DROP {_PART}) (?!IF EXISTS)", re.MULTILINE)


def repeatable(statement: str) -> str:
    """The statement as one that makes what is missing and removes what is there, and is content with the rest.

    Lines that begin with CREATE, ALTER, ADD or DROP are looked at, so that no comment and no text is.
    """
    return _REMOVES.sub(r"\1 IF EXISTS ", _MAKES.sub(r"\1 IF NOT EXISTS ", statement))


class Repeatable(ClickhouseCluster):  # type: ignore[misc]
    """clickhouse-migrations, with each statement as `repeatable` makes it."""

    def connection(self, db_name: str | None = None) -> Connection:
        """A connection that runs such statements only."""
        return _Connection(self._connect_client(db_name))


class _Connection(ClickhouseConnectConnection):  # type: ignore[misc]
    def command(self, statement: str, log_statement: str | None = None) -> None:
        super().command(repeatable(statement), log_statement)
