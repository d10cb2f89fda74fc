"""Plots are SVG that says what was drawn."""

import re
from pathlib import Path
from xml.etree import ElementTree

from benchmarks.plots import bars, lines

SVG = "{http://www.w3.org/2000/svg}"


def drawn(file: Path) -> ElementTree.Element:
    return ElementTree.parse(file).getroot()  # noqa: S314 - ours


def texts(file: Path) -> list[str]:
    return [element.text or "" for element in drawn(file).iter(f"{SVG}text")]


def points(file: Path, name: str) -> list[float]:
    """How far from the top each point of a line stands."""
    [line] = drawn(file).findall(f".//{SVG}g[@id='{name}']")
    return [float(point.get("y", "nan")) for point in line.iter(f"{SVG}use")]


def length(file: Path, name: str) -> float:
    [bar] = drawn(file).findall(f".//{SVG}g[@id='{name}']/{SVG}path")
    xs = [float(x) for x in re.findall(r"[ML] (\S+)", bar.get("d", ""))]
    return max(xs) - min(xs)


def test_lines_have_a_point_for_each_value_and_a_name_each(tmp_path: Path) -> None:
    file = tmp_path / "lines.svg"
    lines(file, "p50 <ms>", {"ours": [(5000, 45.5), (100, 20)], "theirs & more": [(100, 0)]})
    assert {"p50 <ms>", "ours", "theirs & more", "100", "1,000"} <= set(texts(file))
    few, many = points(file, "ours")
    [none] = points(file, "theirs & more")
    assert many < few < none, "more is higher"


def test_bars_are_as_long_as_their_values(tmp_path: Path) -> None:
    file = tmp_path / "bars.svg"
    bars(file, "rows/s", {"slow": 1000, "fast": 4000})
    assert abs(length(file, "fast") - 4 * length(file, "slow")) < 0.001
    assert {"rows/s", "fast", "4,000", "slow", "1,000"} == set(texts(file))


def test_the_same_values_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.svg", "two.svg"):
        lines(tmp_path / name, "p50", {"ours": [(100, 20), (5000, 45.5)]})
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_nothing_to_draw_is_no_file(tmp_path: Path) -> None:
    lines(tmp_path / "none.svg", "nothing", {})
    bars(tmp_path / "none.svg", "nothing", {})
    assert not (tmp_path / "none.svg").exists()
