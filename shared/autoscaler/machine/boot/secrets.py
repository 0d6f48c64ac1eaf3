"""Secrets by reference: read where the machine runs, put where they are needed, read again."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Callable, Mapping  # noqa: UP035 - Python 3.8
from urllib.parse import urlsplit

from autoscaler.machine.boot.cloud import Cloud, NoCloud
from autoscaler.machine.boot.fetch import patiently
from autoscaler.machine.boot.journal import BootError
from autoscaler.machine.boot.placing import place

Document = Mapping[str, Any]
_SERVER = "api_server"
_PORTS = {"https": 443, "http": 80}


def refresh(folder: Path) -> dict[str, str]:
    """Read all secrets again and replace the files that hold them, as after a rotation.

    Answers the environment of the guard and its agents, as it is in FOLDER/login.json now; an
    agent that runs keeps its own until it is started again. Raises BootError, and then nothing
    was replaced.
    """
    startup = read(folder / "startup.json")
    return place(folder, ordered(startup))


def read(path: Path) -> Document:
    found: Document = json.loads(path.read_bytes())
    return found


def cloud_of(startup: Document) -> Cloud:
    guard, boot = startup["guard"], startup["boot"]
    if guard["source"] == "ec2":
        from autoscaler.machine.boot.aws import Ec2  # noqa: PLC0415 - the other is not sent

        return Ec2(guard["metadata"], boot["endpoints"])
    if guard["source"] == "gce":
        from autoscaler.machine.boot.google import Gce  # noqa: PLC0415 - the same

        return Gce(guard["metadata"], boot["endpoints"])
    return NoCloud(boot)


def ordered(startup: Document, hide: Callable[[str], object] = len) -> Any:
    """What was ordered for boot, as `resolved`. Raises BootError for another server's login, too.

    Whoever can change the order, but not the secret, gets no login sent to a server of theirs.
    """
    reader = _Reader(cloud_of(startup), startup["boot"]["patience"], hide)
    found = reader.resolved(startup["boot"])
    login = startup["boot"]["login"]
    for key in ("access_key", "secret_key"):
        reader.check_server(login[key]["ref"], login["api_server"])
    return found


def resolved(startup: Document, value: Any, hide: Callable[[str], object] = len) -> Any:
    """The value, a part of what was ordered, with the secrets in place of their references.

    `hide` is told each of them before anything else is. Raises BootError.
    """
    return _Reader(cloud_of(startup), startup["boot"]["patience"], hide).resolved(value)


class _Reader:
    def __init__(self, cloud: Cloud, patience: float, hide: Callable[[str], object]) -> None:
        self._cloud, self._patience, self._hide = cloud, patience, hide
        self._known: dict[str, str] = {}

    def resolved(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.resolved(one) for one in value]
        if not isinstance(value, dict):
            return value
        if value.keys() == {"ref"}:
            return self._secret(value["ref"])
        return {name: self.resolved(one) for name, one in value.items()}

    def check_server(self, reference: str, told: str) -> None:
        """A login in a store of AWS says for which server it is; elsewhere it may."""
        kind, _, name = reference.partition(":")
        if kind in ("env", "file"):
            return
        name, _, key = name.partition("#")
        kept = ""
        if key:
            kept = json.loads(self._stored(f"{kind}:{name}")).get(_SERVER, "")
        elif kind == "ssm":
            kept = self._stored(f"ssm:{name.rpartition('/')[0]}/{_SERVER}")
        if _address(kept) != _address(told) and (kept or kind != "gcp-secret"):
            whose = f"for {kept}" if kept else f"kept without its {_SERVER}"
            raise BootError(f"secret {reference}: it is {whose}, and is not sent to {told}")

    def _secret(self, reference: str) -> str:
        kind, _, name = reference.partition(":")
        if kind == "env":
            secret = _variable(name)
        elif kind == "file":
            secret = _file(Path(name))
        else:
            name, _, key = name.partition("#")
            secret = self._stored(f"{kind}:{name}")
            secret = _member(secret, key, reference) if key else secret
        self._hide(secret)
        return secret

    def _stored(self, place: str) -> str:
        """One that holds several secrets is read once."""
        if place not in self._known:
            kind, _, name = place.partition(":")
            found = patiently(lambda: self._cloud.secret(kind, name), self._patience)
            self._known[place] = found
        return self._known[place]


def _address(text: str) -> tuple[object, ...]:
    url = urlsplit(text.strip())
    return url.scheme, url.hostname, url.port or _PORTS.get(url.scheme), url.path.rstrip("/")


def _variable(name: str) -> str:
    if name not in os.environ:  # noqa: TID251 - this runs on the machine
        raise BootError(f"secret env:{name}: there is no such variable")
    return os.environ[name]  # noqa: TID251 - the same


def _file(path: Path) -> str:
    """Its text, without the end of line that editors put at the end of a file."""
    try:
        return path.read_bytes().decode().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BootError(f"secret file:{path}: {type(error).__name__}") from None


def _member(text: str, key: str, reference: str) -> str:
    try:
        found = json.loads(text)[key]
    except (ValueError, KeyError, TypeError):
        raise BootError(f"secret {reference}: its text is no JSON object with this key") from None
    return found if isinstance(found, str) else json.dumps(found)
