"""Secrets are named, not written: `env:NAME`, `file:/path`."""

import re
from pathlib import Path

from autoscaler.config.faults import mistake, secret

HOW = "env:NAME or file:/path"

_LATER = {
    "ssm": "the AWS host",
    "secretsmanager": "the AWS host",
    "gcp-secret": "the Google Cloud host",
}
_ENV_NAME = re.compile("[A-Za-z_][A-Za-z0-9_]*")


def is_reference(text: str) -> bool:
    return text.startswith(("env:", "file:"))


def reference(text: str, folder: Path) -> str:
    """The reference with its file below `folder`; an error never repeats what was written."""
    scheme, colon, rest = text.strip().partition(":")
    if colon and scheme == "env":
        return _env(rest)
    if colon and scheme == "file":
        return _file(rest, folder)
    if colon and scheme in _LATER:
        raise mistake(f"{scheme}: comes with {_LATER[scheme]}; on this computer: {HOW}")
    if text.startswith("$"):
        raise secret("write env:NAME in place of $NAME")
    raise secret(f"a secret is named here, never written: {HOW}")


def _env(name: str) -> str:
    if not _ENV_NAME.fullmatch(name):
        raise secret("name an environment variable: env:NAME (letters, digits and _)")
    return f"env:{name}"


def _file(path: str, folder: Path) -> str:
    if not path or path.endswith("/"):
        raise mistake("name the file that holds the secret: file:/path")
    return f"file:{located(path, folder)}"


def located(path: str, folder: Path) -> Path:
    """The path below `folder`; one that begins with / or ~ stands for itself."""
    try:
        return folder / Path(path).expanduser()
    except RuntimeError:
        raise mistake("there is no such home folder: write the whole path") from None
