"""Definitions that a full disk has emptied: the server starts, and nothing that was there is lost."""

from pathlib import Path

import pytest

from tests.contract.clickhouse_server.conftest import Server
from tests.machine import full_disk, own_disk


@pytest.fixture
def filled(own_server: Server) -> Server:
    """Two tables with a row each, one made anew by a refresh, and a view; running."""
    own_server.start()
    for statement in (
        "CREATE TABLE wms.kept (a Int32) ENGINE = MergeTree ORDER BY a",
        "INSERT INTO wms.kept SELECT 7",
        "CREATE VIEW wms.seen AS SELECT a + 1 AS b FROM wms.kept",
        "CREATE TABLE wms.counted (b Int32) ENGINE = MergeTree ORDER BY b",
        "CREATE MATERIALIZED VIEW wms.counted_mv REFRESH AFTER 1 HOUR TO wms.counted AS SELECT a AS b FROM wms.kept",
        "SYSTEM WAIT VIEW wms.counted_mv",
        "SYSTEM REFRESH VIEW wms.counted_mv",
        "SYSTEM WAIT VIEW wms.counted_mv",
    ):
        answer = own_server.post(statement)
        assert answer.status_code == 200, answer.text
    return own_server


def definition(server: Server, table: str) -> Path:
    (file,) = server.data_dir.glob(f"store/*/*/{table}.sql")
    return file


def test_a_table_keeps_its_rows(filled: Server) -> None:
    filled.stop()
    for table in ("kept", "seen"):
        definition(filled, table).write_bytes(b"")

    filled.start()

    assert filled.post("SELECT b FROM wms.seen").text == "8\n"
    assert "definition is put back" in filled.log


def test_what_an_alter_has_changed_is_in_the_copy(filled: Server) -> None:
    filled.post("ALTER TABLE wms.kept ADD COLUMN c Int32 DEFAULT 3")
    filled.stop()
    definition(filled, "kept").write_bytes(b"")

    filled.start()

    assert filled.post("SELECT a, c FROM wms.kept").text == "7\t3\n"


def test_what_a_refresh_replaces_is_filled_by_the_next(filled: Server) -> None:
    filled.post("SYSTEM REFRESH VIEW wms.counted_mv")
    filled.post("SYSTEM WAIT VIEW wms.counted_mv")
    filled.stop()
    definition(filled, "counted").write_bytes(b"")

    filled.start()
    filled.post("SYSTEM REFRESH VIEW wms.counted_mv")
    filled.post("SYSTEM WAIT VIEW wms.counted_mv")

    assert filled.post("SELECT b FROM wms.counted").text == "7\n"


def test_a_table_that_never_was_whole_goes(filled: Server) -> None:
    filled.stop()
    definition(filled, "kept").with_name("half.sql").write_bytes(b"")

    filled.start()

    assert filled.post("EXISTS TABLE wms.half").text == "0\n"
    assert filled.post("SELECT a FROM wms.kept").text == "7\n"


def test_a_dropped_table_does_not_come_back(filled: Server) -> None:
    filled.post("DROP TABLE wms.seen")
    filled.stop()

    filled.start()

    assert filled.post("EXISTS TABLE wms.seen").text == "0\n"


def test_a_copy_that_cannot_be_put_back_is_named(filled: Server) -> None:
    filled.stop()
    file = definition(filled, "kept")
    file.write_bytes(b"")
    # In the way of writing, as a full disk is.
    copy = filled.data_dir / "definitions" / file.relative_to(filled.data_dir)
    copy.with_suffix(".tmp").mkdir()

    ended = filled.run()

    assert ended.returncode == 1
    assert f"{file} is empty and can't be put back" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_disk_that_was_really_full(own_server: Server) -> None:
    with own_disk(own_server.data_dir, 300) as mounted:
        if not mounted:
            pytest.skip("mounting a file system takes root, and the right to")
        own_server.start()
        own_server.post("CREATE TABLE wms.kept (a Int32) ENGINE = MergeTree ORDER BY a")
        own_server.post("INSERT INTO wms.kept SELECT 7")
        with full_disk(own_server.data_dir):
            own_server.post("ALTER TABLE wms.kept ADD COLUMN c Int32 DEFAULT 3")
            empty = definition(own_server, "kept").stat().st_size == 0
            assert empty, "the engine has learned better: no copies are needed"
        own_server.stop()

        own_server.start()

        assert own_server.post("SELECT a FROM wms.kept").text == "7\n"
        own_server.stop()
