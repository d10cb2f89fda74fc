"""What the server refuses, in ClickHouse's own terms: a numeric code, its name, and the HTTP status clients expect."""

import re

from sklad.errors import SkladError

NAMES = {
    33: "CANNOT_READ_ALL_DATA",
    36: "BAD_ARGUMENTS",
    40: "CHECKSUM_DOESNT_MATCH",
    48: "NOT_IMPLEMENTED",
    62: "SYNTAX_ERROR",
    89: "UNKNOWN_COMPRESSION_METHOD",
    115: "UNKNOWN_SETTING",
    164: "READONLY",
    202: "TOO_MANY_SIMULTANEOUS_QUERIES",
    344: "SUPPORT_IS_DISABLED",
    372: "SESSION_NOT_FOUND",
    373: "SESSION_IS_LOCKED",
    394: "QUERY_WAS_CANCELLED",
    497: "ACCESS_DENIED",
    516: "AUTHENTICATION_FAILED",
    1000: "POCO_EXCEPTION",
    1002: "UNKNOWN_EXCEPTION",
}
CODES = {name: code for code, name in NAMES.items()}

_STATUS = {
    400: {6, 25, 26, 27, 33, 34, 36, 38, 40, 41, 42, 43, 44, 53, 62, 69, 70, 72, 89, 117, 130, 131, 167, 168, 184}
    | {306, 373, 456, 457},
    403: {164, 192, 193, 291, 452, 497, 512, 516},
    404: {16, 46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 139, 336, 372},
    408: {159},
    413: {158},
    501: {48, 344},
    503: {202, 209, 210},
}
_STATUS_OF = {code: status for status, codes in _STATUS.items() for code in codes}
_ENGINE_CODE = re.compile(r"Code: (\d+)\. ")


class ClickHouseServerError(SkladError):
    """The server can't start or go on: port taken, data directory in use, users file unusable."""


class ClickHouseError(SkladError):
    """A request was refused. `str()` is the text that the client sees, in ClickHouse's format.

    Args:
        name: ClickHouse's error name, for example "ACCESS_DENIED".
        message: what was refused and what to do instead.
        status: HTTP status, where the code alone does not say it.
    """

    def __init__(self, name: str, message: str, *, status: int | None = None) -> None:
        self.code = CODES[name]
        self.status = status or http_status(self.code)
        super().__init__(f"Code: {self.code}. DB::Exception: {message} ({name})")


class EngineError(ClickHouseError):
    """The engine itself refused or failed; its own code and text are passed on."""

    def __init__(self, text: str) -> None:
        SkladError.__init__(self, text)
        found = _ENGINE_CODE.search(text)
        self.code = int(found[1]) if found else CODES["UNKNOWN_EXCEPTION"]
        self.status = http_status(self.code)


def http_status(code: int) -> int:
    """HTTP status of a ClickHouse error code; 500 for what has no better one."""
    return _STATUS_OF.get(code, 500)


def as_clickhouse(error: Exception, user: str) -> ClickHouseError:
    """Turn whatever went wrong while a query ran into an error that a client understands.

    The engine raises RuntimeError with ClickHouse's text, in which every user has the name of the engine's own one, or
    UnicodeDecodeError about that text when it quotes bytes that are no UTF-8; anything else is a defect here and says
    only its kind.
    """
    if isinstance(error, ClickHouseError):
        return error
    if isinstance(error, UnicodeDecodeError):
        error = RuntimeError(error.object.decode(errors="backslashreplace"))
    text = str(error)
    start = text.find("Code: ")
    if isinstance(error, RuntimeError) and start >= 0:
        return EngineError(text[start:].replace("DB::Exception: default: ", f"DB::Exception: {user}: ", 1))
    return ClickHouseError("UNKNOWN_EXCEPTION", f"{type(error).__name__} in the server; its log has the details")


def body_of(error: ClickHouseError, version: str) -> bytes:
    """The response body of an error: its text, with the server's version as ClickHouse appends it."""
    text = str(error).rstrip()
    if "(version " not in text:
        text += f" (version {version} (embedded))"
    return (text + "\n").encode()
