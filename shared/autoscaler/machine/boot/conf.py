"""The agents' clearml.conf. It is HOCON: later lines win, so the operator's do."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Iterator, Mapping  # noqa: UP035 - Python 3.8

Document = Mapping[str, Any]
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def conf(wanted: Document, venvs: Path, bundle: str) -> str:
    """`venvs`: where tasks get their environments: agents that share it disturb each other.

    `bundle`: the certificates that task containers shall trust, too; empty for none.
    """
    settings = [
        ("agent.venvs_dir", str(venvs)),
        *_agent(wanted, bundle),
        *_storage(wanted["storage"]),
    ]
    lines = [f"{name}: {_hocon(value)}" for name, value in settings if value not in ("", [])]
    return "\n".join([*lines, wanted["conf"], ""])


def _agent(wanted: Document, bundle: str) -> Iterator[tuple[str, object]]:
    mount = ["-v", f"{bundle}:{bundle}:ro"] if bundle else []
    names = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "GIT_SSL_CAINFO") if bundle else ()
    trusted = [part for name in names for part in ("-e", f"{name}={bundle}")]
    yield "agent.disable_agent_update_check", True
    yield "agent.docker_args_filters", wanted["docker_args_filters"]
    yield "agent.extra_docker_arguments", [*mount, *trusted, *wanted["docker_arguments"]]


def _storage(storage: Document) -> Iterator[tuple[str, object]]:
    places = [one for one in storage["s3"] if one["bucket"] or one["host"]]
    for name, value in (
        item for one in storage["s3"] if one not in places for item in one.items()
    ):
        yield f"sdk.aws.s3.{name}", value
    yield "sdk.aws.s3.credentials", places
    yield "sdk.google.storage.project", storage["google_project"]
    # Its text, not a path to it: the file would be missing in a task's container.
    yield "sdk.google.storage.credentials_json", storage["google_credentials"]
    yield "sdk.azure.storage.containers", storage["azure"]


def _hocon(value: Any) -> str:
    """As ClearML's parser reads it: it takes no escape by number, and fails on empty text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {_hocon(v)}" for k, v in value.items() if v != "") + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_hocon(one) for one in value if one != "") + "]"
    return '"' + str(value).translate(_ESCAPES) + '"'
