"""The ports: what the services need of the world, and what each adapter promises.

An adapter raises `UnavailableError` when it cannot answer in full (`CredentialsError` when it was
refused), and never answers in part.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from autoscaler.ports.around import Clock, Ids, Notifier, Prices, Secrets, SecretStore
from autoscaler.ports.clearml import Queues, Tasks, Workers
from autoscaler.ports.compute import (
    Ambiguous,
    Answer,
    Compute,
    Known,
    Launched,
    Order,
    Refused,
    Throttled,
)
from autoscaler.ports.doctor import Doctor, Finding
from autoscaler.ports.messages import CloudEvent, DeadLetters, Letter, Message, Topic
from autoscaler.ports.state import State

__all__ = [
    "Ambiguous",
    "Answer",
    "Clock",
    "CloudEvent",
    "Compute",
    "DeadLetters",
    "Doctor",
    "Finding",
    "Ids",
    "Known",
    "Launched",
    "Letter",
    "Message",
    "Notifier",
    "Order",
    "Ports",
    "Prices",
    "Queues",
    "Refused",
    "SecretStore",
    "Secrets",
    "State",
    "Tasks",
    "Throttled",
    "Topic",
    "Workers",
]


@dataclass(frozen=True, slots=True)
class Ports:
    """Every port of one deployment, filled by a host; computes by the name resources use."""

    state: State
    topic: Topic
    queues: Queues
    workers: Workers
    tasks: Tasks
    computes: Mapping[str, Compute]
    clock: Clock
    ids: Ids
    notifier: Notifier
