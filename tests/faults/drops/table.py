"""Every rule that can be left out, and what must break without it."""

from datetime import timedelta

from autoscaler.core import facts, launching, money
from autoscaler.core.budgets import Budgets
from autoscaler.core.fleet import Deployment
from autoscaler.core.reconcile import Reconciler
from autoscaler.services.adopt import Adopter
from autoscaler.world.agents import Guards
from tests.faults.drops import functions, ports, services
from tests.faults.drops.drop import Drop, timed

_TOO_MANY = ("S1", "S2", "S7")


def _without_claims(deployment: Deployment) -> Deployment:
    return timed(deployment, claim=timedelta(0))


_ALL = (
    Drop("fence", "R2: no fence", _TOO_MANY, state=ports.Unfenced),
    Drop("manifest", "R3: no manifest", _TOO_MANY, state=ports.WithoutManifest),
    Drop(
        "requested",
        "R4: REQUESTED rows are not counted",
        _TOO_MANY,
        swaps=[(Reconciler, "snapshot", services.only_with_machines)],
    ),
    Drop("token", "R5: no token", _TOO_MANY, compute=ports.WithoutTokens),
    Drop("write-ahead", "R5: no write-ahead", (*_TOO_MANY, "S3"), state=ports.WrittenBehind),
    Drop(
        "read-order",
        "R5: rows are read before their launch",
        (*_TOO_MANY, "S3"),
        launcher=services.ReadsRowsFirst,
    ),
    Drop("silence", "R6: a timeout is a failure", _TOO_MANY, compute=ports.SilenceIsFailure),
    Drop(
        "refusal",
        "R6: a refusal after an ambiguous call is definite",
        _TOO_MANY,
        compute=ports.RefusalIsDefinite,
        weather={"ambiguous": 0.04, "forbidden": 0.03, "tail": 0.05, "longest": 170.0},
    ),
    Drop(
        "claim",
        "R7: no claim",
        (*_TOO_MANY, "S3"),
        deployment=_without_claims,
        weather={"ambiguous": 0.04, "flicker": 0.05, "closed": 0.01},
    ),
    Drop(
        "settle",
        "R8: rows are released before the launch is settled",
        (*_TOO_MANY, "S3", "S5"),
        swaps=[(launching, "closing_reason", functions.closes_unsettled)],
    ),
    Drop(
        "look",
        "R8: one listing settles a launch",
        (*_TOO_MANY, "S3", "S5"),
        swaps=[(launching, "looked", functions.settles_at_once)],
        weather={"ambiguous": 0.04, "tail": 0.05, "longest": 170.0, "closed": 0.01},
    ),
    Drop(
        "look-again",
        "R8: a claim does not start the look again",
        (*_TOO_MANY, "S3", "S5"),
        swaps=[(launching, "claimed", functions.keeps_looking)],
        weather={"ambiguous": 0.05, "tail": 0.05, "longest": 170.0, "closed": 0.01},
    ),
    Drop(
        "bind-first",
        "R8: settled before the rows are bound",
        _TOO_MANY,
        launcher=services.BindsAfterSettling,
    ),
    Drop(
        "close-first",
        "R10: rows are released before the launch is closed",
        (*_TOO_MANY, "S3", "S5"),
        timing={"deadline": timedelta(seconds=110)},
        swaps=[(Reconciler, "_launch", services.releases_first)],
        weather={"lost": 0.03, "reordered": 0.05, "pauses": 0.006, "tail": 0.05, "longest": 170.0},
        scene={"leased": False},
    ),
    Drop(
        "adopt",
        "R11: no adoption",
        ("S3", "S7"),
        swaps=[(Adopter, "adopt", functions.adopts_nobody)],
    ),
    Drop(
        "read-again",
        "R11: adopted without reading launch and row again",
        _TOO_MANY,
        swaps=[(Adopter, "_known", functions.knows_nobody)],
        weather={"ambiguous": 0.04, "pauses": 0.004, "lag": 0.5, "tail": 0.0, "lost": 0.0},
        scene={"leased": False},
    ),
    Drop(
        "absence",
        "R12: absent once is dead",
        (*_TOO_MANY, "S3", "S5"),
        swaps=[(facts, "machine_fact", functions.absent_once)],
    ),
    Drop(
        "event",
        "R12: an event is proof of an end",
        (*_TOO_MANY, "S3", "S5", "L5"),
        watcher=services.BelievesEnds,
    ),
    Drop(
        "look-last",
        "R13: the look comes before TERMINATING",
        ("S4",),
        reaper=services.LooksFirst,
        weather={"crashes": 0.01, "lost": 0.05, "young": 0.0},
        scene={"guarded": False},
    ),
    Drop(
        "no-look",
        "R13: nobody looks",
        ("S4",),
        reaper=services.NeverLooks,
        scene={"guarded": False},
    ),
    Drop(
        "freeze", "R13: the guard looks at agents that go on", ("S4",), guards=Guards(freeze=False)
    ),
    Drop("resweep", "R14: nothing is announced again", ("L2",), topic=ports.SaidOnce),
    Drop(
        "death",
        "R15: no death limit",
        ("L4",),
        guards=Guards(mortal=False),
        scene={"abandoned": True, "guarded": True},
    ),
    Drop(
        "unreadable",
        "R16: what cannot be read is not there",
        (*_TOO_MANY, "S3", "S5"),
        compute=ports.UnreadableIsEmpty,
    ),
    Drop(
        "spent",
        "S6: what ended machines cost is forgotten",
        ("S6",),
        swaps=[(money, "spent_rows", functions.forgets)],
        scene={"budgeted": True},
    ),
    Drop(
        "committed",
        "S6: what a plan adds is not counted",
        ("S6",),
        swaps=[(Budgets, "started", functions.adds_nothing)],
        scene={"budgeted": True},
    ),
    Drop("repair", "lost tasks are left alone", ("L5",), reaper=services.NeverRepairs),
)
DROPS = {drop.name: drop for drop in _ALL}

WAYS = {  # to let an idle machine go, on the same stages
    way.name: way
    for way in (
        Drop("guard", "the guard freezes, looks and ends it", (), scene={"guarded": True}),
        Drop("no-guard", "no guard: a last look, then the call", (), scene={"guarded": False}),
        Drop(
            "clearml",
            "no guard: check, then terminate (ClearML's autoscaler)",
            (),
            reaper=services.ChecksThenTerminates,
            scene={"guarded": False},
            lenient=True,
        ),
    )
}

FAST = (  # noticed within a few runs, so that every change can be held to them
    "fence",
    "manifest",
    "requested",
    "token",
    "write-ahead",
    "silence",
    "settle",
    "look",
    "bind-first",
    "read-again",
    "absence",
    "event",
    "no-look",
    "resweep",
    "death",
    "unreadable",
    "spent",
    "committed",
    "repair",
)
