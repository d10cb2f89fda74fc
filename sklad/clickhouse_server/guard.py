"""Refuses what the engine can't refuse by itself, because there it is a local tool's right or one user's like another's.

Tables, sources, named collections and settings are guarded by the engine: a connection has its user's roles and
profile only. Left for here are the ways out of that: several statements at once, taking another role or profile, files
read by the function file() or written by INTO OUTFILE, Python objects of this process, views that run with the
engine's own rights, and killing the queries of others.

Nothing is judged by how the client spelled it: the engine's own parser writes the statement anew (formatQuery),
without comments, escapes, exotic quotes or heredocs, and only that text is looked at.
"""

import re
from enum import Enum

from sklad.clickhouse_server.engine import Handle
from sklad.clickhouse_server.errors import ClickHouseError
from sklad.clickhouse_server.statements import tokens
from sklad.clickhouse_server.users import User

# Whatever is refused below contains one of these in any spelling, or a backslash where a quoted name is escaped.
_WORTH_A_LOOK = re.compile(rb"file|eval|python|arrowstream|role|profile|kill|view|definer|execute|\\", re.I)
_PROCESS_FUNCTIONS = frozenset({"python", "arrowstream"})
_HOST_FUNCTIONS = frozenset({"file", "eval"})
_DEFINITIONS = frozenset({"CREATE", "REPLACE", "ATTACH", "ALTER"})
_CANONICAL = "SELECT formatQuerySingleLine({statement:String})"


class Kind(Enum):
    """What a statement does, as the engine's parser sees it."""

    READ = 0
    WRITE = 1
    WRITE_GLOBAL = 2
    CONTROL = 3
    UNKNOWN = 4


def check(handle: Handle, statement: bytes, user: User) -> Kind:
    """Make sure that a statement is a single one and that this user may run it.

    Args:
        handle: a connection that already is this user.
        statement: its text; of an INSERT with data only the part before the data.
        user: who wants to run it.

    Raises:
        ClickHouseError: it must not run.
        RuntimeError: the engine's, when it can't be parsed.
    """
    verdict = handle.classify_query(statement)
    if verdict["statement_count"] != 1:
        canonical(handle, statement)
        raise ClickHouseError("SYNTAX_ERROR", "Exactly one statement is expected; several, or PARALLEL WITH, can't run here")
    if _WORTH_A_LOOK.search(statement):
        _judge(canonical(handle, statement), user)
    return Kind(verdict["query_class"].value)


def canonical(handle: Handle, statement: bytes) -> str:
    """The statement as the engine's own formatter writes it, in one line."""
    escaped = statement.replace(b"\\", b"\\\\").replace(b"\t", b"\\t").replace(b"\n", b"\\n").replace(b"\0", b"\\0")
    try:
        parameter = escaped.decode()
    except UnicodeDecodeError as error:
        raise ClickHouseError("SYNTAX_ERROR", "The statement is not valid UTF-8") from error
    return handle.query(_CANONICAL, "TabSeparatedRaw", params={"statement": parameter}).bytes().decode()


def _judge(statement: str, user: User) -> None:
    words = [token for token in tokens(statement.encode()) if not token.startswith("'")]
    pairs = list(zip(words, [*words[1:], ""], strict=True))
    upper = [(first.upper(), second.upper()) for first, second in pairs]
    if ("INTO", "OUTFILE") in upper or ("FROM", "INFILE") in upper:
        raise ClickHouseError("SUPPORT_IS_DISABLED", "INTO OUTFILE and FROM INFILE are for clients, not for the server")
    if upper[0] in {("SET", "ROLE"), ("SET", "DEFAULT"), ("EXECUTE", "AS")}:
        raise ClickHouseError("ACCESS_DENIED", f"{user.name}: roles follow the user; log in as the user you need")
    if any(name.lower() in _PROCESS_FUNCTIONS and bracket == "(" for name, bracket in pairs):
        raise ClickHouseError("ACCESS_DENIED", f"{user.name}: objects of the server process are not data")
    if user.unlimited:
        return
    names = {word.lower() for word in words}
    if names & _HOST_FUNCTIONS:
        raise ClickHouseError(
            "ACCESS_DENIED",
            f"{user.name}: the functions file and eval are not allowed, and so no name may read `file` or `eval`",
        )
    if any(name.lower() == "profile" and sign == "=" for name, sign in pairs):
        raise ClickHouseError("ACCESS_DENIED", f"{user.name}: the settings profile can't be changed")
    if words[0].upper() == "KILL":
        raise ClickHouseError("ACCESS_DENIED", f"{user.name}: not enough privileges, KILL QUERY is needed")
    if words[0].upper() in _DEFINITIONS and names & {"view", "definer"}:
        raise ClickHouseError("ACCESS_DENIED", f"{user.name}: not enough privileges, CREATE VIEW is needed")
