"""Plots as inline SVG, with their words beside it: they stay readable at any width."""

from collections.abc import Iterator, Sequence
from html import escape
from math import ceil, floor, log10
from typing import NamedTuple

_W, _H = 1000.0, 300.0
_TICKS = 5
_STEPS_S = (60, 300, 600, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 2592000)
Point = tuple[float, float]


class Line(NamedTuple):
    """`style` is the CSS class that colours it; `area` fills what is below."""

    name: str
    style: str
    points: Sequence[Point]
    area: bool = False


class Axis(NamedTuple):
    """`ticks` are values with their words; the axis ends at `end`."""

    end: float
    ticks: Sequence[tuple[float, str]]


def chart(title: str, told: str, lines: Sequence[Line], x: Axis, y: Axis) -> str:
    """A figure; `told` says in words what it shows, to who cannot see it."""
    return (
        f'<figure class="chart"><figcaption>{escape(title)}{_legend(lines)}</figcaption>'
        f'<div class="plot"><div class="y" aria-hidden="true">{_labels(y, "bottom")}</div>'
        f'<svg viewBox="0 0 {_W:.0f} {_H:.0f}" preserveAspectRatio="none" role="img"'
        f' aria-label="{escape(told)}">{_grid(x, y)}{"".join(_drawn(lines, x, y))}</svg>'
        f'<div class="x" aria-hidden="true">{_labels(x, "left")}</div></div></figure>'
    )


def stacked(layers: Sequence[tuple[str, str, Sequence[float]]], width: float) -> list[Line]:
    """Areas on top of each other, the first one lowest; drawn from the top one down.

    Each layer is its name, its style and its means over stretches of `width`.
    """
    total = [0.0] * max(len(values) for _, _, values in layers)
    lines = []
    for name, style, values in layers:
        total = [a + b for a, b in zip(total, values, strict=True)]
        lines.append(Line(name, style, steps(total, width), area=True))
    return lines[::-1]


def steps(values: Sequence[float], width: float) -> list[Point]:
    """Each value holds for `width`."""
    return [
        (x, value)
        for number, value in enumerate(values)
        for x in (number * width, (number + 1) * width)
    ]


def amounts(most: float) -> Axis:
    """From 0 to a round number that is not below `most`."""
    step = _round_up(max(most, 1e-9) / _TICKS)
    count = max(1, ceil(most / step - 1e-9))
    return Axis(step * count, [(n * step, f"{n * step:g}") for n in range(count + 1)])


def times(seconds: float) -> Axis:
    """From 0 to `seconds`, in minutes, hours or days."""
    step = next((s for s in _STEPS_S if seconds / s <= _TICKS + 1), _STEPS_S[-1])
    ticks = [(n * float(step), _time(n * step)) for n in range(floor(seconds / step) + 1)]
    return Axis(seconds, ticks)


def _time(seconds: int) -> str:
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds}"


def _round_up(value: float) -> float:
    size: float = 10.0 ** floor(log10(value))
    return next(size * nice for nice in (1, 2, 5, 10) if size * nice >= value * (1 - 1e-9))


def _legend(lines: Sequence[Line]) -> str:
    named = [line for line in lines if line.name]
    if any(line.area for line in named):
        named.reverse()  # areas are drawn from the top one down
    names = [f'<li class="{line.style}">{escape(line.name)}</li>' for line in named]
    return f'<ul class="legend">{"".join(names)}</ul>' if names else ""


def _labels(axis: Axis, side: str) -> str:
    return "".join(
        f'<span style="{side}:{at / axis.end * 100:.2f}%">{escape(words)}</span>'
        for at, words in axis.ticks
        if axis.end
    )


def _grid(x: Axis, y: Axis) -> str:
    across = "".join(f"M0 {_H - at / y.end * _H:.1f}H{_W:.0f}" for at, _ in y.ticks)
    up = "".join(f"M{at / x.end * _W:.1f} 0V{_H:.0f}" for at, _ in x.ticks if x.end)
    return f'<path class="grid" d="{across}{up}"/>'


def _drawn(lines: Sequence[Line], x: Axis, y: Axis) -> Iterator[str]:
    for line in lines:
        places = [(px / x.end * _W, _H - min(py, y.end) / y.end * _H) for px, py in line.points]
        path = "L".join(f"{px:.1f} {py:.1f}" for px, py in places if px <= _W + 1)
        if not path:
            continue
        if line.area:
            end = min(places[-1][0], _W)
            yield f'<path class="area {line.style}" d="M0 {_H:.0f}L{path}L{end:.1f} {_H:.0f}Z"/>'
        else:
            yield f'<path class="line {line.style}" d="M{path}"/>'
