"""The settings of ClearML's autoscalers that all their resources share, as ours."""

import re
from collections.abc import Callable, Mapping

from autoscaler.config.fields import WORD_PATTERN, slug
from autoscaler.config.importing.resources import resources
from autoscaler.config.importing.resources_gcp import metadata
from autoscaler.config.importing.result import Result, Tree
from autoscaler.config.importing.source import Form, Said
from autoscaler.config.importing.values import minutes, pairs, switch, text
from autoscaler.config.importing.words import UNSUPPORTED
from autoscaler.core.redact import HIDDEN, redacted, without_keys
from autoscaler.errors import ConfigError, Problem

Settings = Mapping[str, Said]

_NOWHERE = "the import itself"
_SHUTDOWN = {"idle": "idle", "all": "all", "nothing": "leave", "none": "leave"}
_USED = {
    "cloud_provider", "cloud_credentials_key", "cloud_credentials_secret", "instance_name",
    "cloud_credentials_token", "cloud_credentials_region", "use_credentials_chain",
    "use_iam_instance_profile", "iam_arn", "iam_name", "git_user", "git_pass", "tags",
    "default_docker_image", "use_docker_mode", "max_idle_time_min", "polling_interval_time_min",
    "max_spin_up_time_min", "workers_prefix", "extra_clearml_conf", "extra_trains_conf",
    "extra_vm_bash_script", "exclude_bashrc_script", "shutdown_action",
    "custom_launch_specification",
}  # fmt: skip
_OF_AWS = {
    "cloud_credentials_key", "cloud_credentials_secret", "cloud_credentials_token",
    "cloud_credentials_region", "use_credentials_chain", "use_iam_instance_profile", "iam_arn",
    "iam_name", "custom_launch_specification", "tags",
}  # fmt: skip
_OF_GCP = {
    "gcp_project_id", "gcp_zone", "gcp_credentials", "gcp_subnet", "gcp_use_full_subnet_path",
    "global_metadata",
}  # fmt: skip


def of_form(form: Form, name: str, api: str) -> Result:
    """Our configuration of everything that was found.

    ConfigError for one of another cloud. `name` is the autoscaler's where nothing says it;
    `api` is where ClearML is, which its autoscalers' settings do not say.
    """
    said = form.general
    on_google = _is_google(said)
    called = _called(said, name)
    vault = f"clearml-autoscaler/{called.value}"
    result = Result(vault=vault, on_google=on_google, left=list(form.left))
    autoscaler: Tree = {}
    result.put(result.tree, "clearml.api", Said(api, _NOWHERE))
    for key in ("access", "secret"):
        reference = result.keep(f"agent-{key}-key", None, "the agents' own login to ClearML")
        result.put(result.tree, f"clearml.agent_{key}_key", Said(reference, _NOWHERE))
    result.take(result.tree, "polling_interval", said.get("polling_interval_time_min"), minutes)
    (_project if on_google else _account)(result, said)
    _machine(result, said)
    result.put(autoscaler, "name", called)
    _autoscaler(result, autoscaler, said)
    autoscaler["resources"] = resources(form, result)
    result.tree["autoscalers"] = [autoscaler]
    used = (_USED - _OF_AWS) | _OF_GCP if on_google else _USED
    for key in (key for key in said if key not in used):
        result.tell(said[key], UNSUPPORTED.get(key, "unknown here: nothing of it was taken over"))
    return result


def _is_google(said: Settings) -> bool:
    """By what they say; where they say nothing, by what only one of the two has."""
    default = "GCP" if "gcp_project_id" in said or "gcp_credentials" in said else "AWS"
    provider = said.get("cloud_provider", Said(default, ""))
    word = str(provider.value).strip().upper()
    if word not in ("AWS", "GCP", "GOOGLE"):
        remedy = "only autoscalers for AWS and GCP are read so far"
        raise ConfigError(Problem(provider.origin, str(provider.value), remedy))
    return word != "AWS"


def _called(said: Settings, name: str) -> Said:
    for key in ("instance_name", "workers_prefix"):
        if key in said and (found := slug(str(said[key].value).removeprefix("dynamic_"))):
            return Said(found, said[key].origin)
    return Said(slug(name) or "imported", _NOWHERE)


