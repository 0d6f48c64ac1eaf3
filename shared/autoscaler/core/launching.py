"""The life of a launch row: what may be called, what was asked, when it is settled and closed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from autoscaler.core.fleet import Offering, Resource
from autoscaler.core.ledger import Instance, Launch, Phase
from autoscaler.core.seen import Machine


def token(deployment: str, launch: str, attempt: int) -> str:
    """The idempotency token of an attempt: whoever retries it makes the same one.

    32 hexadecimal characters, so it fits every cloud's limit and a machine's tag.
    """
    return sha256(f"{deployment}|{launch}|{attempt}".encode()).hexdigest()[:32]


def is_ours(deployment: str, machine: Machine) -> bool:
    """Tags can be set by anyone: only our call gave the machine the token that they imply."""
    return machine.token == token(deployment, machine.launch, machine.attempt)


def not_callable(launch: Launch, now: datetime) -> str | None:
    """Why nobody may call the cloud for this launch now, or None."""
    if launch.state == "CLOSED":
        return "it is closed"
    if launch.claim_until and launch.claim_until > now:
        return "another call may still be under way"
    if launch.not_before and launch.not_before > now:
        return "it is not due yet"
    if launch.deadline <= now:
        return "its deadline has passed"
    if launch.known:
        return "its token was used; its machines are looked for"
    return None


def waiting_indexes(launch: Launch, rows: Sequence[Instance]) -> tuple[int, ...]:
    """The indexes of its rows that still wait for a machine."""
    return tuple(
        sorted(r.index for r in rows if r.launch == launch.key and r.phase == Phase.REQUESTED)
    )


def first_call(
    launch: Launch,
    indexes: tuple[int, ...],
    offerings: Sequence[Offering],
    token: str,
    sha: str,
) -> Launch:
    """The launch with a new attempt written ahead; `claimed` completes it."""
    first, *others = (each.key for each in offerings)
    return launch.model_copy(
        update={
            "attempt": launch.attempt + 1,
            "asked": (*launch.asked, indexes),
            "offering": first,
            "also": tuple(others),
            "token": token,
            "request_sha": sha,
            "calls": 0,
        }
    )


def claimed(launch: Launch, now: datetime, claim: timedelta) -> Launch:
    """The launch as it must stand in the table before the cloud is called."""
    return launch.model_copy(
        update={
            "unsettled": True,
            "calls": launch.calls + 1,
            "look_since": None,
            "not_before": None,
            "claim_until": now + claim,
            "next_check": now + claim,
        }
    )


def settled(launch: Launch, now: datetime, refusal: str = "") -> Launch:
    """No call of this attempt can start anything any more."""
    refused = (*launch.refused, f"{launch.offering}: {refusal}") if refusal else launch.refused
    return launch.model_copy(
        update={
            "unsettled": False,
            "known": False,
            "claim_until": None,
            "look_since": None,
            "next_check": now,
            "refused": refused,
        }
    )


def throttled(launch: Launch, now: datetime, after: timedelta) -> Launch:
    """The same attempt again, later; the jitter is the launch's own and always the same."""
    jitter = timedelta(seconds=int(launch.key.encode().hex()[-4:], 16) % 1000 / 1000)
    due = now + after + jitter
    return launch.model_copy(update={"claim_until": None, "not_before": due, "next_check": due})


def answered_known(launch: Launch) -> Launch:
    """The token was used and the machines are not told: only the look may settle it."""
    return launch.model_copy(update={"known": True})


def looked(
    launch: Launch, described_at: datetime, margin: timedelta, *, all_bound: bool
) -> Launch:
    """What a complete listing that began at `described_at` says of an unsettled launch.

    The launch itself when that is no news.
    """
    if not launch.unsettled or (launch.claim_until and launch.claim_until > described_at):
        return launch
    if launch.look_since is None:
        return launch.model_copy(update={"look_since": described_at})
    if all_bound and described_at - launch.look_since >= margin:
        return settled(launch, described_at)
    return launch


def closed(launch: Launch, now: datetime, reason: str) -> Launch:
    return launch.model_copy(
        update={"state": "CLOSED", "closed_at": now, "reason": reason, "next_check": None}
    )


def closing_reason(
    launch: Launch,
    waiting: int,
    offerings: Sequence[Offering],
    resource: Resource | None,
    now: datetime,
) -> str | None:
    """Why the launch must be closed now, or None when it goes on (or may not be closed yet).

    `offerings` are what a next call may use.
    """
    if launch.unsettled or (launch.claim_until and launch.claim_until > now):
        return None
    if not waiting:
        return "every machine it ordered was launched"
    if resource is None:
        return f"resource {launch.resource_key} is no longer in the configuration"
    if launch.deadline <= now:
        return "its deadline passed" + _refusals(launch)
    if not offerings:
        return "no offering is left" + _refusals(launch)
    return None


def _refusals(launch: Launch) -> str:
    return f" ({'; '.join(launch.refused)})" if launch.refused else ""


def row_key(launch: Launch, machine: Machine) -> str | None:
    """The row that a machine of this launch belongs to, or None when it was never asked for."""
    if not 1 <= machine.attempt <= len(launch.asked):
        return None
    asked = launch.asked[machine.attempt - 1]
    if not 0 <= machine.position < len(asked):
        return None
    return launch.instance_key(asked[machine.position])
