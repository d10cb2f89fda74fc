"""Refuses what the engine can't refuse by itself: in-process it is a local tool, and every query is its one user's.

Tables, sources, named collections and settings are guarded by the engine: a connection has its user's roles and
profile only. Left for here are the ways around that:

- several statements at once, and taking another role or profile;
- the function file(), which reads any file of this machine, also from inside the strings that describe a structure:
  format(…, 'a String DEFAULT file(…)'); so table functions are allowed by name;
- INTO OUTFILE and FROM INFILE, which the engine as a client would do on this machine, and this process's own objects;
- views, which run with the rights of the engine's user, and killing the queries of others.

Nothing is judged by how the client spelled it: the engine's own parser writes the statement anew (formatQuery),
without comments, escapes, exotic quotes or heredocs, and only that text is looked at. That is a query of its own, 1 ms
of CPU, a third of what a small statement costs: what passed is remembered for whoever sends it again.
"""

import re
from enum import Enum

from sklad.clickhouse_server.connections import Connection, Identity
from sklad.clickhouse_server.engine import Engine, Handle
from sklad.clickhouse_server.errors import ClickHouseError
from sklad.clickhouse_server.statements import tokens
from sklad.clickhouse_server.users import User

# Whatever is refused to an administrator contains one of these, or a backslash where a quoted name is escaped.
_WORTH_A_LOOK = re.compile(rb"outfile|infile|role|execute|python|arrowstream|\\", re.I)
_PROCESS_OBJECTS = frozenset({"python", "arrowstream"})
_TABLE_FUNCTIONS_FOR_ALL = frozenset(
    {"numbers", "numbers_mt", "zeros", "zeros_mt", "generateseries", "generate_series", "values", "view", "merge"}
)
_GRANTED_TABLE_FUNCTIONS = frozenset({"postgresql"})  # by the engine, as the users file says
_ALSO_A_FUNCTION = "format"  # for text; the table function of this name needs a right that writers have
_DEFINITIONS = frozenset({"CREATE", "REPLACE", "ATTACH", "ALTER"})
_LIMITED_SETTINGS = frozenset({"profile"})
# What passed is remembered up to these: statements, and bytes of one.
_MOST_REMEMBERED = 1000
_LONGEST_REMEMBERED = 16384
_CANONICAL = "SELECT formatQuerySingleLine({statement:String})"


class Kind(Enum):
    """What a statement does, as the engine's parser sees it."""

    READ = 0
    WRITE = 1
    WRITE_GLOBAL = 2
    CONTROL = 3
    UNKNOWN = 4


class Guard:
    """Checks statements before they run.

    Args:
        engine: the open engine; it says which table functions there are.
    """

    def __init__(self, engine: Engine) -> None:
        known = engine.text("SELECT lower(name) FROM system.table_functions").split("\n")
        allowed = _TABLE_FUNCTIONS_FOR_ALL | _GRANTED_TABLE_FUNCTIONS | {_ALSO_A_FUNCTION}
        self._refused_functions = frozenset(known) - allowed
        self._passed: dict[tuple[Identity, bytes], Kind] = {}

    def check(self, connection: Connection, statement: bytes) -> Kind:
        """Make sure that a statement is a single one and that the connection's user may run it.

        Args:
            connection: where it is to run.
            statement: its text; of an INSERT with data only the part before the data.

        Raises:
            ClickHouseError: it must not run.
            RuntimeError: the engine's, when it can't be parsed.
        """
        handle, user = connection.handle, connection.identity.user
        if connection.is_pinned or len(statement) > _LONGEST_REMEMBERED:  # settings decide how a statement is parsed
            return self._judge(handle, statement, user)
        key = (connection.identity, statement)
        kind = self._passed.get(key)
        if kind is None:
            kind = self._judge(handle, statement, user)
            if len(self._passed) >= _MOST_REMEMBERED:
                self._passed.clear()
            self._passed[key] = kind
        return kind

    def _judge(self, handle: Handle, statement: bytes, user: User) -> Kind:
        verdict = handle.classify_query(statement)
        if verdict["statement_count"] != 1:
            canonical(handle, statement)
            raise ClickHouseError("SYNTAX_ERROR", "Exactly one statement can run; several, or PARALLEL WITH, can't")
        if not user.unlimited or _WORTH_A_LOOK.search(statement):
            words = [token for token in tokens(canonical(handle, statement).encode()) if not token.startswith("'")]
            _refuse_to_all(words, user)
            if not user.unlimited:
                self._refuse_to_limited(words, user)
        return Kind(verdict["query_class"].value)

    def _refuse_to_limited(self, words: list[str], user: User) -> None:
        names = {word.lower() for word in words}
        if "file" in names:
            raise _denied(user, "the function file is not allowed, and so nothing may be named `file`")
        called = {name.lower() for name, bracket in _pairs(words) if bracket == "("}
        refused = called & self._refused_functions
        if user.readonly == 0:
            refused |= called & {_ALSO_A_FUNCTION}
        if refused:
            raise _denied(user, f"the table function {min(refused)} is not allowed")
        if any(name.lower() in _LIMITED_SETTINGS and sign == "=" for name, sign in _pairs(words)):
            raise _denied(user, "the settings profile can't be changed")
        if words[0].upper() == "KILL":
            raise _denied(user, "not enough privileges, KILL QUERY is needed")
        if words[0].upper() in _DEFINITIONS and names & {"view", "definer"}:
            raise _denied(user, "not enough privileges, CREATE VIEW is needed")


def check_settings(settings: tuple[tuple[str, str], ...], user: User) -> None:
    """Make sure that this user may bring these settings along; which values are allowed, the engine knows.

    Raises:
        ClickHouseError: a setting is not for this user.
    """
    if not user.unlimited and _LIMITED_SETTINGS & {name for name, _ in settings}:
        raise _denied(user, "the settings profile can't be changed")


def canonical(handle: Handle, statement: bytes) -> str:
    """The statement as the engine's own formatter writes it, in one line."""
    escaped = statement.replace(b"\\", b"\\\\").replace(b"\t", b"\\t").replace(b"\n", b"\\n").replace(b"\0", b"\\0")
    try:
        parameter = escaped.decode()
    except UnicodeDecodeError as error:
        raise ClickHouseError("SYNTAX_ERROR", "The statement is not valid UTF-8") from error
    return handle.query(_CANONICAL, "TabSeparatedRaw", params={"statement": parameter}).bytes().decode()


def _refuse_to_all(words: list[str], user: User) -> None:
    upper = [(first.upper(), second.upper()) for first, second in _pairs(words)]
    if ("INTO", "OUTFILE") in upper or ("FROM", "INFILE") in upper:
        raise ClickHouseError("SUPPORT_IS_DISABLED", "INTO OUTFILE and FROM INFILE are for clients, not for the server")
    if upper[0] in {("SET", "ROLE"), ("SET", "DEFAULT"), ("EXECUTE", "AS")}:
        raise _denied(user, "roles follow the user; log in as the user you need")
    if any(name.lower() in _PROCESS_OBJECTS and bracket == "(" for name, bracket in _pairs(words)):
        raise _denied(user, "objects of the server process are not data")


def _pairs(words: list[str]) -> list[tuple[str, str]]:
    return list(zip(words, [*words[1:], ""], strict=True))


def _denied(user: User, reason: str) -> ClickHouseError:
    return ClickHouseError("ACCESS_DENIED", f"{user.name}: {reason}")
