"""A request of ClickHouse's HTTP interface, read into a `Query`: what to run, in which session, with which settings."""

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

from sklad.clickhouse_server.compression import pieces
from sklad.clickhouse_server.errors import ClickHouseError
from sklad.clickhouse_server.multipart import fields
from sklad.clickhouse_server.statements import MAX_INSERT_HEAD, InsertHead, split_insert

# Parameters of the HTTP interface itself; every other one is a setting of the query or, as param_NAME, its parameter.
NOT_SETTINGS = frozenset(
    {"query", "query_id", "database", "user", "password", "quota_key", "default_format", "role"}
    | {"session_id", "session_timeout", "session_check", "close_session", "stacktrace", "framing"}
    | {"compress", "decompress", "enable_http_compression", "http_zlib_compression_level", "client_protocol_version"}
    | {"wait_end_of_query", "buffer_size", "send_progress_in_http_headers", "http_headers_progress_interval_ms"}
    | {"add_http_cors_header", "http_response_headers", "http_write_exception_in_output_format", "send_profile_events"}
    | {"cancel_http_readonly_queries_on_client_close"}
)
MAX_SESSION_SECONDS = 3600
_SETTING_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


@dataclass(frozen=True)
class Request:
    """One HTTP request with its whole body. Header names are lower case."""

    method: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Session:
    """Which session a request wants: its id, how many idle seconds it lives, and whether it must exist already."""

    id: str
    timeout: int
    must_exist: bool


@dataclass(frozen=True)
class Query:
    """What a request asks for. `insert` and `data` are set for an INSERT that brings its data along."""

    text: bytes
    format: str
    database: str
    settings: tuple[tuple[str, str], ...]
    parameters: dict[str, str]
    session: Session | None
    readonly_method: bool
    buffered: bool
    compressed: bool
    insert: InsertHead | None = None
    data: Iterator[bytes] = field(default_factory=lambda: iter(()))


def credentials(request: Request) -> tuple[str, str]:
    """User name and password, from the X-ClickHouse headers, HTTP basic authorization or the URL, in this order.

    Raises:
        ClickHouseError: the authorization header can't be read.
    """
    if "x-clickhouse-user" in request.headers:
        return request.headers["x-clickhouse-user"], request.headers.get("x-clickhouse-key", "")
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            # Without a colon all of it would be the name, which is logged when a login fails; it may be a password.
            user, password = base64.b64decode(encoded, validate=True).decode().split(":", 1)
        except ValueError as error:
            raise ClickHouseError("BAD_ARGUMENTS", "The Authorization header is not valid Basic credentials") from error
        return user, password
    return request.params.get("user", "default"), request.params.get("password", "")


def read(request: Request, max_bytes: int) -> Query:
    """Make a `Query` of a request.

    Args:
        request: the request.
        max_bytes: how long a statement without INSERT data may be, unpacked.

    Raises:
        ClickHouseError: something in the request is malformed.
    """
    params = request.params
    if "role" in params:
        raise ClickHouseError("NOT_IMPLEMENTED", "Roles follow the user here: log in as the user you need")
    content_type = request.headers.get("content-type", "")
    form = fields(content_type, request.body) if content_type.startswith("multipart/form-data") else None
    text = params.get("query", "").encode() + (form or {}).get("query", b"")
    data: Iterator[bytes] = iter(())
    if form is None and request.body:
        encoding = request.headers.get("content-encoding", "").lower()
        data = pieces(request.body, encoding, native_blocks=params.get("decompress") == "1")
        if text:
            data = chain([b"\n"], data)
    text, insert, data = _insert_or_text(text, data, max_bytes)
    if not text.strip():
        raise ClickHouseError("SYNTAX_ERROR", "Empty query. Send SQL in the body or in the parameter `query`")
    return Query(
        text=text,
        format=params.get("default_format") or request.headers.get("x-clickhouse-format") or "TabSeparated",
        database=params.get("database") or request.headers.get("x-clickhouse-database", ""),
        settings=_settings(params),
        parameters=_parameters(params, form or {}),
        session=_session(params),
        readonly_method=request.method in {"GET", "HEAD"},
        buffered=params.get("wait_end_of_query") == "1",
        compressed=params.get("compress") == "1",
        insert=insert,
        data=data,
    )


def _insert_or_text(
    text: bytes, data: Iterator[bytes], max_bytes: int
) -> tuple[bytes, InsertHead | None, Iterator[bytes]]:
    """Take as much of the body as the statement needs: the head of an INSERT with data, all of anything else."""
    taken, size = [text], len(text)
    for piece in data:
        taken.append(piece)
        size += len(piece)
        if size >= MAX_INSERT_HEAD:
            break
    text = b"".join(taken)
    insert = split_insert(text)
    if insert is not None:
        return insert.statement, insert, chain([text[insert.data_at :]], data)
    taken = [text]
    for piece in data:
        taken.append(piece)
        size += len(piece)
        if size > max_bytes:
            raise ClickHouseError(
                "BAD_ARGUMENTS",
                f"The statement is longer than {max_bytes >> 20} MB, the server's --max-body-mb",
                status=413,
            )
    return b"".join(taken), None, iter(())


def _settings(params: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    settings = {}
    for name, value in params.items():
        if name in NOT_SETTINGS or name.startswith("param_"):
            continue
        if not _SETTING_NAME.match(name):
            raise ClickHouseError("UNKNOWN_SETTING", f"{name!r} is neither a setting nor a parameter of this interface")
        settings[name] = value
    return tuple(sorted(settings.items()))


def _parameters(params: Mapping[str, str], form: Mapping[str, bytes]) -> dict[str, str]:
    given = {name: value for name, value in params.items() if name.startswith("param_")}
    try:
        given |= {name: value.decode() for name, value in form.items() if name.startswith("param_")}
    except UnicodeDecodeError as error:
        raise ClickHouseError("BAD_ARGUMENTS", "A query parameter in the form is not valid UTF-8") from error
    return {name.removeprefix("param_"): value for name, value in given.items()}


def _session(params: Mapping[str, str]) -> Session | None:
    if not params.get("session_id"):
        return None
    timeout = params.get("session_timeout", "60")
    if not timeout.isdecimal() or not 0 < int(timeout) <= MAX_SESSION_SECONDS:
        raise ClickHouseError("BAD_ARGUMENTS", f"session_timeout must be between 1 and {MAX_SESSION_SECONDS} seconds")
    return Session(params["session_id"], int(timeout), params.get("session_check") == "1")
