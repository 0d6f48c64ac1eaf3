"""What a cloud may say instead of starting every machine."""

from autoscaler.ports import Ambiguous, Answer, Order, Refused
from autoscaler.world.cloud import Cloud, Script

FULL = Refused(code="InsufficientInstanceCapacity")
FORBIDDEN = Refused(code="UnauthorizedOperation", detail="ask the owner", operator=True)


def says(answer: Answer) -> Script:
    return lambda _: answer


def times_out(_: Order) -> Answer:
    return Ambiguous(detail="the request timed out; nothing was started")


def starts(cloud: Cloud, most: int) -> Script:
    """Only so many of the machines that were asked for."""
    return lambda order: cloud.start(order, most=most)
