"""What a machine is called: its launch, attempt, position, and a part of the attempt's token.

A name is given at birth, cannot be changed, and is all that Google tells of a machine that is
gone. Who knows the name knows which row it is of; and that it is ours, the token in it says.
"""

import re
from typing import NamedTuple, Self
from uuid import NAMESPACE_URL, uuid5

from autoscaler.core.launching import token
from autoscaler.ports import Order

PREFIX = "clearml-"
_PART = 12
_NAME = re.compile(
    rf"{PREFIX}(?P<launch>[0-9a-z]{{1,26}})-(?P<attempt>\d{{1,3}})-(?P<position>\d{{1,4}})"
    rf"-(?P<token>[0-9a-f]{{{_PART}}})"
)
_REQUESTS = uuid5(NAMESPACE_URL, "clearml-serverless-autoscaler")


class Born(NamedTuple):
    """What a name says. `token` is the whole one of that launch and attempt, "" if it is not."""

    launch: str
    attempt: int
    position: int
    token: str

    @classmethod
    def of(cls, deployment: str, name: str) -> Self | None:
        """None for what no launch of ours is called."""
        found = _NAME.fullmatch(name)
        if not found:
            return None
        launch, attempt = found["launch"].upper(), int(found["attempt"])
        whole = token(deployment, launch, attempt)
        ours = whole if whole.startswith(found["token"]) else ""
        return cls(launch, attempt, int(found["position"]), ours)


def name_of(order: Order, position: int) -> str:
    """54 characters at most of the 63 that Google takes, for a launch whose key is a ULID."""
    part = order.token[:_PART]
    return f"{PREFIX}{order.launch.lower()}-{order.attempt}-{position}-{part}"


def request_id(order: Order, position: int, digest: str) -> str:
    """What makes a repeated call the same call: for the same machine of the same request."""
    return str(uuid5(_REQUESTS, f"{order.token}|{position}|{digest}"))
