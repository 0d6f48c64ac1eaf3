"""python -m tests.e2e.machine: the machine, whole: real agents under the real guard."""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.e2e.machine.abandoned import abandoned
from tests.e2e.machine.boot import boot, summary
from tests.e2e.machine.leaks import secrets
from tests.e2e.machine.losses import losses
from tests.e2e.machine.peer import check_then_terminate
from tests.e2e.machine.race import WINDOWS, race
from tests.e2e.machine.role import metadata
from tests.e2e.machine.slots import slots

Part = Callable[[Path], dict[str, Any]]
PARTS = (
    "boot",
    "losses",
    "slots",
    "secrets",
    "metadata",
    "abandoned",
    "race",
    "check_then_terminate",
)
_ASTRAY = 2  # of the pops of a window: a busy computer may be late for some


def main() -> int:
    """Its exit code is 1 when a promise was broken."""
    wanted = _wanted()
    names = wanted.only or PARTS
    found: dict[str, dict[str, Any]] = {}
    with TemporaryDirectory() as folder:
        for together in _parts(wanted):
            parts = {name: part for name, part in together.items() if name in names}
            with ThreadPoolExecutor(len(together)) as pool:
                results = pool.map(lambda name: _played(parts[name], Path(folder)), parts)  # noqa: B023 - over before the next
                found |= dict(zip(parts, results, strict=True))
    phases = [one for part in found.values() for one in part.pop("phases", [])]
    if "boot" in found:
        found["boot"]["phases_s"] = summary(phases)
    broken = [words for part in found.values() for words in part.pop("broken")]
    print(json.dumps({**found, "broken": broken}))
    return 1 if broken else 0


def _parts(wanted: argparse.Namespace) -> list[dict[str, Part]]:
    """Those of one group run at once: they wait more than they work. The others need quiet."""
    return [
        {"boot": lambda folder: boot(folder, _say)},
        {
            "losses": lambda folder: losses(folder, _say),
            "slots": lambda folder: slots(folder, _say),
            "secrets": lambda folder: secrets(folder, _say),
            "metadata": lambda folder: metadata(folder, _say),
            "abandoned": lambda folder: abandoned(folder, _say),
        },
        {"race": lambda folder: _raced(folder, wanted.lanes, wanted.rounds)},
        {
            "check_then_terminate": lambda folder: {
                **check_then_terminate(folder / "peer", wanted.lanes, wanted.rounds, _say),
                "broken": [],  # what it loses is no promise of ours
            }
        },
    ]


def _played(part: Part, folder: Path) -> dict[str, Any]:
    try:
        return part(folder)
    except Exception as error:  # noqa: BLE001 - the other parts go on
        traceback.print_exc()
        return {"broken": [f"{type(error).__name__}: {error}"]}


def _raced(folder: Path, lanes: int, rounds: int) -> dict[str, Any]:
    found = race(folder / "race", lanes, rounds, _say)
    least = min(found["windows"].get(window, 0) for window in WINDOWS)
    good = found["completed"] == found["tasks"] and not found["lost"] and not found["run_twice"]
    enough = least >= lanes * rounds - _ASTRAY
    return {**found, "broken": [] if good and enough else [f"race: {found}"]}


def _wanted() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.machine", description=__doc__)
    parser.add_argument("--only", action="append", choices=PARTS, help="a part; may be repeated")
    parser.add_argument("--lanes", type=int, default=26, help="machines at once in the race")
    parser.add_argument("--rounds", type=int, default=2, help="pops per lane and window")
    return parser.parse_args()


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
