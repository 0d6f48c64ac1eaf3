"""What the machines of a cloud are told at their start, in the configuration's words."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ValidationError

from autoscaler.config import (
    AutoscalerSection,
    AwsSection,
    CloudSection,
    Config,
    Ec2Section,
    GceSection,
    GcpSection,
    Keys,
    MachineSection,
)
from autoscaler.config.references import is_of_machine
from autoscaler.errors import ConfigError, Problem
from autoscaler.machine.startup import StartupSpec


def startup_spec(
    config: Config,
    owner: AutoscalerSection,
    section: CloudSection,
    *,
    source: Literal["ec2", "gce"],
) -> StartupSpec:
    """Raises ConfigError for what the machine could not make use of."""
    keys, clearml = _keys(config, owner, section), config.clearml
    told = {
        "prefix": owner.prefix,
        "source": source,
        "login": {
            "access_key": keys.access,
            "secret_key": keys.secret,
            "api_server": clearml.api,
            "web_server": clearml.web_address,
            "files_server": clearml.files_address,
        },
        "slots": section.slots,
        "cpu_only": section.cpu_only,
        "gpus": section.gpus,
        "max_idle": section.max_idle or owner.max_idle,
        "boot_deadline": section.max_spin_up or owner.max_spin_up,
        "max_lifetime": section.max_lifetime,
        **_program(config.machine_of(owner, section)),
    }
    try:
        return StartupSpec.model_validate(told)
    except ValidationError as error:
        place = f"autoscalers[{owner.name}].resources[{section.name}].machine"
        raise ConfigError(*_problems(place, error)) from None


def _keys(config: Config, owner: AutoscalerSection, section: CloudSection) -> Keys:
    """Of agents at ClearML: those of their cloud, where it has its own."""
    cloud: AwsSection | GcpSection | None = None
    if isinstance(section, GceSection):
        cloud = config.gcp_of(owner, section)
    elif isinstance(section, Ec2Section):
        cloud = config.aws_of(owner, section)
    if cloud and cloud.agent_access_key and cloud.agent_secret_key:
        return Keys(cloud.agent_access_key, cloud.agent_secret_key)
    return config.clearml.keys_of_agents


def _program(machine: MachineSection) -> dict[str, Any]:
    parts = ("git", "storage", "registries", "proxy", "ca", "environment", "init_script")
    same = machine.model_dump(include={*parts, "bashrc"}, exclude_none=True)
    filters = machine.docker_args_filters
    return {
        **{name: _told(value) for name, value in same.items()},
        **({} if filters is None else {"docker_args_filters": filters}),
        "docker": machine.image if machine.docker else "",
        "docker_arguments": machine.docker_arguments,
        "conf": _told(machine.clearml_conf or ""),
        "agent": {"command": machine.agent, "version": machine.agent_version},
        "arguments": machine.agent_args,
        "gpu_wait": machine.gpu_wait,
        "logs": machine.logs or "",
    }


def _told(value: Any) -> Any:
    """The value, with what names a secret marked as such: the machine reads it."""
    if isinstance(value, str):
        return {"ref": value} if is_of_machine(value) else value
    if isinstance(value, Mapping):
        return {name: _told(one) for name, one in value.items()}
    return [_told(one) for one in value] if isinstance(value, (list, tuple)) else value


def _problems(place: str, error: ValidationError) -> list[Problem]:
    return [
        Problem(".".join(map(str, (place, *each["loc"]))), "", str(each["msg"]))
        for each in error.errors(include_url=False, include_input=False, include_context=False)
    ]
