"""Cost by wait, one small plot for each workload, as one SVG."""

from collections.abc import Sequence
from html import escape
from typing import Final

from tests.benchmarks.side_by_side.cases import Side
from tests.benchmarks.side_by_side.workloads import Row

_WIDE, _HIGH, _COLUMNS = 210, 190, 4
_LEFT, _TOP, _SIZE = 34, 30, 130
_MOST = 1.3
_NAMES: Final[dict[Side, str]] = {
    "ours": "this autoscaler",
    "default": "ClearML's, default",
    "tuned": "ClearML's, tuned",
}
_OPEN: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
    ' aria-label="Cost and mean wait by those of ClearML as it comes, by workload">'
)
_STYLE: Final = """
text { font: 11px system-ui, sans-serif; fill: #333 } .name { font-weight: 600 }
.axis { stroke: #999; fill: none } .bound { stroke: #777; stroke-dasharray: 3 3 }
.ours { fill: #0b7a75 } .default { fill: #b5472f } .tuned { fill: #b58900 }
@media (prefers-color-scheme: dark) {
  text { fill: #ccc } .ours { fill: #35c9c0 } .default { fill: #f08a72 } .tuned { fill: #e6c04d }
}
"""


def plot(rows: Sequence[Row]) -> str:
    """Both axes are shares of what ClearML's default came to; the dashes are the zero-wait bound.

    What is beyond the plot stands at its edge.
    """
    lines = -(-len(rows) // _COLUMNS)
    width, height = _WIDE * _COLUMNS, _HIGH * lines + 44
    body = [
        _one(row, at % _COLUMNS * _WIDE, at // _COLUMNS * _HIGH) for at, row in enumerate(rows)
    ]
    return "\n".join(
        [
            _OPEN.format(width=width, height=height),
            f"<style>{_STYLE}</style>",
            *body,
            _legend(_HIGH * lines + 18),
            "</svg>\n",
        ]
    )


def _one(row: Row, x: int, y: int) -> str:
    default = row.sides["default"]
    left, bottom = x + _LEFT, y + _TOP + _SIZE
    bound = left + _along(row.bounds.opt_zero / default.cost)
    marks = [
        f'<text class="name" x="{left}" y="{y + 20}">{escape(row.name)}</text>',
        f'<path class="axis" d="M{left} {y + _TOP}V{bottom}H{left + _SIZE}"/>',
        f'<path class="bound" d="M{bound:.1f} {y + _TOP}V{bottom}"/>',
    ]
    for share in (0, 0.5, 1):
        at = _along(share)
        marks += [
            f'<text x="{left + at:.1f}" y="{bottom + 14}" text-anchor="middle">{share:g}</text>',
            f'<text x="{left - 5}" y="{bottom - at + 4:.1f}" text-anchor="end">{share:g}</text>',
        ]
    for side, run in row.sides.items():
        cost = left + _along(run.cost / default.cost)
        wait = bottom - _along(run.mean_wait_s / default.mean_wait_s)
        said = f"{_NAMES[side]}: cost {run.cost:.0f}, mean wait {run.mean_wait_s:.0f} s"
        marks.append(
            f'<circle class="{side}" cx="{cost:.1f}" cy="{wait:.1f}" r="5">'
            f"<title>{escape(said)}</title></circle>"
        )
    return "\n".join(marks)


def _along(share: float) -> float:
    return min(share, _MOST) / _MOST * _SIZE


def _legend(y: int) -> str:
    marks = []
    for at, (side, name) in enumerate(_NAMES.items()):
        x = _LEFT + at * 170
        marks += [
            f'<circle class="{side}" cx="{x}" cy="{y - 4}" r="5"/>',
            f'<text x="{x + 10}" y="{y}">{escape(name)}</text>',
        ]
    note = "right: cost, up: mean wait (1 = ClearML's default); dashes: the bound"
    marks.append(f'<text x="{_LEFT - 5}" y="{y + 20}">{escape(note)}</text>')
    return "\n".join(marks)
