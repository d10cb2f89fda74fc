"""Forms: fields in, errors named."""

import pytest

from sklad.clickhouse_server.errors import ClickHouseError
from sklad.clickhouse_server.multipart import fields

TYPE = 'multipart/form-data; boundary="b-1"'


def part(name, value, more=""):
    return f'--b-1\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + value + b"\r\n"


def test_values_come_as_they_are():
    body = part("query", b"SELECT\r\n1 --b-1") + part("param_a", b"\x00\xff") + part("empty", b"") + b"--b-1--\r\n"
    assert fields(TYPE, body) == {"query": b"SELECT\r\n1 --b-1", "param_a": b"\x00\xff", "empty": b""}


@pytest.mark.parametrize(
    ("content_type", "body", "message"),
    [
        ("multipart/form-data", b"", "no boundary"),
        (TYPE, part("query", b"SELECT 1"), "cut off"),
        (TYPE, b"--b-1\r\nContent-Type: x\r\n\r\n1\r\n--b-1--", "no name"),
        (TYPE, b"--b-1\r\n\r\n--b-1--", "no name"),
        (TYPE, part("t", b"1", '; filename="t"') + b"--b-1--", "External tables"),
    ],
)
def test_malformed(content_type, body, message):
    with pytest.raises(ClickHouseError, match=message):
        fields(content_type, body)
