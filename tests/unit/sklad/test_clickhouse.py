"""The order in which a product's views are made."""

import re
from pathlib import Path

import pytest

from sklad.clickhouse import views_in_order
from sklad.settings import ROOT


def test_a_view_comes_after_those_that_it_reads(tmp_path: Path) -> None:
    (tmp_path / "a_v.sql").write_text("-- Like z_v.\nCREATE OR REPLACE VIEW a_v AS SELECT '-- none --' AS x FROM c_v;")
    (tmp_path / "b_v.sql").write_text("CREATE OR REPLACE VIEW b_v AS SELECT 1 AS a_v_too;")
    (tmp_path / "c_v.sql").write_text("CREATE OR REPLACE VIEW c_v AS SELECT 1;")
    (tmp_path / "z_v.sql").write_text("CREATE OR REPLACE VIEW z_v AS SELECT * FROM (SELECT * FROM a_v);")

    order = [file.stem for file in views_in_order(tmp_path)]

    assert sorted(order) == ["a_v", "b_v", "c_v", "z_v"]
    assert order.index("c_v") < order.index("a_v") < order.index("z_v")


@pytest.mark.parametrize("product", ["stock", "web"])
def test_each_file_is_named_like_its_view(product: str) -> None:
    for file in (ROOT / "clickhouse" / product / "views").glob("*.sql"):
        assert re.findall(r"^CREATE OR REPLACE VIEW (\w+)", file.read_text(), re.MULTILINE) == [file.stem]
