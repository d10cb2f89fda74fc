"""Two kinds of plot as SVG: lines over a logarithmic grid, and bars. The same values always give the same bytes."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

mpl.use("svg")
mpl.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "sklad", "font.family": "sans-serif"}

WIDTH, HEIGHT = 9.0, 4.8  # inches
_BAR = 0.4
# A logarithm has no zero.
_LEAST = 0.1

Points = Sequence[tuple[float, float]]


def lines(file: Path, title: str, series: Mapping[str, Points]) -> None:
    """One line a series, both axes logarithmic. Nothing to draw: no file."""
    if not any(series.values()):
        return
    figure, axes = _figure(title, HEIGHT)
    for name, points in series.items():
        xs, ys = zip(*sorted(points), strict=True)
        axes.plot(xs, [max(y, _LEAST) for y in ys], marker="o", markersize=4, label=name, gid=name)
    axes.set(xscale="log", yscale="log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    axes.grid(color="#d0d7de")
    axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1), frameon=False)
    _write(file, figure)


def bars(file: Path, title: str, values: Mapping[str, float]) -> None:
    """One bar a name, the longest first. Nothing to draw: no file."""
    if not values:
        return
    figure, axes = _figure(title, 1 + _BAR * len(values))
    names, lengths = zip(*sorted(values.items(), key=lambda item: item[1]), strict=True)
    drawn = axes.barh(names, lengths)
    axes.bar_label(drawn, fmt="{:,.0f}", padding=4)
    for bar, name in zip(drawn, names, strict=True):
        bar.set_gid(name)
    axes.xaxis.set_visible(False)
    _write(file, figure)


def _figure(title: str, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    axes = figure.subplots()
    axes.set_title(title, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _write(file: Path, figure: Figure) -> None:
    figure.savefig(file, metadata={"Date": None})
