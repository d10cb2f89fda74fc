"""Two kinds of plot as SVG: lines over a logarithmic grid, and bars."""

from collections.abc import Mapping, Sequence
from math import ceil, floor, log10
from pathlib import Path
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 760, 420
LEFT, TOP, RIGHT, BOTTOM = 70, 44, 250, 46
COLOURS = ("#1f6feb", "#8250df", "#cf222e", "#bf8700", "#1a7f37", "#57606a", "#0a7ea4")

Points = Sequence[tuple[float, float]]


def lines(file: Path, title: str, series: Mapping[str, Points]) -> None:
    """One line a series, both axes logarithmic. Nothing to draw: no file."""
    xs = [x for points in series.values() for x, _ in points]
    ys = [max(y, 0.1) for points in series.values() for _, y in points]
    if not xs:
        return
    across, up = _Scale(xs, LEFT, WIDTH - RIGHT), _Scale(ys, HEIGHT - BOTTOM, TOP)
    parts = [_text(LEFT, 22, title, size=15)]
    for value in across.ticks:
        parts += [_line(across(value), TOP, across(value), HEIGHT - BOTTOM)]
        parts += [_text(across(value), HEIGHT - BOTTOM + 18, f"{value:,g}", anchor="middle")]
    for value in up.ticks:
        parts += [_line(LEFT, up(value), WIDTH - RIGHT, up(value))]
        parts += [_text(LEFT - 6, up(value) + 4, f"{value:,g}", anchor="end")]
    for number, (name, points) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        places = [(across(x), up(max(y, 0.1))) for x, y in sorted(points)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
        parts.append(_text(WIDTH - RIGHT + 16, TOP + 14 + 20 * number, name, colour=colour))
    _write(file, parts, HEIGHT)


def bars(file: Path, title: str, values: Mapping[str, float]) -> None:
    """One bar a name, the longest first. Nothing to draw: no file."""
    if not values:
        return
    most = max(values.values())
    parts = [_text(16, 22, title, size=15)]
    for number, (name, value) in enumerate(sorted(values.items(), key=lambda item: -item[1])):
        y = TOP + 30 * number
        length = (WIDTH - RIGHT - 120) * value / most
        parts.append(_text(236, y + 14, name, anchor="end"))
        parts.append(f'<rect x="244" y="{y}" width="{length:.1f}" height="20" fill="{COLOURS[0]}"/>')
        parts.append(_text(252 + length, y + 14, f"{value:,.0f}"))
    _write(file, parts, TOP + 30 * len(values) + 16)


class _Scale:
    """From values to places, by their logarithms."""

    def __init__(self, values: Sequence[float], first: float, last: float) -> None:
        self._low = floor(log10(min(values)))
        self._high = max(ceil(log10(max(values))), self._low + 1)
        self._first, self._last = first, last

    def __call__(self, value: float) -> float:
        return self._first + (self._last - self._first) * (log10(value) - self._low) / (self._high - self._low)

    @property
    def ticks(self) -> list[float]:
        return [10.0**power for power in range(self._low, self._high + 1)]


def _text(x: float, y: float, text: str, *, anchor: str = "start", size: int = 12, colour: str = "#24292f") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}">{escape(text)}</text>'
    )


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#d0d7de"/>'


def _write(file: Path, parts: Sequence[str], height: float) -> None:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" font-family="sans-serif">'
        f'<rect width="{WIDTH}" height="{height:.0f}" fill="#ffffff"/>'
    )
    file.write_text("\n".join([head, *parts, "</svg>"]) + "\n")
