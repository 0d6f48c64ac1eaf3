"""The looks of `check`, one after the other; what depends on a failed one is skipped."""

import os
from collections.abc import Callable, Iterator, Sequence

from autoscaler.adapters.clearml import ClearmlQueues, ClearmlWorkers
from autoscaler.cli.failures import asking
from autoscaler.cli.reports.check import Line, mistakes, wrong
from autoscaler.core.fleet import Deployment
from autoscaler.core.money import budgets, scopes
from autoscaler.core.seen import Queue
from autoscaler.core.words import many
from autoscaler.errors import AutoscalerError, Problem
from autoscaler.hosts.local import Local


def preflight(local: Local, *, strict: bool) -> Iterator[Line]:
    """Everything that can be looked at without changing or starting anything."""
    yield from _state(local)
    yield from _step("prices", lambda: list(_prices(local.deployment)))
    lines = [*_step("credentials", lambda: _credentials(local))]
    yield from lines
    if _failed(lines):
        yield from (Line(check=name, verdict="skipped") for name in ("server", "queues"))
    else:
        yield from _clearml(local, strict=strict)
    told = {(line.value, line.remedy) for line in lines if line.verdict == "error"}
    machines = _step("machines", lambda: _machines(local))
    news = [line for line in machines if (line.value, line.remedy) not in told]
    yield from news or [Line(check="machines", verdict="skipped")]


def _clearml(local: Local, *, strict: bool) -> Iterator[Line]:
    lines = [*_step("server", lambda: _server(local))]
    yield from lines
    if _failed(lines):
        yield Line(check="queues", verdict="skipped")
    else:
        yield from _step("queues", lambda: _queues(local, strict=strict))


def _step(check: str, look: Callable[[], list[Line]]) -> Iterator[Line]:
    try:
        yield from look()
    except AutoscalerError as error:
        yield from mistakes(check, error)


def _failed(lines: Sequence[Line]) -> bool:
    return any(line.verdict == "error" for line in lines)


def _state(local: Local) -> Iterator[Line]:
    """The table is opened to read, if there is one: a look must not make it."""
    path = local.config.state
    if not path.exists():
        yield _folder(local)
        return
    try:
        rows = local.table.live()
    except AutoscalerError as error:
        yield from mistakes("state", error)
    else:
        yield Line(check="state", verdict="ok", found=f"{path.name}: {many(len(rows), 'row')}")


def _folder(local: Local) -> Line:
    """The file's folder, or what it will be made in."""
    path = local.config.state
    existing = next(folder for folder in path.absolute().parents if folder.exists())
    if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
        return Line(check="state", verdict="ok", found=f"{path.name}: made by `autoscaler up`")
    remedy = f"{existing} is no folder that this user may write in: name another file"
    return wrong("state", Problem("state", str(path), remedy))


def _prices(deployment: Deployment) -> Iterator[Line]:
    """Resources of which a budget starts nothing; nothing else is worth a line."""
    limited = budgets(deployment)
    for resource in deployment.resources:
        whose = {s for queue in resource.queues for s in scopes(resource.autoscaler, queue)}
        strict = [s for s in whose & limited.keys() if not limited[s].allow_unknown_prices]
        if strict and not resource.priced:
            remedy = (
                "is unknown, and a budget starts nothing without a price: write it, or look up"
                " a cloud's with `autoscaler prices refresh`"
            )
            problem = Problem(f"hourly_price of {resource.key}", "", remedy)
            yield wrong("prices", problem, "warning")


def _credentials(local: Local) -> list[Line]:
    found = f"{local.config.clearml.access_key}, {local.config.clearml.secret_key}"
    _ = local.clearml  # raises when one is missing
    return [Line(check="credentials", verdict="ok", found=found)]


def _server(local: Local) -> list[Line]:
    clearml = local.config.clearml
    with asking(clearml):
        version = local.clearml.version()
        workers = ClearmlWorkers(local.clearml, local.clearml_of_agents).read(
            [autoscaler.prefix for autoscaler in local.deployment.autoscalers]
        )
    said = f"API {version[0]}.{version[1]}" if version else "API of unknown version"
    found = f"{clearml.api}: {said}, {many(len(workers), 'worker')} of ours"
    return [Line(check="server", verdict="ok", found=found)]


def _queues(local: Local, *, strict: bool) -> list[Line]:
    refs = local.deployment.queue_refs
    with asking(local.config.clearml):
        read = ClearmlQueues(local.clearml).read(refs)
    by_ref = {queue.name: queue for queue in read} | {queue.id: queue for queue in read}
    return [_queue(local, ref, by_ref.get(ref), strict=strict) for ref in refs]


def _queue(local: Local, ref: str, queue: Queue | None, *, strict: bool) -> Line:
    check = f"queue {ref}"
    if queue is not None:
        found = f"{many(queue.waiting, 'task')} waiting"
        return Line(check=check, verdict="ok", found=found)
    if local.config.clearml.create_missing_queues:
        return Line(check=check, verdict="ok", found="does not exist yet: `up` makes it")
    remedy = "create it in ClearML, correct its name, or set clearml.create_missing_queues"
    problem = Problem("queues", ref, f"does not exist: {remedy}")
    return wrong(check, problem, "error" if strict else "warning")


def _machines(local: Local) -> list[Line]:
    problems = [problem for each in local.computes.values() for problem in each.preflight()]
    if problems:
        return [wrong("machines", problem) for problem in problems]
    found = f"{', '.join(local.computes)}: nothing keeps them from starting"
    return [Line(check="machines", verdict="ok", found=found)]
