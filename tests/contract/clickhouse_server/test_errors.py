"""Errors: codes and statuses that clients rely on, errors behind data, malformed requests, bodies beyond the limit."""

import gzip
import http.client
import socket

import httpx
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

WHO = {"X-ClickHouse-User": "admin", "X-ClickHouse-Key": "admin-password"}


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("SELEC 1", 400, "62"),
        ("", 400, "62"),
        ("SELECT 1; SELECT 2", 400, "62"),
        ("SELECT * FROM nope", 404, "60"),
        ("SELECT * FROM nowhere.nope", 404, "81"),
        ("SELECT nope", 404, "47"),
        ("SELECT nope(1)", 404, "46"),
        ("SELECT throwIf(1)", 500, "395"),
        ("SELECT 1 FORMAT Nope", 404, "73"),
        ("SELECT sleep(1) SETTINGS max_execution_time = 0.2", 408, "159"),
        ("SELECT 1 INTO OUTFILE 'x'", 501, "344"),
        ("INSERT INTO wms.x FROM INFILE '/etc/hostname' FORMAT CSV", 501, "344"),
    ],
)
def test_code_and_status(server, query, status, code):
    answer = server.post(query)
    assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (status, code)
    assert answer.text.startswith(f"Code: {code}. DB::Exception: ")


def test_an_error_that_quotes_bytes_which_are_no_text_keeps_its_code(server):
    """The engine's binding can't make a message of such bytes: it raises UnicodeDecodeError in the error's place."""
    answer = server.post(b"SELECT toInt32('\x83')")
    assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (400, "6")
    assert "Cannot parse string '\\x83' as Int32" in answer.text


def test_client_raises_the_servers_message(admin):
    with pytest.raises(DatabaseError, match="Unknown table expression identifier 'nope'"):
        admin.query("SELECT * FROM nope")


def test_an_error_behind_data_is_raised_by_the_client(admin):
    with pytest.raises(DatabaseError, match="395"):
        admin.query("SELECT throwIf(number = 5000000) FROM numbers(6000000)")
    assert admin.command("SELECT 1") == 1


def test_an_answer_with_an_error_behind_data_is_cut_so_that_nobody_takes_it_for_whole(server):
    query = "SELECT number, throwIf(number = 5000000) FROM numbers(6000000)"
    with httpx.stream("POST", server.url, content=query, headers=WHO) as answer:
        tag = answer.headers["X-ClickHouse-Exception-Tag"]
        received = b""
        with pytest.raises(httpx.RemoteProtocolError):
            for chunk in answer.iter_raw():
                received = received[-5000:] + chunk
    assert f"__exception__\r\n{tag}\r\nCode: 395".encode() in received


def raw(server, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
        return answer


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"NONSENSE\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nxx\r\n0\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_broken_http_is_answered_with_400(server, request_bytes):
    assert b" 400 " in raw(server, request_bytes).split(b"\r\n")[0]
    assert httpx.get(f"{server.url}/ping").text == "Ok.\n"


def test_a_request_that_ends_early_leaves_the_server_well(server):
    raw(server, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nINSERT INTO wms.x FORMAT CSV\n1,2")
    assert server.post("SELECT 1").text == "1\n"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"headers": {"Authorization": "Basic !!!"}}, 400),
        ({"headers": {"Authorization": "Basic /w=="}}, 400),
        ({"headers": WHO | {"Content-Type": "multipart/form-data"}, "content": b"x"}, 400),
        ({"headers": WHO | {"Content-Type": "multipart/form-data; boundary=b"}, "content": b"--b\r\n\r\nx"}, 400),
        ({"headers": WHO | {"Content-Type": "multipart/form-data; boundary=b"}, "content": b"--b\r\nq\r\n--b--"}, 400),
        ({"headers": WHO | {"Content-Encoding": "gzip"}, "content": b"not gzip"}, 400),
        ({"headers": WHO, "content": b"SELECT '\xff', `\\x`"}, 400),
        ({"headers": WHO, "content": b"SELECT 1", "params": {"a b": "1"}}, 404),
        ({"headers": WHO, "content": b"SELECT 1", "params": {"role": "administrator"}}, 501),
        ({"headers": WHO, "content": b"SELECT '"}, 400),
        ({"headers": WHO, "content": b"(" * 5000}, 400),
    ],
)
def test_malformed_requests_are_refused(server, change, status):
    answer = httpx.post(server.url, timeout=30, **change)
    assert answer.status_code == status, answer.text
    assert server.post("SELECT 1").text == "1\n"


def test_other_paths_and_methods(server):
    assert httpx.post(f"{server.url}/nowhere", content="SELECT 1", headers=WHO).status_code == 404
    assert httpx.delete(server.url, headers=WHO).status_code == 405


def test_a_body_beyond_the_limit_is_refused_with_413(server, table):
    name = table("s String")
    answer = server.post(f"INSERT INTO {name} FORMAT CSV\n".encode() + b"x" * (9 << 20))
    assert answer.status_code == 413
    assert "--max-body-mb" in answer.text
    assert server.post(f"SELECT count() FROM {name}").text == "0\n"


def test_a_chunked_body_beyond_the_limit_is_refused_too(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("POST", "/", body=iter([b"SELECT 1 -- "] + [b"x" * 65536] * 200), headers=WHO)
    assert connection.getresponse().status == 413


def test_a_statement_that_unpacks_beyond_the_limit_is_refused(server):
    body = gzip.compress(b"SELECT 1 --" + b" " * (64 << 20))
    answer = httpx.post(server.url, content=body, headers=WHO | {"Content-Encoding": "gzip"}, timeout=30)
    assert answer.status_code == 413
