"""The looks of `doctor` that are no single provider's; what depends on a failed one is skipped."""

from collections.abc import Iterator

from autoscaler.adapters.clearml import ClearmlUser, current_user
from autoscaler.cli.checking import NO_PRICE, clearml, failed, news, state, step, unpriced
from autoscaler.cli.failures import asking
from autoscaler.core.fleet import Deployment, Resource
from autoscaler.core.words import many
from autoscaler.errors import ConfigError, CredentialsError, Problem
from autoscaler.hosts.computes import resolve
from autoscaler.hosts.deployed import Deployed
from autoscaler.hosts.doctors import examine
from autoscaler.hosts.local import Local
from autoscaler.ports import Finding

_THEIRS = "clearml.agent_access_key"
_TOO_LITTLE = {"annotator", "guest"}
_MUCH = {"admin", "root", "superuser", "system"}


def examined(where: Deployed) -> Iterator[Finding]:
    """Everything that can be told without starting or changing anything, as it is found."""
    table = list(_table(where))
    yield from table
    if failed(table):
        yield Finding(check="prices", verdict="skipped")
    else:
        yield from step("prices", lambda: _prices(where.deployment))
    login = list(clearml(where, strict=True))
    yield from login
    if failed([line for line in login if line.check in ("credentials", "server")]):
        yield Finding(check="users", verdict="skipped")
    else:
        yield from step("users", lambda: _users(where))
    yield from step("webhook", lambda: _webhook(where))
    yield from news(examine(where.config, where.clock, where.secrets), login)


def _table(where: Deployed) -> Iterator[Finding]:
    """On this computer there is none before the first `up`; a deployment has one."""
    if isinstance(where, Local):
        yield from state(where)
    else:
        yield from step("table", lambda: _rows(where))


def _rows(where: Deployed) -> list[Finding]:
    found = many(len(where.table.live()), "row")
    return [Finding(check="table", verdict="ok", found=found)]


def _users(where: Deployed) -> list[Finding]:
    """Any task may act as the agents do: their login is on the machine."""
    with asking(where.config.clearml):
        ours = current_user(where.clearml)
        theirs = _user_of_agents(where)
    found = f"{ours.name}, {ours.role or 'of unknown role'}"
    us = Finding(check="user", verdict="ok", found=found)
    if ours.role in _TOO_LITTLE:
        remedy = f"a user of role {ours.role} may not work with queues: take another user's keys"
        us = Finding.wrong("user", Problem("clearml.access_key", ours.name, remedy))
    return [us, _agents(theirs.name, theirs.role, same=theirs.id == ours.id)]


def _user_of_agents(where: Deployed) -> ClearmlUser:
    try:
        return current_user(where.clearml_of_agents)
    except CredentialsError as error:
        keys = where.config.clearml.keys_of_agents
        remedy = "ClearML refuses the agents' login: make new keys for their user and store them"
        raise ConfigError(Problem(_THEIRS, keys.access, remedy)) from error


def _agents(name: str, role: str, *, same: bool) -> Finding:
    if same:
        remedy = "every task can act as this user, like the autoscaler: give agents their own user"
        return Finding.wrong("agents", Problem(_THEIRS, name, remedy), "warning")
    if role in _MUCH:
        remedy = f"every task can act as this {role}: let agents be a plain user"
        return Finding.wrong("agents", Problem(_THEIRS, name, remedy), "warning")
    return Finding(check="agents", verdict="ok", found=f"{name}, {role or 'of unknown role'}")


def _webhook(where: Deployed) -> list[Finding]:
    reference = where.config.webhook
    if reference is None:
        return []
    resolve({"webhook": reference}, where.secrets)
    return [Finding(check="webhook", verdict="ok", found=reference)]


def _prices(deployment: Deployment) -> list[Finding]:
    missing = [
        Finding.wrong("prices", Problem(_field(one), "", NO_PRICE), resource=one.key)
        for one in unpriced(deployment)
    ]
    return missing or [Finding(check="prices", verdict="ok", found=_known(deployment))]


def _known(deployment: Deployment) -> str:
    others = ", ".join(one.key for one in deployment.resources if not one.priced)
    return f"no budget needs those of {others}" if others else "all are known"


def _field(resource: Resource) -> str:
    return f"autoscalers[{resource.autoscaler}].resources[{resource.name}].hourly_price"
