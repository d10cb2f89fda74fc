"""Sessions: what a request leaves for the next one, for how long, and for whom."""

import threading
import time

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError


def test_temporary_tables_live_in_their_session(server):
    client, other = server.client(), server.client()
    client.command("CREATE TEMPORARY TABLE tmp (a Int32)")
    client.insert("tmp", [[1], [2]], column_names=["a"], column_type_names=["Int32"])
    assert client.command("SELECT sum(a) FROM tmp") == 3
    with pytest.raises(DatabaseError, match="60"):
        other.command("SELECT sum(a) FROM tmp")


def test_set_and_use_last(server):
    client = server.client()
    client.command("SET max_block_size = 1234")
    client.command("USE system")
    assert client.query("SELECT getSetting('max_block_size'), currentDatabase()").result_rows == [(1234, "system")]


def test_a_sessions_connection_survives_errors_and_long_reads(server):
    client = server.client()
    client.command("CREATE TEMPORARY TABLE kept AS SELECT 7 AS a")
    with pytest.raises(DatabaseError):
        client.query("SELECT throwIf(number = 150000) FROM numbers(200000)")
    assert len(client.query("SELECT number FROM numbers(300000)").result_rows) == 300000
    assert client.command("SELECT a FROM kept") == 7


def test_nothing_of_a_failed_answer_gets_into_the_next(server):
    server.post("SET max_block_size = 65409", session_id="clean")
    for form in ("JSONEachRow", "JSON", "TabSeparated") * 15:
        failing = f"SELECT throwIf(number = 150000) FROM numbers(200000) FORMAT {form}"
        assert "395" in server.post(failing, session_id="clean", wait_end_of_query="1").text
        assert server.post("SELECT 'clean'", session_id="clean").text == "clean\n"


def test_a_requests_settings_leave_the_session_as_it_was(server):
    def setting(**params):
        return server.post("SELECT getSetting('max_block_size')", session_id="settings", **params).text

    server.post("SET max_block_size = 100", session_id="settings")
    assert [setting(), setting(max_block_size="200"), setting()] == ["100\n", "200\n", "100\n"]


def test_without_a_session_nothing_is_kept(server):
    before = server.post("SELECT getSetting('max_block_size')").text
    assert server.post("SET max_block_size = 77").status_code == 200
    assert {server.post("SELECT getSetting('max_block_size')").text for _ in range(5)} == {before}


def test_a_session_belongs_to_its_user(server):
    server.post("CREATE TEMPORARY TABLE mine AS SELECT 1 AS a", session_id="shared")
    answer = server.post("SELECT * FROM mine", user="etl", session_id="shared")
    assert answer.headers["X-ClickHouse-Exception-Code"] == "60"


def test_session_check_wants_an_existing_session(server):
    missing = server.post("SELECT 1", session_id="never", session_check="1")
    assert (missing.status_code, missing.headers["X-ClickHouse-Exception-Code"]) == (404, "372")


def test_a_session_expires(server):
    server.post("CREATE TEMPORARY TABLE brief AS SELECT 1 AS a", session_id="brief", session_timeout="1")
    assert server.post("SELECT a FROM brief", session_id="brief", session_timeout="1").text == "1\n"
    time.sleep(1.2)
    assert server.post("SELECT a FROM brief", session_id="brief").headers["X-ClickHouse-Exception-Code"] == "60"


def test_a_busy_session_is_locked(server):
    slow = threading.Thread(target=server.post, args=("SELECT sleep(1)",), kwargs={"session_id": "busy"})
    slow.start()
    time.sleep(0.4)
    locked = server.post("SELECT 1", session_id="busy")
    slow.join()
    assert locked.headers["X-ClickHouse-Exception-Code"] == "373"
    assert server.post("SELECT 1", session_id="busy").text == "1\n"


@pytest.mark.parametrize("timeout", ["0", "-1", "x", "999999"])
def test_bad_timeouts_are_refused(server, timeout):
    assert server.post("SELECT 1", session_id="s", session_timeout=timeout).status_code == 400
