"""Reading a statement's text just far enough: which kind it is, its FORMAT, and where an INSERT's data begins.

What a statement may do is never decided here but by the engine's own parser (see guard).
"""

import re
from dataclasses import dataclass

MAX_INSERT_HEAD = 1 << 20
_SPACE = rb"\s|--[^\n]*|\#[!\ ][^\n]*|/\*.*?\*/"
_LEADING_SPACE = re.compile(rb"(?:" + _SPACE + rb"|\()*", re.S)
_WORD = re.compile(rb"[A-Za-z_]+")
_TOKEN = re.compile(
    rb"(?P<space>(?:" + _SPACE + rb")+)"
    rb"|(?P<quoted>'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\"|`(?:[^`\\]|\\.|``)*`)"
    rb"|(?P<word>[A-Za-z_][A-Za-z0-9_]*)"
    rb"|(?P<bracket>[()])"
    rb"|(?P<other>.)",
    re.S,
)
_FORMAT_AT_END = re.compile(rb"\bFORMAT\s+(\w+)\s*(?:SETTINGS\b[^']*)?;?\s*\Z", re.I)
_FORMAT_AND_DATA = re.compile(rb"\s+(\w+)[ \t]*;?\r?\n?")
_KEEPS_STATE = frozenset({b"SET", b"USE", b"BEGIN", b"COMMIT", b"ROLLBACK"})
_SELECTS = frozenset({b"SELECT", b"WITH", b"FROM"})


@dataclass(frozen=True)
class InsertHead:
    """An INSERT that carries its data: the statement without FORMAT, the data's format, and where the data starts."""

    statement: bytes
    format: str
    data_at: int


def first_word(text: bytes) -> bytes:
    """The first word of a statement in upper case, behind spaces, comments and opening brackets; b"" without any."""
    start = _LEADING_SPACE.match(text)
    word = _WORD.match(text, start.end() if start else 0)
    return word[0].upper() if word else b""


def tokens(text: bytes) -> list[str]:
    """The tokens of a statement without spaces and comments; quoted names come unquoted, strings with their quotes."""
    found = []
    for token in _TOKEN.finditer(text):
        value = token[0].decode("utf-8", "replace")
        if token.lastgroup == "quoted" and value[0] != "'":
            value = value[1:-1]
        if token.lastgroup != "space":
            found.append(value)
    return found


def is_select(text: bytes) -> bool:
    """Whether it may be long and so is worth streaming."""
    return first_word(text) in _SELECTS


def keeps_state(text: bytes) -> bool:
    """Whether it leaves something behind in its connection: a setting, a database, a temporary table."""
    word = first_word(text)
    return word in _KEEPS_STATE or (word in {b"CREATE", b"REPLACE"} and b"TEMPORARY" in text[:512].upper())


def explicit_format(text: bytes) -> str | None:
    """The FORMAT clause at the end of a query, if there is one."""
    found = _FORMAT_AT_END.search(text[-1024:])
    return found[1].decode() if found else None


def split_insert(text: bytes) -> InsertHead | None:
    """Separate an INSERT from the data that follows it; None when it takes its data from a SELECT or is no INSERT.

    The data may be anything, so it must not reach the engine's parser: that one ends inline data at an empty line.
    """
    if first_word(text) != b"INSERT":
        return None
    depth = at = 0
    while at < min(len(text), MAX_INSERT_HEAD):
        token = _TOKEN.match(text, at)
        if token is None:
            break
        if token.lastgroup == "bracket":
            depth += 1 if token[0] == b"(" else -1
        elif token.lastgroup == "word" and depth == 0:
            word = token[0].upper()
            if word in _SELECTS or word == b"INFILE":
                return None
            if word == b"VALUES":
                return InsertHead(text[:at], "Values", token.end())
            if word == b"FORMAT" and (clause := _FORMAT_AND_DATA.match(text, token.end())):
                return InsertHead(text[:at], clause[1].decode(), clause.end())
        at = token.end()
    return InsertHead(text, "Values", len(text))
