"""What access.yaml may say, and how a region's name gets into SQL."""

from pathlib import Path

import pytest

from sklad.errors import SkladError
from sklad.superset.access import RegionRole, read_access


def test_the_projects_file_is_right() -> None:
    access = read_access()

    assert {"Analyst", "Viewer", "Public", "Embedded"} == set(access.roles)


@pytest.mark.parametrize(
    ("name", "literal"),
    [("Север", "'Север'"), ("Остров 'А'", "'Остров ''А'''"), ("a\\b", "'a\\\\b'"), ('🏔 "Юг"', "'🏔 \"Юг\"'")],
)
def test_a_regions_name_is_quoted(name: str, literal: str) -> None:
    assert RegionRole(role="x", regions=[name]).clause() == f'"регион" IN ({literal})'


def test_several_regions_are_one_condition() -> None:
    assert RegionRole(role="x", regions=["А", "Б"]).clause() == "\"регион\" IN ('А', 'Б')"


@pytest.mark.parametrize(
    "content", ["roles: [", "roles: {}\n", "roles: {A: {reads: everything}}\nregions: []\nclosed_to_regions: []\n"]
)
def test_a_broken_file_is_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "access.yaml"
    file.write_text(content, encoding="utf-8")

    with pytest.raises(SkladError, match=r"access\.yaml can't be used"):
        read_access(file)
