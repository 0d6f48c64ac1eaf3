"""Ratios that must not become worse by more than 5 %. They come from virtual time alone."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.benchmarks.side_by_side.launch import Launch
from tests.benchmarks.side_by_side.workloads import Row

PATH: Final = Path(__file__).parent.parent / "reference.json"
SLACK: Final = 0.05
_NOTHING = 0.02
"""A ratio of less than this is noise."""


def ratios(rows: Sequence[Row], launched: Sequence[Launch]) -> dict[str, float]:
    """Ours by ClearML's default and tuned: less is better."""
    found = {
        f"{row.name} {row.boot_s} {figure} / {peer}": row.ratio(figure, peer)
        for row in rows
        for peer in ("default", "tuned")
        for figure in ("cost", "mean_wait_s", "p95_wait_s")
    }
    found |= {f"launch {each.n} / default": each.ours_s / each.peer_s for each in launched}
    return {name: round(ratio, 4) for name, ratio in found.items()}


def regressions(found: Mapping[str, float], known: Mapping[str, float]) -> list[str]:
    """What became worse, in words; a ratio that nobody wrote down is a mistake as well."""
    words = [
        f"{name}: {ratio:.3f}, it was {known[name]:.3f}"
        for name, ratio in found.items()
        if name in known and ratio > known[name] * (1 + SLACK) + _NOTHING
    ]
    if found.keys() != known.keys():
        words.append(f"{PATH.name} has other ratios: write it anew with --write-reference")
    return words


def known() -> dict[str, float]:
    found: dict[str, float] = json.loads(PATH.read_text())
    return found


def write(found: Mapping[str, float]) -> None:
    PATH.write_text(json.dumps(found, indent=2) + "\n")
