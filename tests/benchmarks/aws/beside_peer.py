"""`python -m tests.benchmarks.aws.beside_peer`: our functions beside ClearML's AutoScaler.

Both sides in one run, in turns, each in a fresh process of Python 3.13: ours from the archive that
is deployed, the peer from its package. Medians, and the ratio of ours to the peer's.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from tests.benchmarks.aws.deployed import Deployed, deployed
from tests.benchmarks.aws.processes import Process
from tests.benchmarks.aws.sides import PEER, ROOT, Sides, sides
from tests.functions.lab import FUNCTIONS, every_minute
from tests.real import dynamodb_local
from tests.real.aws import CREDENTIALS

MACHINES, QUEUES, PASSES = 1000, 50, 10
_SCALER = "clearml.automation.auto_scaler"
_TICK = Path(__file__).with_name("tick.py")
_TOPIC = "arn:aws:sns:eu-central-1:123456789012:messages"


@dataclass(frozen=True)
class Row:
    """Milliseconds of CPU (median), and the most memory in MB."""

    what: str
    side: str
    cpu: float
    peak: float


def main() -> None:
    wanted = _wanted()
    both = sides(with_peer=True)
    rows = [*imports(both, wanted.rounds), *ticks_in_memory(both, wanted.rounds)]
    if why := dynamodb_local.missing():
        sys.stderr.write(f"without ticks over the wire: {why}\n")
    else:
        rows += ticks_over_the_wire(both, wanted.rounds)
    sizes = {
        "ours zipped": both.zipped,
        "ours unpacked": both.unpacked,
        "peer zipped": both.peer_zipped,
        "peer installed": both.peer_installed,
    }
    megabytes = {name: round(size / 1e6, 1) for name, size in sizes.items()}
    if wanted.json:
        print(json.dumps({"rows": [asdict(row) for row in rows], "megabytes": megabytes}))
    else:
        print(table(rows))
        print(f"\nMB: {', '.join(f'{name} {size}' for name, size in megabytes.items())}")


def table(rows: list[Row]) -> str:
    """Each of ours with its ratio to the peer's of the same kind."""
    lines = ["| | | CPU | ratio | memory |", "|---|---|---|---|---|"]
    for row in rows:
        (theirs,) = (one for one in rows if one.side == PEER and one.what == row.what)
        ratio = "" if row is theirs else f"{row.cpu / theirs.cpu:.2f}"
        figures = f"{row.cpu:.0f} ms | {ratio} | {row.peak:.0f} MB"
        lines.append(f"| {row.what} | {row.side} | {figures} |")
    return "\n".join(lines)


def imports(both: Sides, rounds: int) -> Iterator[Row]:
    """With all that a handler composes at import: configuration, clients, services."""
    environment = {"TABLE": "state", "TOPIC_ARN": _TOPIC}
    environment["CONFIG"] = str(both.ours[0] / "autoscaler.json")
    ours = {f"functions.aws.{name}": name for name in FUNCTIONS}
    with tempfile.TemporaryDirectory() as folder:

        def start(module: str) -> tuple[float, float]:
            side = "ours" if module in ours else "peer"
            path = {"PYTHONPATH": both.path(side)}
            with Process(
                both.python, module, Path(folder) / "log", {**environment, **path}
            ) as one:
                return one.cold.cpu, one.cold.peak

        turns = dict.fromkeys((*ours, _SCALER), start)
        for module, found in _in_turns(turns, rounds).items():
            yield _row("import", ours.get(module, PEER), found)


def ticks_in_memory(both: Sides, rounds: int) -> Iterator[Row]:
    def tick(side: str) -> tuple[float, float]:
        # The peer's world is of our sources; the peer's own libraries come first.
        own = both.path("peer" if side == "peer" else "ours")
        path = f"{own}:{both.path('ours')}"
        return _ticked(
            both, side, {"PYTHONPATH": path, "CONFIG": str(both.ours[0] / "autoscaler.json")}
        )

    names = {"ours": "poller", "decision": "poller's decision alone", "peer": PEER}
    for side, found in _in_turns(dict.fromkeys(names, tick), rounds).items():
        yield _row("a tick, all in memory", names[side], found)


def ticks_over_the_wire(both: Sides, rounds: int) -> Iterator[Row]:
    queues = [f"q{number:02}" for number in range(QUEUES)]
    each = MACHINES // QUEUES
    with (
        tempfile.TemporaryDirectory() as folder,
        deployed(both, Path(folder), queues, each) as made,
    ):
        made.crowd(each)
        for queue in queues[::2]:
            made.enqueue(queue, 1)
        for _ in range(3):
            _settled(made)
        workers = [(row.worker, row.resource) for row in made.living()]
        assert len(workers) == MACHINES
        said = json.dumps({"workers": workers, "resources": {name: name for name in queues}})
        url = made.here.clearml.url
        environment = {
            "PYTHONPATH": both.path("peer"),
            "CLEARML_API_HOST": url,
            "CLEARML_WEB_HOST": url,
            "CLEARML_FILES_HOST": url,
            "CLEARML_API_ACCESS_KEY": "key",
            "CLEARML_API_SECRET_KEY": "secret",
            "CLEARML_CONFIG_FILE": str(Path(folder) / "none.conf"),
        }

        def ours(_: str) -> tuple[float, float]:
            costs = [_settled(made) for _ in range(PASSES)]
            return median(cpu for cpu, _ in costs), costs[-1][1]

        def peer(_: str) -> tuple[float, float]:
            made.agents.report()
            return _ticked(both, "peer-http", environment, said)

        for side, found in _in_turns({"poller": ours, PEER: peer}, rounds).items():
            yield _row("a tick, over the wire", side, found)


def _settled(made: Deployed) -> tuple[float, float]:
    made.agents.report()
    cost = made.invoke("poller", every_minute())
    assert len(cost.answer["gens"]) == 1
    return cost.cpu, cost.peak


def _ticked(
    both: Sides, side: str, environment: dict[str, str], said: str = ""
) -> tuple[float, float]:
    done = subprocess.run(  # noqa: S603 - our own words
        [both.python, "-P", str(_TICK), side, str(MACHINES), str(QUEUES), str(PASSES)],
        cwd=ROOT,
        env={
            **CREDENTIALS,
            "PYTHONDONTWRITEBYTECODE": "1",
            "TABLE": "state",
            "TOPIC_ARN": _TOPIC,
            **environment,
        },
        input=said,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    return median(told["taken"]), told["peak"]


Turn = Callable[[str], tuple[float, float]]


def _in_turns(turns: Mapping[str, Turn], rounds: int) -> dict[str, list[tuple[float, float]]]:
    """One after the other, each round from another one on, so that nobody is always first."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in turns}
    names = list(turns)
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            found[name].append(turns[name](name))
    return found


def _row(what: str, side: str, found: list[tuple[float, float]]) -> Row:
    cpu, peak = zip(*found, strict=True)
    return Row(what, side, round(median(cpu) * 1000, 1), round(median(peak), 1))


def _wanted() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.aws.beside_peer")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
