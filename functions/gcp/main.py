"""The functions on Google Cloud, each deployed by its name. None of them decides anything.

Who may call is settled before: Cloud Run asks its IAM. An answer of 500 makes Pub/Sub push again,
and after five attempts set the message aside.
"""

from typing import Any

from flask import Request
from functions_framework import http

from autoscaler.adapters.gcp.dead_letters import is_letter
from autoscaler.adapters.gcp.events import cloud_events
from autoscaler.adapters.gcp.logs import log_as_json
from autoscaler.adapters.gcp.push import document, handle, pokes
from autoscaler.hosts.functions.figures import counted
from autoscaler.hosts.gcp_in_force import InForce

Answer = tuple[str, int]
DONE, AGAIN = ("", 204), ("", 500)

log = log_as_json()
in_force = InForce.from_environment()


@http
def poller(request: Request) -> Answer:
    """Every minute, and when a poke says that something happened: look, decide, order.

    A schedule's call ticks for its minute, a topic's once.
    """
    host = in_force.current()
    reasons = pokes(_envelope(request), host.config.name)
    for tick in host.ticks(once=bool(reasons)):
        told = {"gen": tick.gen, "skipped": tick.skipped, "ordered": tick.ordered}
        log.info("ticked", extra={**told, "deployment": host.config.name, "reasons": reasons})
        for name, figures in counted(host.deployment, tick.seen):
            where = {"deployment": host.config.name, "autoscaler": name}
            log.info("figures", extra={**where, **figures})
    return DONE


@http
def launcher(request: Request) -> Answer:
    """Starts the machines of one order."""
    host = in_force.current()
    done = handle(_envelope(request), host.config.name, {"launch": host.launcher})
    return DONE if done else AGAIN


@http
def reaper(request: Request) -> Answer:
    """Lets machines go, and brings back the tasks of those that were lost."""
    host = in_force.current()
    done = handle(_envelope(request), host.config.name, {"reap": host.reaper})
    return DONE if done else AGAIN


@http
def watcher(request: Request) -> Answer:
    """Hears what Compute Engine says by itself, and that messages were given up."""
    host, envelope = in_force.current(), _envelope(request)
    if is_letter(envelope):
        host.letter(envelope)
        return DONE
    for said in cloud_events(document(envelope)):
        host.watcher(said)
    return DONE


def _envelope(request: Request) -> dict[str, Any]:
    """What was pushed; nothing for who pushes no JSON, as the schedule."""
    found = request.get_json(force=True, silent=True)
    return found if isinstance(found, dict) else {}
