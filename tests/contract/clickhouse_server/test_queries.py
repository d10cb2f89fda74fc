"""Reading: every shape in which clickhouse-connect gives results, formats, and streams."""

import datetime as dt
import decimal
import json
import uuid

import httpx
import numpy as np
import pytest

ROW = (
    1,
    "nul\x00'\\\t\nü€",
    dt.datetime(2024, 1, 2, 3, 4, 5, 678000),
    decimal.Decimal("12.3456"),
    None,
    "x",
    ["a", "b"],
    uuid.UUID("12345678-1234-5678-1234-567812345678"),
    {"k": 1},
    True,
    dt.date(2024, 1, 1),
)
COLUMNS = (
    "id UInt64, s String, d DateTime64(3), q Decimal(18, 4), n Nullable(Int32), lc LowCardinality(String), "
    "a Array(String), u UUID, m Map(String, Int32), b Bool, day Date"
)


def test_every_type_comes_back_as_it_was_written(admin, table):
    name = table(COLUMNS, "id")
    admin.insert(name, [ROW])
    assert admin.query(f"SELECT * FROM {name}").result_rows == [ROW]


def test_server_greets_and_answers_ping(server):
    for path in ("/", "/ping", "/replicas_status"):
        answer = httpx.get(server.url + path)
        assert (answer.status_code, answer.text) == (200, "Ok.\n")


def test_client_learns_version_and_time_zone(admin):
    assert admin.server_version.startswith("26.9")
    assert str(admin.server_tz) == "UTC"


def test_command_returns_a_single_value(admin):
    assert admin.command("SELECT 40 + 2") == 42


def test_default_database_is_wms_for_everyone(admin, etl, bi):
    assert {client.command("SELECT currentDatabase()") for client in (admin, etl, bi)} == {"wms"}


def test_columns_without_rows(admin):
    assert admin.query("SELECT 1 AS a, 'x' AS b LIMIT 0").column_names == ("a", "b")


def test_columns_oriented_result(admin):
    assert admin.query("SELECT number FROM numbers(3)", column_oriented=True).result_columns == [[0, 1, 2]]


def test_numpy(admin):
    assert np.array_equal(admin.query_np("SELECT number FROM numbers(3)").ravel(), np.array([0, 1, 2], dtype=np.uint64))


def test_pandas(admin):
    frame = admin.query_df("SELECT number AS a, toString(number) AS s FROM numbers(5)")
    assert frame["a"].sum() == 10
    assert list(frame["s"]) == ["0", "1", "2", "3", "4"]


def test_arrow(admin):
    arrow = admin.query_arrow("SELECT number AS a, 'é' AS s FROM numbers(4)")
    assert arrow.num_rows == 4
    assert arrow["s"][3].as_py() == "é"


def test_long_results_are_streamed_whole(admin):
    with admin.query_row_block_stream("SELECT number, toString(number) FROM numbers(700000)") as stream:
        assert sum(len(block) for block in stream) == 700000
    with admin.query_df_stream("SELECT number FROM numbers(300000)") as stream:
        assert sum(len(frame) for frame in stream) == 300000
    with admin.query_arrow_stream("SELECT number FROM numbers(300000)") as stream:
        assert sum(batch.num_rows for batch in stream) == 300000


def test_a_stream_left_early_frees_its_connection(admin):
    with admin.query_row_block_stream("SELECT number FROM numbers(100000000)") as stream:
        next(iter(stream))
    assert admin.command("SELECT 1") == 1


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("TabSeparated", "1\tx\n"),
        ("CSV", '1,"x"\n'),
        ("JSONEachRow", '{"a":1,"b":"x"}\n'),
        ("JSONCompactEachRow", '[1, "x"]\n'),
        ("Values", "(1,'x')"),
        ("TabSeparatedWithNamesAndTypes", "a\tb\nUInt8\tString\n1\tx\n"),
    ],
)
def test_formats(server, form, expected):
    for answer in (
        server.post(f"SELECT 1 AS a, 'x' AS b FORMAT {form}"),
        server.post("SELECT 1 AS a, 'x' AS b", default_format=form),
    ):
        assert answer.text == expected
        assert answer.headers["X-ClickHouse-Format"] == form


def test_format_with_an_ending_is_whole_even_when_long(server):
    answer = server.post("SELECT number FROM numbers(300000) FORMAT JSON")
    assert json.loads(answer.text)["rows"] == 300000


def test_headers_describe_the_answer(server):
    answer = server.post("SELECT number FROM numbers(7)", query_id="my-query", wait_end_of_query="1")
    assert answer.headers["X-ClickHouse-Query-Id"] == "my-query"
    assert answer.headers["X-ClickHouse-Timezone"] == "UTC"
    assert json.loads(answer.headers["X-ClickHouse-Summary"])["read_rows"] == "7"


def test_get_reads_and_does_not_write(server):
    ask = {"headers": {"X-ClickHouse-User": "admin", "X-ClickHouse-Key": "admin-password"}}
    assert httpx.get(server.url, params={"query": "SELECT 7"}, **ask).text == "7\n"
    refused = httpx.get(server.url, params={"query": "CREATE TABLE wms.by_get (a Int32) ENGINE = Memory"}, **ask)
    assert refused.headers["X-ClickHouse-Exception-Code"] == "164"


def test_query_in_the_url_and_its_rest_in_the_body(server):
    assert server.post("+ 1", query="SELECT 41").text == "42\n"


def test_comments_and_brackets_before_the_statement(server):
    assert server.post("/* a */ -- b\n ((SELECT 5))").text == "5\n"


def test_exotic_quoting_is_passed_on(server):
    assert server.post("SELECT $a$it's;$a$, ';'").text == "it\\'s;\t;\n"
