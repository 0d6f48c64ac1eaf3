"""Secrets are named, not written: `env:NAME`, `file:/path`, `ssm:/path`, `secretsmanager:name`."""

import re
from pathlib import Path

from autoscaler.config.faults import mistake, secret

HOW = "env:NAME, file:/path, ssm:/path or secretsmanager:name"
HOW_ON_AWS = "ssm:/path or secretsmanager:name"
PATTERN = r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.*[^/]|ssm:/.+|secretsmanager:.+)$"
PATTERN_ON_AWS = r"^(ssm:/.+|secretsmanager:.+)$"

_LATER = {"gcp-secret": "the Google Cloud host"}
_SCHEMES = ("env:", "file:", "ssm:", "secretsmanager:")
_ON_AWS = ("ssm:", "secretsmanager:")
_ENV_NAME = re.compile("[A-Za-z_][A-Za-z0-9_]*")
_PARAMETER = re.compile(r"/[A-Za-z0-9_./-]*[A-Za-z0-9_.-](#[^#]+)?", re.ASCII)
_SECRET_NAME = re.compile(r"[A-Za-z0-9/_+=.@:!-]+(#[^#]+)?", re.ASCII)


def is_reference(text: str) -> bool:
    return text.startswith(_SCHEMES)


def is_on_aws(text: str) -> bool:
    """True for what a machine of AWS can read by itself."""
    return text.startswith(_ON_AWS)


def reference(text: str, folder: Path) -> str:
    """The reference with its file below `folder`; an error never repeats what was written."""
    scheme, colon, rest = text.strip().partition(":")
    if colon and scheme == "env":
        return _env(rest)
    if colon and scheme == "file":
        return _file(rest, folder)
    if colon and scheme in ("ssm", "secretsmanager"):
        return aws_reference(text)
    if colon and scheme in _LATER:
        raise mistake(f"{scheme}: comes with {_LATER[scheme]}; so far: {HOW}")
    if text.startswith("$"):
        raise secret("write env:NAME in place of $NAME")
    raise secret(f"a secret is named here, never written: {HOW}")


def aws_reference(text: str) -> str:
    """One that a machine of AWS reads by itself; `#KEY` takes one member of a JSON object."""
    scheme, _, name = text.strip().partition(":")
    if scheme == "ssm" and _PARAMETER.fullmatch(name):
        return f"ssm:{name}"
    if scheme == "secretsmanager" and _SECRET_NAME.fullmatch(name):
        return f"secretsmanager:{name}"
    if scheme == "ssm":
        raise secret("name a parameter from its first slash on, like ssm:/clearml/git-password")
    if scheme == "secretsmanager":
        raise secret("name the secret, like secretsmanager:clearml/git#password")
    if scheme in ("env", "file"):
        raise mistake(f"a machine reads this by itself, with its role: {HOW_ON_AWS}")
    raise secret(f"a secret is named here, never written: {HOW_ON_AWS}")


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
