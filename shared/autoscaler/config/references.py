"""Secrets are named, not written: `env:NAME`, `file:/path`, or one that a cloud keeps.

Those of clouds: `ssm:/path` and `secretsmanager:name` of AWS, `gcp-secret:name` of Google.
"""

import re
from pathlib import Path

from autoscaler.config.faults import mistake, secret

HOW = "env:NAME, file:/path, ssm:/path, secretsmanager:name or gcp-secret:name"
HOW_OF_MACHINES = "ssm:/path, secretsmanager:name or gcp-secret:name"
HOW_ON = {"ec2": "ssm:/path or secretsmanager:name", "gce": "gcp-secret:name"}
"""How machines of a provider read their secrets."""
PATTERN = r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.*[^/]|ssm:/.+|secretsmanager:.+|gcp-secret:.+)$"
PATTERN_OF_MACHINES = r"^(ssm:/.+|secretsmanager:.+|gcp-secret:.+)$"

_ON_AWS = ("ssm:", "secretsmanager:")
_ON_GCP = ("gcp-secret:",)
_ON = {"ec2": _ON_AWS, "gce": _ON_GCP}
_OF_MACHINES = (*_ON_AWS, *_ON_GCP)
_SCHEMES = ("env:", "file:", *_OF_MACHINES)
_ENV_NAME = re.compile("[A-Za-z_][A-Za-z0-9_]*")
_PARAMETER = re.compile(r"/[A-Za-z0-9_./-]*[A-Za-z0-9_.-](#[^#]+)?", re.ASCII)
_GOOGLE_NAME = re.compile(
    r"(projects/[a-z0-9:.-]+/secrets/)?[A-Za-z0-9_-]{1,255}(?P<version>/versions/\w+)?(#[^#]+)?",
    re.ASCII,
)
_SECRET_NAME = re.compile(r"[A-Za-z0-9/_+=.@:!-]+(#[^#]+)?", re.ASCII)


def is_reference(text: str) -> bool:
    return text.startswith(_SCHEMES)


def is_of_machine(text: str) -> bool:
    """True for what machines of some cloud can read by themselves."""
    return text.startswith(_OF_MACHINES)


def is_on(provider: str, text: str) -> bool:
    """True for what machines of this provider can read by themselves."""
    return text.startswith(_ON[provider])


def reference(text: str, folder: Path) -> str:
    """The reference with its file below `folder`; an error never repeats what was written."""
    scheme, colon, rest = text.strip().partition(":")
    if colon and scheme == "env":
        return _env(rest)
    if colon and scheme == "file":
        return _file(rest, folder)
    if colon and f"{scheme}:" in _OF_MACHINES:
        return machine_reference(text)
    if text.startswith("$"):
        raise secret("write env:NAME in place of $NAME")
    raise secret(f"a secret is named here, never written: {HOW}")


def machine_reference(text: str) -> str:
    """One that a machine reads by itself; `#KEY` takes one member of a JSON object."""
    scheme, _, name = text.strip().partition(":")
    if scheme == "ssm" and _PARAMETER.fullmatch(name):
        return f"ssm:{name}"
    if scheme == "secretsmanager" and _SECRET_NAME.fullmatch(name):
        return f"secretsmanager:{name}"
    if scheme == "gcp-secret":
        return _google(name)
    if scheme == "ssm":
        raise secret("name a parameter from its first slash on, like ssm:/clearml/git-password")
    if scheme == "secretsmanager":
        raise secret("name the secret, like secretsmanager:clearml/git#password")
    if scheme in ("env", "file"):
        raise mistake(f"a machine reads this by itself, with its role: {HOW_OF_MACHINES}")
    raise secret(f"a secret is named here, never written: {HOW_OF_MACHINES}")


def _google(name: str) -> str:
    found = _GOOGLE_NAME.fullmatch(name)
    if not found or (found["version"] and not found[1]):
        whole = "gcp-secret:projects/P/secrets/S"
        raise secret(f"name the secret, like gcp-secret:clearml-git#password, or {whole}")
    return f"gcp-secret:{name}"


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
