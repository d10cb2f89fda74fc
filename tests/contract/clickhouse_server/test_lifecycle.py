"""Starting, stopping, being killed, and what the server says when it can't start."""

import signal
import threading
import time

import httpx
import pytest


def test_a_taken_port_is_named(server, own_server):
    own_server.port = server.port
    ended = own_server.run()
    assert ended.returncode != 0
    assert f"Can't listen on 127.0.0.1:{server.port}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_data_directory_in_use_is_named(server, own_server):
    own_server.data_dir = server.data_dir
    ended = own_server.run()
    assert ended.returncode != 0
    assert f"can't open {server.data_dir}" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert server.post("SELECT 1").text == "1\n"


@pytest.mark.parametrize("variable", ["CLICKHOUSE_BI_PASSWORD", "WMS_ETL_PASSWORD"])
def test_a_missing_variable_is_named(own_server, environment, variable):
    ended = own_server.run({name: value for name, value in environment.items() if name != variable})
    assert ended.returncode != 0
    assert variable in ended.stderr
    assert "Traceback" not in ended.stderr


def test_sigterm_ends_the_server_cleanly_even_while_queries_run(own_server):
    own_server.start()
    own_server.post("CREATE TABLE wms.kept (a Int32) ENGINE = MergeTree ORDER BY a")
    own_server.post("INSERT INTO wms.kept VALUES (1)")
    slow = "SELECT sum(sleepEachRow(1)) FROM numbers(3000) SETTINGS max_block_size = 1"

    def ask():
        try:
            own_server.post(slow)
        except httpx.TransportError:
            return  # the server has cut the connection

    asking = threading.Thread(target=ask)
    asking.start()
    time.sleep(0.5)
    assert own_server.stop() == 0
    asking.join()
    assert "ClickHouse has stopped" in own_server.log
    assert own_server.start().post("SELECT a FROM wms.kept").text == "1\n"


def test_acknowledged_inserts_survive_kill_9(own_server):
    own_server.start()
    own_server.post("CREATE TABLE wms.survivors (n UInt32) ENGINE = MergeTree ORDER BY n")
    acknowledged: list[int] = []

    def write():
        for n in range(100000):
            try:
                if own_server.post(f"INSERT INTO wms.survivors VALUES ({n})").status_code == 200:
                    acknowledged.append(n)
            except httpx.TransportError:
                return

    writing = threading.Thread(target=write)
    writing.start()
    deadline = time.monotonic() + 30
    while len(acknowledged) < 50:
        assert time.monotonic() < deadline, "fifty inserts took more than 30 s"
        time.sleep(0.01)
    own_server.stop(signal.SIGKILL)
    writing.join()
    own_server.start()
    there = {int(line) for line in own_server.post("SELECT n FROM wms.survivors").text.split()}
    assert set(acknowledged) <= there
