"""Where what the operator gave lands: in files that only the owner reads, and no shell does."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Mapping  # noqa: UP035 - Python 3.8

from autoscaler.machine.boot import docker
from autoscaler.machine.boot.conf import conf
from autoscaler.machine.boot.files import write_private
from autoscaler.machine.boot.trust import trust

Document = Mapping[str, Any]


def place(folder: Path, wanted: Document) -> dict[str, str]:
    """Write it all, over what was there; the environment of the guard and its agents.

    `wanted` is what was ordered for boot, its secrets in place.
    """
    home = Path(wanted["home"] or Path.home())
    bundle = trust(folder, wanted["ca"])
    for slot in range(wanted["slots"]):
        own = folder / f"slot{slot}"
        write_private(own / "clearml.conf", conf(wanted, own / "venvs", bundle))
    docker.log_in(home / ".docker" / "config.json", wanted)
    docker.install_helper(folder / "bin")
    _ssh(home / ".ssh", wanted["git"])
    environment = _environment(folder, home, wanted, bundle)
    write_private(folder / "login.json", json.dumps(environment))
    return environment


def _ssh(folder: Path, git: Document) -> None:
    """Under the one name that every ssh looks for; what kind of key it is, the key itself says."""
    if git["ssh_key"]:
        write_private(folder / "id_rsa", git["ssh_key"].rstrip("\n") + "\n")
    if git["known_hosts"]:
        write_private(folder / "known_hosts", git["known_hosts"].rstrip("\n") + "\n")


def _environment(folder: Path, home: Path, wanted: Document, bundle: str) -> dict[str, str]:
    """Later ones win: what the image sets, what the operator says, what an agent must have."""
    found: dict[str, str] = {}
    if (folder / "bashrc.json").exists():
        found.update(json.loads((folder / "bashrc.json").read_text()))
    path = found.get("PATH") or os.environ.get("PATH", os.defpath)  # noqa: TID251 - the machine's
    found.update({**trusting(bundle), **proxies(wanted["proxy"]), **wanted["environment"]})
    login, git = wanted["login"], wanted["git"]
    ours = {
        "CLEARML_API_HOST": login["api_server"],
        "CLEARML_WEB_HOST": login["web_server"],
        "CLEARML_FILES_HOST": login["files_server"],
        "CLEARML_API_ACCESS_KEY": login["access_key"],
        "CLEARML_API_SECRET_KEY": login["secret_key"],
        "CLEARML_AGENT_GIT_USER": git["user"],
        "CLEARML_AGENT_GIT_PASS": git["password"],
        "CLEARML_AGENT_GIT_HOST": git["host"],
    }
    found.update({name: value for name, value in ours.items() if value})
    path = wanted["environment"].get("PATH", path)
    return {**found, "HOME": str(home), "PATH": f"{folder / 'bin'}{os.pathsep}{path}"}


def proxies(proxy: Document) -> dict[str, str]:
    """Programs differ in which of the two spellings they know."""
    names = {name: f"{name}_proxy" for name in ("http", "https", "no")}
    given = {variable: proxy[name] for name, variable in names.items() if proxy[name]}
    return {**given, **{name.upper(): value for name, value in given.items()}}


def trusting(bundle: str) -> dict[str, str]:
    names = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "PIP_CERT", "GIT_SSL_CAINFO")
    return dict.fromkeys((*names, "AWS_CA_BUNDLE"), bundle) if bundle else {}
