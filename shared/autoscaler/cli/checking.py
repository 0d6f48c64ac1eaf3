"""The looks of `check`, one after the other; what depends on a failed one is skipped."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence

from autoscaler.adapters.clearml import ClearmlQueues, ClearmlWorkers
from autoscaler.cli.failures import asking
from autoscaler.cli.reports.check import mistakes
from autoscaler.core.fleet import Deployment, Resource
from autoscaler.core.money import budgets, scopes
from autoscaler.core.seen import Queue
from autoscaler.core.words import many
from autoscaler.errors import AutoscalerError, Problem
from autoscaler.hosts.deployed import Deployed
from autoscaler.hosts.local import Local
from autoscaler.ports import Finding

NO_PRICE = (
    "is unknown, and a budget starts nothing without a price: write it, or look up a cloud's with"
    " `autoscaler prices refresh`"
)


def preflight(local: Local, *, strict: bool) -> Iterator[Finding]:
    """Everything that can be looked at without changing or starting anything."""
    yield from state(local)
    yield from step("prices", lambda: list(_prices(local.deployment)))
    lines = list(clearml(local, strict=strict))
    yield from lines
    machines = step("machines", lambda: _machines(local))
    yield from list(news(machines, lines)) or [Finding(check="machines", verdict="skipped")]


def clearml(where: Deployed, *, strict: bool) -> Iterator[Finding]:
    """The login, the server and the queues."""
    lines = [*step("credentials", lambda: _credentials(where))]
    yield from lines
    if failed(lines):
        yield from (Finding(check=name, verdict="skipped") for name in ("server", "queues"))
        return
    lines = [*step("server", lambda: _server(where))]
    yield from lines
    if failed(lines):
        yield Finding(check="queues", verdict="skipped")
    else:
        yield from step("queues", lambda: _queues(where, strict=strict))


def news(lines: Iterable[Finding], told: Sequence[Finding]) -> Iterator[Finding]:
    """Without mistakes that were told before: several looks may need the same secret."""
    known = {(line.value, line.remedy) for line in told if line.verdict == "error"}
    return (line for line in lines if (line.value, line.remedy) not in known)


def step(check: str, look: Callable[[], list[Finding]]) -> Iterator[Finding]:
    try:
        yield from look()
    except AutoscalerError as error:
        yield from mistakes(check, error)


def failed(lines: Sequence[Finding]) -> bool:
    return any(line.verdict == "error" for line in lines)


def state(local: Local) -> Iterator[Finding]:
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
        yield Finding(check="state", verdict="ok", found=f"{path.name}: {many(len(rows), 'row')}")


def _folder(local: Local) -> Finding:
    """The file's folder, or what it will be made in."""
    path = local.config.state
    existing = next(folder for folder in path.absolute().parents if folder.exists())
    if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
        return Finding(check="state", verdict="ok", found=f"{path.name}: made by `autoscaler up`")
    remedy = f"{existing} is no folder that this user may write in: name another file"
    return Finding.wrong("state", Problem("state", str(path), remedy))


def _prices(deployment: Deployment) -> Iterator[Finding]:
    """Resources of which a budget starts nothing; nothing else is worth a line."""
    return (
        Finding.wrong("prices", Problem(f"hourly_price of {one.key}", "", NO_PRICE), "warning")
        for one in unpriced(deployment)
    )


def unpriced(deployment: Deployment) -> Iterator[Resource]:
    """Those that have no price, and a budget that needs one."""
    limited = budgets(deployment)
    for resource in deployment.resources:
        whose = {s for queue in resource.queues for s in scopes(resource.autoscaler, queue)}
        strict = [s for s in whose & limited.keys() if not limited[s].allow_unknown_prices]
        if strict and not resource.priced:
            yield resource


def _credentials(where: Deployed) -> list[Finding]:
    found = f"{where.config.clearml.access_key}, {where.config.clearml.secret_key}"
    _ = where.clearml  # raises when one is missing
    return [Finding(check="credentials", verdict="ok", found=found)]


def _server(where: Deployed) -> list[Finding]:
    section = where.config.clearml
    with asking(section):
        version = where.clearml.version()
        workers = ClearmlWorkers(where.clearml, where.clearml_of_agents).read(
            [autoscaler.prefix for autoscaler in where.config.autoscalers]
        )
    said = f"API {version[0]}.{version[1]}" if version else "API of unknown version"
    found = f"{section.api}: {said}, {many(len(workers), 'worker')} of ours"
    return [Finding(check="server", verdict="ok", found=found)]


def _queues(where: Deployed, *, strict: bool) -> list[Finding]:
    refs = where.config.deployment().queue_refs
    with asking(where.config.clearml):
        read = ClearmlQueues(where.clearml).read(refs)
    by_ref = {queue.name: queue for queue in read} | {queue.id: queue for queue in read}
    return [_queue(where, ref, by_ref.get(ref), strict=strict) for ref in refs]


def _queue(where: Deployed, ref: str, queue: Queue | None, *, strict: bool) -> Finding:
    check = f"queue {ref}"
    if queue is not None:
        found = f"{many(queue.waiting, 'task')} waiting"
        return Finding(check=check, verdict="ok", found=found)
    if where.config.clearml.create_missing_queues:
        return Finding(check=check, verdict="ok", found="does not exist yet: `up` makes it")
    remedy = "create it in ClearML, correct its name, or set clearml.create_missing_queues"
    problem = Problem("queues", ref, f"does not exist: {remedy}")
    return Finding.wrong(check, problem, "error" if strict else "warning")


def _machines(local: Local) -> list[Finding]:
    problems = [problem for each in local.computes.values() for problem in each.preflight()]
    if problems:
        return [Finding.wrong("machines", problem) for problem in problems]
    found = f"{', '.join(local.computes)}: nothing keeps them from starting"
    return [Finding(check="machines", verdict="ok", found=found)]