def _account(result: Result, said: Settings) -> None:
    tree = result.tree
    result.take(tree, "aws.region", said.get("cloud_credentials_region"), text)
    keys = [said.get(f"cloud_credentials_{key}") for key in ("key", "secret", "token")]
    if _is(said, "use_credentials_chain"):
        for unused in filter(None, keys):
            result.tell(unused, "not used with use_credentials_chain: it is left out")
    else:
        for ours, key in zip(("access_key", "secret_key", "session_token"), keys, strict=True):
            result.hide(tree, f"aws.{ours}", f"aws-{ours.replace('_', '-')}", key)
    profile = said.get("iam_arn") or said.get("iam_name")
    result.take(tree, "aws.instance_profile", profile, text)
    if "iam_arn" in said and "iam_name" in said:
        result.tell(said["iam_name"], "ClearML takes iam_arn first: it is left out")
    result.take(tree, "aws.tags", said.get("tags"), pairs)
    if "tags" in said:
        result.tell(said["tags"], "ClearML reads these and never sets them; now they are set")


def _project(result: Result, said: Settings) -> None:
    tree = result.tree
    result.take(tree, "gcp.project", said.get("gcp_project_id"), text)
    result.hide(tree, "gcp.credentials", "gcp-credentials", said.get("gcp_credentials"))
    metadata(result, tree, "gcp.metadata", said.get("global_metadata"))


def _machine(result: Result, said: Settings) -> None:
    tree = result.tree
    image = said.get("default_docker_image")
    result.take(tree, "machine.docker", said.get("use_docker_mode"), switch)
    if image and HIDDEN in redacted(str(image.value)):
        result.tell(image, "holds what looks like a secret: it is left out, write it without")
    else:
        result.take(tree, "machine.image", image, text)
    if image is None and "use_docker_mode" not in said:
        result.put(tree, "machine.docker", Said(value=False, origin="no default_docker_image"))
    result.take(tree, "machine.git.user", said.get("git_user"), text)
    result.hide(tree, "machine.git.password", "git-password", said.get("git_pass"))
    result.take(tree, "machine.bashrc", said.get("exclude_bashrc_script"), lambda v: not switch(v))
    _long_text(result, "init_script", said.get("extra_vm_bash_script"))
    _long_text(result, "clearml_conf", _conf(said))


def _conf(said: Settings) -> Said | None:
    """ClearML's configuration and the one of its old name, one after the other."""
    both = [said[key] for key in ("extra_trains_conf", "extra_clearml_conf") if key in said]
    if not both:
        return None
    whole = "\n".join(str(each.value).rstrip("\n") for each in both)
    return Said(f"{whole}\n", ", ".join(each.origin for each in both))


def _long_text(result: Result, key: str, said: Said | None) -> None:
    """As it stands, unless a line of it looks like a secret: then all of it becomes one."""
    if said is None:
        return
    lines = without_keys(str(said.value).splitlines())
    if any(HIDDEN in redacted(line) for line in lines):
        result.hide(result.tree, f"machine.{key}", key.replace("_", "-"), said)
        result.tell(said, f"holds what looks like a secret: machine.{key} is a reference")
    else:
        result.put(result.tree, f"machine.{key}", Said(str(said.value), said.origin))


def _autoscaler(result: Result, tree: Tree, said: Settings) -> None:
    prefix = said.get("workers_prefix")
    if prefix and re.fullmatch(WORD_PATTERN, str(prefix.value)):
        result.put(tree, "workers_prefix", prefix)
    elif prefix:
        result.tell(prefix, "no worker of ours can be called so: workers_prefix is left out")
    result.put(tree, "policy", Said("simple", "ClearML's: a machine is idle for max_idle"))
    result.take(tree, "max_idle", said.get("max_idle_time_min"), minutes)
    result.take(tree, "max_spin_up", said.get("max_spin_up_time_min"), minutes)
    result.take(tree, "on_shutdown", said.get("shutdown_action"), _shutdown)


def _shutdown(value: object) -> str:
    first = [word for word in _SHUTDOWN if word in str(value).lower()]
    if not first:
        raise ValueError(f"write one of {', '.join(sorted(set(_SHUTDOWN.values())))}")
    return _SHUTDOWN[first[0]]


def _is(said: Settings, key: str) -> bool:
    as_: Callable[[object], bool] = switch
    try:
        return key in said and as_(said[key].value)
    except ValueError:
        return False
