"""Connector definitions and states, without a worker."""

from pathlib import Path

import pytest

from sklad.connect import ConnectClient, ConnectorState
from sklad.errors import ServiceError
from sklad.flow_watch import passes


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"name": "a", ', "can't be read as JSON"),
        ('{"name": "a"}', 'must be an object with "name" and "config"'),
        ('{"name": "a", "config": ["b"]}', 'must be an object with "name" and "config"'),
        ('{"name": "a", "config": {"tasks.max": 1}}', "must stand in quotes: tasks.max"),
    ],
)
def test_a_file_that_is_no_connector_is_refused(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "broken.json"
    file.write_text(content)
    with pytest.raises(ServiceError, match=said):
        ConnectClient("http://127.0.0.1:9").apply(file)


def test_a_connector_runs_only_with_its_tasks() -> None:
    assert ConnectorState("c", "RUNNING", ("RUNNING",)).is_running
    assert not ConnectorState("c", "RUNNING", ()).is_running
    assert not ConnectorState("c", "RUNNING", ("RUNNING", "FAILED")).is_running


@pytest.mark.parametrize(
    ("cause", "passing"),
    [
        ("java.io.EOFException", True),
        ("java.net.ConnectException: Connection refused", True),
        ("java.net.SocketTimeoutException: Read timed out", True),
        ("org.postgresql.util.PSQLException: FATAL: the database system is starting up", True),
        ("org.postgresql.util.PSQLException: FATAL: terminating connection due to administrator command", True),
        ("org.postgresql.util.PSQLException: This connection has been closed.", True),
        ('org.postgresql.util.PSQLException: ERROR: replication slot "s" is active for PID 71', True),
        ("org.apache.kafka.common.errors.TimeoutException: Timeout expired while fetching", True),
        ("org.apache.kafka.common.errors.DisconnectException", True),
        ("org.apache.kafka.connect.errors.ConnectException: Failed to read to end of config topic before x", True),
        ("org.apache.kafka.connect.errors.ConnectException: Failed to perform round of zombie fencing", True),
        (
            "org.apache.kafka.connect.errors.ConnectException: Timed out while checking for or creating topic(s) 'a'",
            True,
        ),
        ("org.apache.kafka.connect.errors.ConnectException: Failed to find any class that implements Connector", False),
        ('org.postgresql.util.PSQLException: FATAL: password authentication failed for user "debezium"', False),
        ('org.postgresql.util.PSQLException: ERROR: replication slot "s" does not exist', False),
        ('org.postgresql.util.PSQLException: ERROR: publication "p" does not exist', False),
        ("org.apache.kafka.common.errors.RecordTooLargeException: The message is 2097260 bytes", False),
        ("org.apache.kafka.connect.errors.DataException: unknown field", False),
        ("io.debezium.DebeziumException: the connection's offset is no longer available", False),
    ],
)
def test_only_what_passes_by_itself_is_tried_again(cause: str, passing: bool) -> None:
    trace = (
        f"io.debezium.DebeziumException: Couldn't connect\n\tat a.b(C.java:1)\nCaused by: {cause}\n\tat d.e(F.java:2)"
    )

    assert passes(ConnectorState("c", "RUNNING", ("FAILED",), trace)) == passing
    assert not passes(ConnectorState("c", "RUNNING", ("RUNNING",), trace))
    assert not passes(ConnectorState("c", "RUNNING", ("FAILED",), ""))
