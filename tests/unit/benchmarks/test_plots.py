"""Plots are SVG that says what was drawn."""

from pathlib import Path
from xml.etree import ElementTree

from benchmarks.plots import bars, lines

SVG = "{http://www.w3.org/2000/svg}"


def texts(file: Path) -> list[str]:
    return [element.text or "" for element in ElementTree.parse(file).getroot().iter(f"{SVG}text")]  # noqa: S314 - ours


def test_lines_have_a_point_for_each_value_and_a_name_each(tmp_path: Path) -> None:
    file = tmp_path / "lines.svg"
    lines(file, "p50 <ms>", {"ours": [(100, 20), (5000, 45.5)], "theirs & more": [(100, 0)]})
    root = ElementTree.parse(file).getroot()  # noqa: S314 - ours
    assert len(list(root.iter(f"{SVG}circle"))) == 3
    assert {"p50 <ms>", "ours", "theirs & more", "100", "10,000"} <= set(texts(file))
    heights = [float(point.get("cy", "0")) for point in root.iter(f"{SVG}circle")]
    assert heights[1] < heights[0] < heights[2], "more is higher"


def test_bars_are_as_long_as_their_values(tmp_path: Path) -> None:
    file = tmp_path / "bars.svg"
    bars(file, "rows/s", {"slow": 1000, "fast": 4000})
    root = ElementTree.parse(file).getroot()  # noqa: S314 - ours
    _, fast, slow = (float(bar.get("width", "0")) for bar in root.iter(f"{SVG}rect"))
    assert fast == 4 * slow
    assert texts(file) == ["rows/s", "fast", "4,000", "slow", "1,000"]


def test_nothing_to_draw_is_no_file(tmp_path: Path) -> None:
    lines(tmp_path / "none.svg", "nothing", {})
    bars(tmp_path / "none.svg", "nothing", {})
    assert not (tmp_path / "none.svg").exists()
