"""`python -m tests.benchmarks.aws.cost`: what the control plane costs, from what it asks AWS for.

The packaged functions run an idle minute, and the whole life of a machine: ordered, started,
registered, at work, idle, drained, gone. Their SDKs tell every request; the table counts the units
by AWS's rules. How long an invocation takes on Lambda is the CPU time measured here, stretched
by the share of a CPU that its memory buys, and the time that others take to answer, assumed.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from infra.package import settings
from tests.benchmarks.aws.deployed import Deployed, deployed
from tests.benchmarks.aws.prices import IDLE_RECEIVES, LIST, MINUTES, priced
from tests.benchmarks.aws.processes import Cost
from tests.benchmarks.aws.sides import ROOT, sides
from tests.real import dynamodb_local
from tests.real.state_table import read_template

IDLE = 10  # minutes, so that what is done every tenth tick is among them
QUEUES = 2  # with a function behind each
# Seconds until the other side has answered, beside our own CPU time. Assumed, for one region.
ANSWERS = {"dynamodb": 0.006, "sns": 0.02, "ec2": 0.15, "ssm": 0.03}
CLEARML = 0.2  # both calls of a tick; a server may be far away
_A_CPU = 1769  # MB of memory that buy one
_REPORT = 330  # bytes of Lambda's own three lines for each invocation

Used = Mapping[str, float]
Invoked = Sequence[tuple[str, Cost]]


@dataclass(frozen=True)
class Story:
    """What was invoked in idle minutes, and in the `minutes` of a machine's life."""

    idle: Invoked
    life: Invoked
    minutes: int

    def idle_month(self) -> Used:
        month = _times(used(self.idle), MINUTES / IDLE)
        return {**month, "sqs requests": QUEUES * IDLE_RECEIVES * MINUTES}

    def machine(self) -> Used:
        """What one adds to the idle minutes in which it lived."""
        idle = _times(used(self.idle), -self.minutes / IDLE)
        return _sum(used(self.life), idle)


def story() -> Story:
    """DynamoDB Local has to be here, and Python 3.13: else PackagingError."""
    with (
        tempfile.TemporaryDirectory() as folder,
        deployed(sides(), Path(folder), ["cpu"], 1, metered=True) as made,
    ):
        for _ in range(2):
            made.minute()
        for name in ("launcher", "reaper", "watcher"):
            made.process(name)
        idle = _heard(made, lambda: [made.minute() for _ in range(IDLE)])
        began = made.clock.now()
        life = _heard(made, lambda: _live(made))
        minutes = round((made.clock.now() - began).total_seconds() / 60)
    return Story(idle, life, minutes)


def used(invoked: Invoked, seconds: Callable[[str, Cost], float] | None = None) -> Used:
    """Amounts by the names of the price list; `seconds` says how long each one took."""
    total: Counter[str] = Counter()
    for name, cost in invoked:
        took = (seconds or billed)(name, cost)
        total["lambda requests"] += 1
        total["lambda GB-seconds"] += took * MEMORY[name] / 1024  # type: ignore[assignment]
        total["dynamodb reads"] += cost.units[0]
        total["dynamodb writes"] += cost.units[1]
        total["sns requests"] += sum(
            n for call, n in cost.calls.items() if call.startswith("sns:")
        )
        total["log GB"] += (cost.log + _REPORT) / 1e9  # type: ignore[assignment]
        # a message is sent, received and deleted
        total["sqs requests"] += 3 * (name in ("launcher", "reaper"))
    return total


def billed(name: str, cost: Cost) -> float:
    """Seconds on Lambda: a function has the part of a CPU that its memory buys."""
    own = cost.cpu * max(1.0, _A_CPU / MEMORY[name])
    asked = sum(n * ANSWERS[call.partition(":")[0]] for call, n in cost.calls.items())
    looked = CLEARML * len(cost.answer["gens"]) if name == "poller" else 0.0
    return own + asked + looked + cost.waited


def memory() -> Mapping[str, int]:
    """MB of each function, as serverless.yml has them where no machine is another cloud's."""
    written = read_template(ROOT / "serverless.yml")
    common = int(written["provider"]["memorySize"])
    return dict.fromkeys(written["functions"], common) | settings.MEMORY


MEMORY = memory()


def _live(made: Deployed) -> None:
    """A task comes, a machine starts for it and works for three minutes, idles and goes."""
    made.enqueue("cpu", 1)
    made.minute()
    made.agents.register()
    made.agents.work()
    for _ in range(3):
        made.minute()
    made.agents.finish()
    while made.here.instances():
        made.minute()


def _heard(made: Deployed, act: Callable[[], object]) -> Invoked:
    before = len(made.costs)
    act()
    return made.costs[before:]


def _times(amounts: Used, factor: float) -> Used:
    return {name: amount * factor for name, amount in amounts.items()}


def _sum(*parts: Used) -> Used:
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: sum(part.get(name, 0) for part in parts) for name in names}


def report(told: Story) -> Mapping[str, object]:
    month, machine = told.idle_month(), told.machine()
    invoked = Counter(name for name, _ in told.life)
    longest = {
        n: max(billed(n, c) for m, c in (*told.idle, *told.life) if m == n) for n in invoked
    }
    return {
        "month": dict(month),
        "list": priced(month, free=False),
        "free": priced(month, free=True),
        "machine": dict(machine),
        "machine list": priced(machine, free=False),
        "life": {"minutes": told.minutes, "invocations": dict(invoked)},
        "tick": _tick(told),
        "longest seconds": longest,
        "memory": dict(MEMORY),
    }


def _tick(told: Story) -> Mapping[str, object]:
    """One idle minute, in the middle."""
    name, cost = told.idle[IDLE // 2]
    calls, log = dict(cost.calls), cost.log + _REPORT
    return {"calls": calls, "units": list(cost.units), "log": log, "seconds": billed(name, cost)}


def table(told: Mapping[str, object]) -> str:
    month, machine = (cast("Used", told[name]) for name in ("month", "machine"))
    dear, cheap, one = (cast("Used", told[n]) for n in ("list", "free", "machine list"))
    lines = ["| | an idle month | list price | with what is always free | a machine more |"]
    lines.append("|---|---|---|---|---|")
    for name in LIST:
        amount = f"{month[name]:,.2f}" if month[name] < 10_000 else f"{month[name]:,.0f}"
        prices = f"{dear[name]:.3f} $ | {cheap[name]:.3f} $ | {machine[name]:.3g}"
        lines.append(f"| {name} | {amount} | {prices} |")
    sums = f"{sum(dear.values()):.3f} $ | {sum(cheap.values()):.3f} $ | {sum(one.values()):.6f} $"
    return "\n".join([*lines, f"| together | | {sums} |"])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.aws.cost")
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    if why := dynamodb_local.missing():
        sys.stderr.write(f"{why}\n")
        return 1
    told = report(story())
    print(json.dumps(told) if wanted.json else f"{table(told)}\n\n{json.dumps(told['tick'])}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
