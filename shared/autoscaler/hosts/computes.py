"""Which adapter starts a resource's machines: a closed map from provider to adapter."""

from collections.abc import Callable, Mapping

from autoscaler.adapters.local.system import EnvSecrets
from autoscaler.config import AutoscalerSection, Config, ProcessSection
from autoscaler.errors import ConfigError, Problem
from autoscaler.ports import Clock, Compute


def build(config: Config, clock: Clock) -> dict[str, Compute]:
    """One compute for each provider that the configuration names, by its name.

    ConfigError names every secret that is missing.
    """
    providers = {section.provider for section in config.by_key.values()}
    return {name: _BUILDERS[name](config, clock) for name in sorted(providers)}


def _processes(config: Config, clock: Clock) -> Compute:
    from autoscaler.adapters.local.processes import Processes, ProcessSpec

    access, secret = agent_keys(config)

    def spec(owner: AutoscalerSection, section: ProcessSection) -> ProcessSpec:
        return ProcessSpec(
            prefix=owner.prefix,
            api_server=config.clearml.api,
            web_server=config.clearml.web_address,
            files_server=config.clearml.files_address,
            access_key=access,
            secret_key=secret,
            command=() if section.agent == ("clearml-agent",) else section.agent,
            arguments=section.agent_args,
            slots=section.slots,
            cpu_only=section.cpu_only,
            gpus=section.gpus,
            docker=section.image or "",
            python=section.task_python or "",
            environment=_environment(section.environment),
            max_idle=section.max_idle or owner.max_idle,
            boot_deadline=section.max_spin_up or owner.max_spin_up,
        )

    specs = {
        f"{owner.name}/{section.name}": spec(owner, section)
        for owner in config.autoscalers
        for section in owner.resources
    }
    return Processes(config.workdir, config.name, specs, clock)


def agent_keys(config: Config) -> tuple[str, str]:
    """What agents log in with."""
    keys = config.clearml.keys_of_agents
    found = resolve(
        {"clearml.agent_access_key": keys.access, "clearml.agent_secret_key": keys.secret}
    )
    return found["clearml.agent_access_key"], found["clearml.agent_secret_key"]


def resolve(references: Mapping[str, str]) -> dict[str, str]:
    """Every secret, or one ConfigError with every field whose secret is missing."""
    secrets = EnvSecrets()
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for field, reference in references.items():
        try:
            found[field] = secrets.resolve(reference)
        except ConfigError as error:
            problems += [Problem(field, p.value, p.remedy) for p in error.problems]
    if problems:
        raise ConfigError(*problems)
    return found


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    secrets = EnvSecrets()
    return {
        name: secrets.resolve(text) if text.startswith(("env:", "file:")) else text
        for name, text in variables.items()
    }


_BUILDERS: dict[str, Callable[[Config, Clock], Compute]] = {"process": _processes}
