"""Bar charts as shapes for SVG: where each bar stands and how high it is. No style is in the drawing itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 120
GAP = 3
TICKS = 4  # labels below the bars, at equal distances
LEAST = 2.0  # a bar of something is never so low that it cannot be seen


@dataclass(frozen=True, slots=True)
class Bar:
    """A value with a label; `marked` is the part of it that is shown in the colour of failure."""

    label: str
    value: int
    marked: int = 0


@dataclass(frozen=True, slots=True)
class Column:
    """A bar as two rectangles, one on the other."""

    bar: Bar
    x: float
    width: float
    y: float
    height: float
    marked_height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Columns in a box of WIDTH by HEIGHT; `top` is the value at its upper edge.

    `ticks` are the labels of the columns where each part of equal width begins.
    """

    columns: tuple[Column, ...]
    top: int
    ticks: tuple[str, ...]
    width: int = WIDTH
    height: int = HEIGHT


def chart(bars: Sequence[Bar]) -> Chart:
    """The drawing of some bars."""
    top = max((bar.value for bar in bars), default=0)
    step = WIDTH / max(len(bars), 1)
    columns = tuple(_column(bar, n * step, step - GAP, top) for n, bar in enumerate(bars))
    ticks = tuple(bar.label for bar in bars[:: len(bars) // TICKS]) if bars and len(bars) % TICKS == 0 else ()
    return Chart(columns, top, ticks)


def _column(bar: Bar, x: float, width: float, top: int) -> Column:
    height, marked = _height(bar.value, top), _height(bar.marked, top)
    return Column(bar, round(x, 2), round(width, 2), round(HEIGHT - height, 2), height, marked)


def _height(value: int, top: int) -> float:
    return round(max(LEAST, HEIGHT * value / top), 2) if value else 0.0
