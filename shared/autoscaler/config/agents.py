"""The kinds of values that are about agents and the tasks they run."""

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, ValidationInfo, WithJsonSchema

from autoscaler.config.faults import Fault, Where, mistake, secret
from autoscaler.config.fields import Says, folder_of
from autoscaler.config.references import is_reference, machine_reference, reference

_SECRET_WORDS = {"SECRET", "PASSWORD", "PASSWD", "PASS", "TOKEN", "KEY"}
_OURS = {
    "--queue": "write queues",
    "--gpus": "write gpus",
    "--cpu-only": "write cpu_only: true",
    "--docker": "write image",
    "--create-queue": "write create_missing_queues: true under clearml",
    "--git-pass": "write environment: CLEARML_AGENT_GIT_PASS: env:NAME",
    "--services-mode": "write slots",
    "--dynamic-gpus": "write gpus, one for each slot",
    "--foreground": "leave it out: every agent runs in the foreground",
    "--detached": "leave it out: every agent runs in the foreground",
    "-d": "leave it out: every agent runs in the foreground",
    "--stop": "leave it out: it starts no agent",
    "--status": "leave it out: it starts no agent",
}
_SET_BY_US = re.compile("(CLEARML|TRAINS)_(WORKER_(ID|NAME)|API_(HOST|ACCESS_KEY|SECRET_KEY))")
# what names an environment variable (${NAME}) holds no secret
_SECRET_IN_CONF = re.compile(
    r"""(?i)([\w.-]*(?:secret|secret_key|account_key|passw(?:or)?d|pass|token))["']?"""
    r"""\s*[:=]\s*["']?(?!\$|true\b|false\b|null\b)[^\s"'{\[,}]"""
)
_GPUS = re.compile("all|[A-Za-z0-9:-]+(,[A-Za-z0-9:-]+)*")


def written_secrets(where: Where, environment: object, instead: str = "env:") -> Iterator[Fault]:
    """Variables whose name says that they hold a secret, and whose value is written there.

    `instead`: how a reference to one begins.
    """
    if not isinstance(environment, dict):
        return
    for name, text in environment.items():
        telling = name.upper().rpartition("_")[2] in _SECRET_WORDS
        if telling and isinstance(text, str) and not is_reference(text):
            remedy = f"a secret is named here, never written, like {instead}{name}"
            yield Fault((*where, "environment", name), "", remedy)


def secrets_in_conf(where: Where, conf: object) -> Iterator[Fault]:
    """A secret in the text for clearml.conf, which would stand in every request for machines."""
    found = _SECRET_IN_CONF.search(conf) if isinstance(conf, str) else None
    if found:
        remedy = (
            f"{found[1]} is a secret: keep these lines as one, and name it, like ssm:/clearml/conf"
        )
        yield Fault((*where, "clearml_conf"), "", remedy)


def _argument(text: str) -> str:
    head = text.partition("=")[0]
    short = len(head) < len("--xx")
    ours = next((o for o in _OURS if head == o or (not short and o.startswith(head))), None)
    if ours:
        raise secret(f"{ours} is not for here: {_OURS[ours]}")
    return text


def _gpu(value: object) -> object:
    text = str(value) if type(value) is int else value
    if isinstance(text, str) and not _GPUS.fullmatch(text):
        raise mistake("the GPUs of one slot as the agent takes them: 0 or 0,1 or all")
    return text


def _variable(text: str) -> str:
    if not re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", text):
        raise mistake("a variable's name has letters, digits and _ only")
    if _SET_BY_US.fullmatch(text):
        raise mistake("the autoscaler sets this itself, from clearml and workers_prefix")
    return text


def _setting(text: str, info: ValidationInfo) -> str:
    return reference(text, folder_of(info)) if is_reference(text) else text


def _machine_setting(text: str) -> str:
    return machine_reference(text) if is_reference(text) else text


Gpus = Annotated[
    str,
    BeforeValidator(_gpu),
    WithJsonSchema({"type": ["string", "integer"]}),
    Says("GPUs"),
]
Argument = Annotated[str, AfterValidator(_argument), Says("text")]
Variable = Annotated[str, AfterValidator(_variable), Says("name")]
Setting = Annotated[str, AfterValidator(_setting), Says("text")]
MachineSetting = Annotated[str, AfterValidator(_machine_setting), Says("text or reference")]
