"""The environment of the configuration files."""

import pytest

from sklad.clickhouse_server.configuration import check_environment
from sklad.clickhouse_server.errors import ClickHouseServerError


@pytest.fixture
def files(tmp_path):
    config, users = tmp_path / "config.xml", tmp_path / "users.xml"
    (tmp_path / "config.d").mkdir()
    config.write_text("<clickhouse/>")
    (tmp_path / "config.d" / "a.xml").write_text('<clickhouse><a from_env="SKLAD_TEST_A"/></clickhouse>')
    users.write_text('<clickhouse><b from_env="CLICKHOUSE_MEMORY_BYTES"/></clickhouse>')
    return config, users


def test_all_missing_variables_are_named_with_their_files(files, monkeypatch):
    monkeypatch.setenv("SKLAD_TEST_A", "")
    monkeypatch.delenv("CLICKHOUSE_MEMORY_BYTES", raising=False)
    with pytest.raises(
        ClickHouseServerError, match=r"SKLAD_TEST_A, for .*a\.xml\n.*CLICKHOUSE_MEMORY_BYTES, for .*users"
    ):
        check_environment(*files)


def test_a_complete_environment_passes(files, monkeypatch):
    monkeypatch.setenv("SKLAD_TEST_A", "x")
    monkeypatch.setenv("CLICKHOUSE_MEMORY_BYTES", "1")
    check_environment(*files)


def test_an_unreadable_file_is_named(files, tmp_path):
    with pytest.raises(ClickHouseServerError, match="nowhere"):
        check_environment(tmp_path / "nowhere.xml", files[1])
