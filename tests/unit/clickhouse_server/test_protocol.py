"""Requests read into queries, without an engine."""

import base64
import gzip

import pytest

from sklad.clickhouse_server.errors import ClickHouseError
from sklad.clickhouse_server.protocol import Request, Session, credentials, read

LIMIT = 4 << 20


def ask(body=b"", headers=None, method="POST", **params):
    return read(Request(method, params, headers or {}, body), LIMIT)


def basic(text):
    return {"authorization": "Basic " + base64.b64encode(text).decode()}


@pytest.mark.parametrize(
    ("headers", "params", "expected"),
    [
        ({"x-clickhouse-user": "u", "x-clickhouse-key": "p"}, {"user": "other"}, ("u", "p")),
        (basic(b"u:p:with:colons"), {}, ("u", "p:with:colons")),
        ({"authorization": "basic " + base64.b64encode(b"u:p").decode()}, {}, ("u", "p")),
        ({}, {"user": "u", "password": "p"}, ("u", "p")),
        ({}, {}, ("default", "")),
    ],
)
def test_credentials(headers, params, expected):
    assert credentials(Request("POST", params, headers)) == expected


@pytest.mark.parametrize(
    "headers", [{"authorization": "Basic ???"}, basic(b"\xff:\xff"), basic(b"no-colon"), basic(b"")]
)
def test_unreadable_credentials(headers):
    with pytest.raises(ClickHouseError, match="Authorization header"):
        credentials(Request("POST", {}, headers))


def test_url_and_body_make_one_statement():
    assert ask(b"+ 1", query="SELECT 1").text == b"SELECT 1\n+ 1"


def test_parameters_and_settings_are_told_apart():
    query = ask(b"SELECT 1", max_threads="2", param_x="1", param_y="", query_id="q", default_format="CSV", database="d")
    assert query.settings == (("max_threads", "2"),)
    assert query.parameters == {"x": "1", "y": ""}
    assert (query.format, query.database) == ("CSV", "d")


def test_headers_name_format_and_database():
    query = ask(b"SELECT 1", {"x-clickhouse-format": "JSON", "x-clickhouse-database": "d"})
    assert (query.format, query.database) == ("JSON", "d")


def test_session():
    assert ask(b"SELECT 1", session_id="s", session_timeout="5", session_check="1").session == Session("s", 5, True)
    assert ask(b"SELECT 1").session is None


def test_insert_keeps_its_data_apart_and_in_pieces():
    data = b"1\n" * (3 << 20)
    query = ask(b"INSERT INTO t FORMAT CSV\n" + data)
    pieces = list(query.data)
    assert query.text == b"INSERT INTO t "
    assert b"".join(pieces) == data
    assert max(map(len, pieces)) <= 2 << 20


def test_insert_data_may_be_beyond_the_limit_of_statements_when_unpacked():
    data = b"INSERT INTO t FORMAT CSV\n" + b"0" * (8 << 20)
    query = ask(gzip.compress(data), {"content-encoding": "gzip"})
    assert sum(map(len, query.data)) == 8 << 20


def test_a_statement_beyond_the_limit_is_413():
    with pytest.raises(ClickHouseError, match="longer than 4 MB") as refused:
        ask(gzip.compress(b"SELECT 1 --" + b" " * (8 << 20)), {"content-encoding": "gzip"})
    assert refused.value.status == 413


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"query": "  "}, 62),
        ({"query": "SELECT 1", "a b": "1"}, 115),
        ({"query": "SELECT 1", "a=1; SET b": "1"}, 115),
        ({"query": "SELECT 1", "role": "r"}, 48),
        ({"query": "SELECT 1", "session_id": "s", "session_timeout": "soon"}, 36),
    ],
)
def test_malformed(params, code):
    with pytest.raises(ClickHouseError) as refused:
        ask(**params)
    assert refused.value.code == code
