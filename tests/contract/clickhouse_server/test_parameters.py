"""Query parameters, bound by the server and by the client, and settings of a query."""

import datetime as dt

import httpx
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError


def test_server_side_binding_of_every_kind(admin):
    row = admin.query(
        "SELECT {x:String}, {y:Array(UInt8)}, {z:Nullable(Int32)}, {d:DateTime}, {i:Identifier} FROM (SELECT 9 AS c)",
        parameters={"x": "a\t\\'b\nü", "y": [1, 2], "z": None, "d": dt.datetime(2024, 1, 1), "i": "c"},
    ).result_rows[0]
    assert row == ("a\t\\'b\nü", [1, 2], None, dt.datetime(2024, 1, 1), 9)


def test_client_side_binding(admin):
    assert admin.query("SELECT %(x)s, %(y)s", parameters={"x": "a'b", "y": 3}).result_rows == [("a'b", 3)]


def test_parameters_too_long_for_a_url_come_as_a_form(admin):
    numbers = list(range(20000))
    total = admin.query("SELECT arraySum({x:Array(UInt64)})", parameters={"x": numbers}).result_rows
    assert total == [(sum(numbers),)]


def test_multipart_form_with_query_and_parameters(server):
    answer = httpx.post(
        server.url,
        files={
            "query": (None, "SELECT {a:String} || {b:String}"),
            "param_a": (None, "--x\\n--"),
            "param_b": (None, "y"),
        },
        headers={"X-ClickHouse-User": "admin", "X-ClickHouse-Key": "admin-password"},
    )
    assert answer.text == "--x\\n--y\n"


def test_insert_binds_parameters_and_forgets_them(server, table):
    name = table("a String")
    insert = f"INSERT INTO {name} SETTINGS input_format_values_interpret_expressions = 1 VALUES ({{v:String}})"
    assert server.post(insert, param_v="bound").status_code == 200
    assert server.post(f"SELECT a FROM {name}").text == "bound\n"
    assert server.post("SELECT {v:String}").headers["X-ClickHouse-Exception-Code"] == "456"


def test_settings_hold_for_their_query_only(admin):
    limited = admin.query("SELECT getSetting('max_threads')", settings={"max_threads": 1})
    assert limited.result_rows == [(1,)]
    assert admin.query("SELECT getSetting('max_block_size')").result_rows == [(65409,)]


def test_unknown_setting_is_refused(server):
    answer = server.post("SELECT 1", no_such_setting="1")
    assert answer.headers["X-ClickHouse-Exception-Code"] == "115"


def test_database_parameter(server):
    assert server.post("SELECT currentDatabase()", database="system").text == "system\n"
    assert server.post("SELECT 1", database="nowhere").headers["X-ClickHouse-Exception-Code"] == "81"


def test_missing_parameter_is_the_engines_error(admin):
    with pytest.raises(DatabaseError, match="456"):
        admin.query("SELECT {x:Int32}")
