"""Copies of tables' definitions, taken while other threads make and drop tables."""

import os
import shutil
from pathlib import Path

import pytest

from sklad.clickhouse_server.definitions import Definitions


def test_a_folder_that_goes_while_it_is_listed_hides_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a/dropped", "b/stays"):
        folder = tmp_path / "store" / name
        folder.mkdir(parents=True)
        (folder / "table.sql").write_text("ATTACH TABLE …")
    scandir = os.scandir

    def drop_then_scan(path: str) -> object:
        if str(path).endswith("dropped"):
            shutil.rmtree(tmp_path / "store" / "a", ignore_errors=True)
        return scandir(path)

    monkeypatch.setattr("os.scandir", drop_then_scan)
    definitions = Definitions(tmp_path)
    definitions.keep()

    copies = sorted(copy.relative_to(tmp_path) for copy in (tmp_path / "definitions").rglob("*.sql"))
    assert copies == [Path("definitions/store/b/stays/table.sql")]
    assert not (tmp_path / "store" / "a").exists()
