"""What was measured, as tables."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from tests.benchmarks.side_by_side.aims import Aim
from tests.benchmarks.side_by_side.decision import Pass
from tests.benchmarks.side_by_side.faults import Fault
from tests.benchmarks.side_by_side.launch import Launch
from tests.benchmarks.side_by_side.spot import Spot
from tests.benchmarks.side_by_side.workloads import Row


def workloads(console: Console, rows: Sequence[Row], title: str) -> None:
    table = _table(
        title,
        *("workload", "boot s", "cost", "/ default", "/ tuned", "/ work", "/ zero wait"),
        *("wait s", "/ default", "/ tuned", "p95 s", "/ default", "/ tuned"),
        *("waste h", "/ default", "lost"),
    )
    for row in rows:
        ours = row.sides["ours"]
        table.add_row(
            row.name,
            str(row.boot_s),
            f"{ours.cost:.1f}",
            *(f"{row.ratio('cost', peer):.2f}" for peer in ("default", "tuned")),
            f"{ours.cost / row.bounds.lb_work:.2f}",
            f"{ours.cost / row.bounds.opt_zero:.2f}",
            f"{ours.mean_wait_s:.0f}",
            *(f"{row.ratio('mean_wait_s', peer):.2f}" for peer in ("default", "tuned")),
            f"{ours.p95_wait_s:.0f}",
            *(f"{row.ratio('p95_wait_s', peer):.2f}" for peer in ("default", "tuned")),
            f"{ours.waste:.1f}",
            f"{row.ratio('waste', 'default'):.2f}",
            f"{ours.kills:.0f}/{row.sides['default'].kills:.1f}/{row.sides['tuned'].kills:.1f}",
        )
    console.print(table)


def aims(console: Console, found: Sequence[Aim], title: str) -> None:
    table = _table(title, "aim", "found", "at most", "", "where")
    for aim in found:
        verdict = "met" if aim.met else f"missed by {aim.found / aim.most - 1:.1%}"
        table.add_row(aim.what, f"{aim.found:.3f}", f"{aim.most:.2f}", verdict, aim.where)
    console.print(table)


def launches(console: Console, found: Sequence[Launch]) -> None:
    table = _table("A burst from nothing", "tasks", "ours s", "calls", "ClearML's s")
    for each in found:
        table.add_row(
            str(each.n), f"{each.ours_s:.0f}", str(each.ours_calls), f"{each.peer_s:.0f}"
        )
    console.print(table)


def passes(console: Console, found: Sequence[Pass]) -> None:
    table = _table(
        "One pass (CPU ms; calls to ClearML)",
        *("workers", "queues", "ours", "decision alone", "ClearML's", "ratio", "calls", "calls"),
    )
    for each in found:
        table.add_row(
            *(str(each.workers), str(each.queues), f"{each.ours_cpu_ms:.1f}"),
            *(f"{each.decide_cpu_ms:.1f}", f"{each.peer_cpu_ms:.0f}"),
            f"1/{each.peer_cpu_ms / each.ours_cpu_ms:.1f}",
            *(str(each.ours_calls), str(each.peer_calls)),
        )
    console.print(table)


def spots(console: Console, found: Sequence[Spot]) -> None:
    table = _table(
        "Spot machines in three zones",
        *("workload", "week", "clairvoyant", "ours", "ratio", "ClearML's", "wait s", "wait s"),
        *("taken back", "lost", "lost"),
    )
    for each in found:
        table.add_row(
            *(each.name, str(each.week), f"{each.clairvoyant:.1f}", f"{each.ours:.1f}"),
            *(f"{each.ratio:.2f}", f"{each.peer:.1f}", f"{each.mean_wait_s:.0f}"),
            *(f"{each.peer_mean_wait_s:.0f}", str(each.reclaimed)),
            *(str(each.lost), str(each.peer_lost)),
        )
    console.print(table)


def faults(console: Console, found: Sequence[Fault]) -> None:
    table = _table(
        "What goes wrong once",
        *("", "tasks", "ours: machines", "hours", "done", "left"),
        *("ClearML's: machines", "hours", "done", "left"),
    )
    for each in found:
        cells = [
            text
            for side in (each.ours, each.peer)
            for text in (str(side.machines), f"{side.hours:.1f}", str(side.done), str(side.left))
        ]
        table.add_row(each.what, str(each.tasks), *cells)
    console.print(table)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    for at, column in enumerate(columns):
        table.add_column(column, justify="left" if at == 0 else "right")
    return table
