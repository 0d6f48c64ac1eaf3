"""Machines are asked for one by one, at the same time, and waited for until each has its answer.

A bulk insert would be one call for all of them. But it says how many came, not which: what became
of each name would have to be pieced together, and so would what a repeated call means after a part
of it has come. An insert of its own has its own request id, its own operation and its own error.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from autoscaler.adapters.gcp.compute_engine.access import Access
from autoscaler.adapters.gcp.compute_engine.answers import No, of_call, of_operation
from autoscaler.adapters.gcp.compute_engine.listing import request_of
from autoscaler.adapters.gcp.refusals import CallError, Failure, changing
from autoscaler.errors import CredentialsError, UnavailableError
from autoscaler.ports import Clock

if TYPE_CHECKING:
    from google.cloud.compute_v1 import Operation

R = TypeVar("R")

PATIENCE = timedelta(seconds=40)
CALL = timedelta(seconds=10)
LONGEST = PATIENCE + CALL + timedelta(seconds=1)
"""What a launch takes at most, but for the look at what came."""

_AT_ONCE = 10  # connections that a client keeps
_LEAST = 1.0


@dataclass(frozen=True, slots=True)
class Inserts:
    """What is asked for: `machines` are request ids by name, `body` is the same for all."""

    access: Access
    zone: str
    machines: Mapping[str, str]
    body: Mapping[str, Any]


def inserted(inserts: Inserts, clock: Clock) -> dict[str, No | None]:
    """By name: None for a machine that came, else why it did not.

    The first is asked for alone: what it says of the token, or of the caller, holds for all.
    """
    until = clock.now() + PATIENCE
    first, *others = inserts.machines
    begun = {first: _insert(inserts, first)}
    no = begun[first]
    if isinstance(no, No) and no.kind != "refused":
        return {first: no}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        begun |= _each(pool, others, lambda name: _in_time(inserts, name, until, clock))
        return _each(pool, begun, lambda name: _settled(inserts, begun[name], until, clock))


def unknown_words(body: Mapping[str, Any]) -> str:
    """What Google's client does not know of a request, "" when it knows all."""
    from google.cloud.compute_v1 import Instance  # noqa: PLC0415  dear
    from google.protobuf.json_format import ParseError  # noqa: PLC0415  comes with it

    try:
        Instance.from_json(json.dumps(body))
    except (ParseError, TypeError, ValueError) as error:
        return str(error).partition("\n")[0]
    return ""


def _each(pool: ThreadPoolExecutor, names: Iterable[str], do: Callable[[str], R]) -> dict[str, R]:
    wanted = list(names)
    return dict(zip(wanted, pool.map(do, wanted), strict=True))


def _in_time(inserts: Inserts, name: str, until: datetime, clock: Clock) -> Operation | No | None:
    """What was not asked for in time is asked for by the next call of the same attempt."""
    if clock.now() < until:
        return _insert(inserts, name)
    return No("throttled", "NotAsked", "the calls before it took too long")


def _insert(inserts: Inserts, name: str) -> Operation | No | None:
    """What goes on now, None for a machine that stands already."""
    from google.cloud.compute_v1 import InsertInstanceRequest, Instance  # noqa: PLC0415  dear

    body = json.dumps({**inserts.body, "name": name})
    request = InsertInstanceRequest(
        project=inserts.access.project,
        zone=inserts.zone,
        request_id=inserts.machines[name],
        instance_resource=Instance.from_json(body),
    )
    try:
        with changing("instances.insert"):
            return inserts.access.instances.insert_unary(
                request, retry=None, timeout=CALL.total_seconds()
            )
    except CallError as error:
        no = of_call(error)
        return _standing(inserts, name, no) if no.kind == "exists" else no
    except CredentialsError as error:
        return No("operator", "NoLogin", str(error))  # a login is looked for before anything else
    except UnavailableError as error:
        return No("ambiguous", "NoAnswer", str(error))


def _standing(inserts: Inserts, name: str, no: No) -> No | None:
    """Google forgot the request id, or the name was asked for in other words before."""
    try:
        found = inserts.access.read(f"zones/{inserts.zone}/instances/{name}", fields="labels")
    except (CallError, UnavailableError):
        return no
    return None if request_of(found) == request_of(inserts.body) else no


def _settled(
    inserts: Inserts, begun: Operation | No | None, until: datetime, clock: Clock
) -> No | None:
    """What came of it at last; nobody waits beyond `until`."""
    if begun is None or isinstance(begun, No):
        return begun
    try:
        operation = _done(inserts, begun, until, clock)
    except CallError as error:
        return No("ambiguous", error.reason, error.detail)
    except UnavailableError as error:
        return No("ambiguous", "NoAnswer", str(error))
    if operation is None:
        return No("ambiguous", "StillRunning", f"{begun.name} is not done yet")
    errors = [Failure(each.code, each.message) for each in operation.error.errors]
    return of_operation(errors[0]) if errors else None


def _done(
    inserts: Inserts, operation: Operation, until: datetime, clock: Clock
) -> Operation | None:
    while operation.status.name != "DONE":
        left = (until - clock.now()).total_seconds()
        if left <= 0:
            return None
        with changing("zoneOperations.wait"):
            operation = inserts.access.operations.wait(
                project=inserts.access.project,
                zone=inserts.zone,
                operation=operation.name,
                retry=None,
                timeout=max(left, _LEAST),
            )
    return operation
