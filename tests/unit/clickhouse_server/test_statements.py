"""Reading a statement's text: its first word, its FORMAT, where an INSERT's data begins."""

import pytest

from sklad.clickhouse_server import statements


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (b"SELECT 1", b"SELECT"),
        (b"  \n select 1", b"SELECT"),
        (b"-- a\n/* b\n */ ((with x as (select 1) select x))", b"WITH"),
        (b"#! shebang\nshow tables", b"SHOW"),
        (b"", b""),
        (b"123", b""),
        (b"/* never ends", b""),
    ],
)
def test_first_word(text, word):
    assert statements.first_word(text) == word


@pytest.mark.parametrize(
    ("text", "head", "form", "data"),
    [
        (b"INSERT INTO t VALUES (1)", b"INSERT INTO t ", "Values", b" (1)"),
        (b"insert into t format CSV\n1,2\n", b"insert into t ", "CSV", b"1,2\n"),
        (b"INSERT INTO t FORMAT CSV 1,2", b"INSERT INTO t ", "CSV", b"1,2"),
        (b"INSERT INTO t FORMAT RowBinary\r\n\n\n", b"INSERT INTO t ", "RowBinary", b"\n\n"),
        (
            b"INSERT INTO t (`values`, \"format\", 'x') VALUES(1)",
            b"INSERT INTO t (`values`, \"format\", 'x') ",
            "Values",
            b"(1)",
        ),
        (
            b"INSERT INTO t /* FORMAT TSV */ FORMAT JSONEachRow {}",
            b"INSERT INTO t /* FORMAT TSV */ ",
            "JSONEachRow",
            b"{}",
        ),
        (b"INSERT INTO t SETTINGS a = 1 FORMAT CSV\nSELECT", b"INSERT INTO t SETTINGS a = 1 ", "CSV", b"SELECT"),
        (b"INSERT INTO t (a)", b"INSERT INTO t (a)", "Values", b""),
    ],
)
def test_insert_is_split_from_its_data(text, head, form, data):
    found = statements.split_insert(text)
    assert found is not None
    assert (found.statement, found.format, text[found.data_at :]) == (head, form, data)


@pytest.mark.parametrize(
    "text",
    [
        b"SELECT 1",
        b"INSERT INTO t SELECT 1",
        b"INSERT INTO t WITH 1 AS a SELECT a",
        b"INSERT INTO t FROM INFILE 'x' FORMAT CSV",
        b"WITH 1 AS a INSERT INTO t SELECT a",
    ],
)
def test_no_data_to_split_off(text):
    assert statements.split_insert(text) is None


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (b"SELECT 1 FORMAT JSON", "JSON"),
        (b"SELECT 1\nformat  CSV ;\n", "CSV"),
        (b"SELECT 1 FORMAT Native SETTINGS a = 1", "Native"),
        (b"SELECT format('{}', 1)", None),
        (b"SELECT 1", None),
    ],
)
def test_explicit_format(text, form):
    assert statements.explicit_format(text) == form


@pytest.mark.parametrize(
    "text", [b"SET a = 1", b"use x", b"CREATE TEMPORARY TABLE x (a Int8)", b"/**/ begin transaction"]
)
def test_what_keeps_state(text):
    assert statements.keeps_state(text)


@pytest.mark.parametrize(
    "text", [b"SELECT 1", b"CREATE TABLE settings (a Int8) ENGINE = Memory", b"INSERT INTO t VALUES (1)"]
)
def test_what_does_not(text):
    assert not statements.keeps_state(text)


def test_tokens_come_unquoted_and_strings_with_their_quotes():
    assert statements.tokens(b"SELECT `a b`, 'it\\'s' -- x\n FROM \"t\"") == [
        "SELECT",
        "a b",
        ",",
        "'it\\'s'",
        "FROM",
        "t",
    ]
