"""Connector definitions and states, without a worker."""

from pathlib import Path

import pytest

from sklad.connect import ConnectClient, ConnectorState
from sklad.errors import ServiceError


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
