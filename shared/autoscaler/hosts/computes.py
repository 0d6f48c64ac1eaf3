"""Which adapter starts a resource's machines: a closed map from provider to adapter."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple, cast

from autoscaler.config import (
    AutoscalerSection,
    AwsSection,
    Config,
    Ec2Section,
    GceSection,
    ProcessSection,
    references,
)
from autoscaler.errors import ConfigError, CredentialsError, Problem
from autoscaler.hosts.lazy import Lazy
from autoscaler.ports import Clock, Compute, Secrets

if TYPE_CHECKING:
    from autoscaler.adapters.aws.ec2 import Ec2Spec
    from autoscaler.adapters.gcp.compute_engine import GceSpec


class NoSecrets:
    """The Secrets port for who only looks at machines: every secret is empty."""

    def resolve(self, _reference: str) -> str:
        return ""


class Means(NamedTuple):
    """What computes are made with.

    `identity` gives a token of who a host is that has no keys of AWS's: roles may trust it.
    """

    clock: Clock
    secrets: Secrets
    identity: Callable[[], str] | None = None


def build(config: Config, clock: Clock, secrets: Secrets) -> dict[str, Compute]:
    """One compute for each provider that the configuration names, by its name.

    ConfigError names every secret that is missing.
    """
    providers = {section.provider for section in config.by_key.values()}
    means = Means(clock, secrets)
    return {name: _BUILDERS[name](config, means) for name in sorted(providers)}


def apart(config: Config, means: Callable[[], Means]) -> dict[str, Compute]:
    """The same, each made by itself when it is first asked something.

    What keeps one from being made (its login is not there) is told by its calls, as of a cloud
    that refuses them (CredentialsError), and the others go on.
    """

    def one(name: str) -> Compute:
        def made() -> Compute:
            try:
                return _BUILDERS[name](config, means())
            except ConfigError as error:
                raise CredentialsError(str(error)) from error

        return cast("Compute", Lazy(made))

    return {name: one(name) for name in {each.provider for each in config.by_key.values()}}


def resolve(references: Mapping[str, str], secrets: Secrets) -> dict[str, str]:
    """The secrets by their fields; one ConfigError names every field whose secret is missing."""
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


def is_reference(value: str) -> bool:
    """Where both are allowed: whether this names a secret, or is the value itself."""
    return references.is_reference(value)


def _processes(config: Config, means: Means) -> Compute:
    from autoscaler.adapters.local.processes import Processes, ProcessSpec

    secrets = means.secrets
    keys = config.clearml.keys_of_agents
    login = resolve({"agent_access_key": keys.access, "agent_secret_key": keys.secret}, secrets)

    def spec(owner: AutoscalerSection, section: ProcessSection) -> ProcessSpec:
        return ProcessSpec(
            prefix=owner.prefix,
            api_server=config.clearml.api,
            web_server=config.clearml.web_address,
            files_server=config.clearml.files_address,
            access_key=login["agent_access_key"],
            secret_key=login["agent_secret_key"],
            command=section.agent,
            arguments=section.agent_args,
            slots=section.slots,
            cpu_only=section.cpu_only,
            gpus=section.gpus,
            docker=section.image or "",
            python=section.task_python or "",
            environment=_environment(section, secrets),
            max_idle=section.max_idle or owner.max_idle,
            boot_deadline=section.max_spin_up or owner.max_spin_up,
        )

    specs = {
        f"{owner.name}/{section.name}": spec(owner, section)
        for owner in config.autoscalers
        for section in owner.resources
        if isinstance(section, ProcessSection)
    }
    return Processes(config.workdir, config.name, specs, means.clock)


def _environment(section: ProcessSection, secrets: Secrets) -> dict[str, str]:
    named = {f"{section.name}.environment.{n}": t for n, t in section.environment.items()}
    found = resolve({n: text for n, text in named.items() if is_reference(text)}, secrets)
    return {n.rpartition(".")[2]: found.get(n, text) for n, text in named.items()}


def _ec2(config: Config, means: Means) -> Compute:
    from autoscaler.adapters.aws.ec2 import Ec2

    specs = ec2_specs(config, means.secrets, means.identity)
    return Ec2(config.name, specs, means.clock)


def ec2_specs(
    config: Config, secrets: Secrets, identity: Callable[[], str] | None = None
) -> "Mapping[str, Ec2Spec]":
    """What machines of EC2 are made of, by their resource. ConfigError as `build`."""
    from autoscaler.adapters.aws.accounts import Accounts
    from autoscaler.adapters.aws.ec2 import Ec2Spec
    from autoscaler.hosts.startup import startup_spec

    accounts = Accounts(identity)
    specs: dict[str, Ec2Spec] = {}
    for owner in config.autoscalers:
        for section in owner.resources:
            if isinstance(section, Ec2Section):
                aws = config.aws_of(owner, section)
                startup = startup_spec(config, owner, section, source="ec2")
                clients = accounts.clients(aws, _keys(aws, secrets))
                specs[f"{owner.name}/{section.name}"] = Ec2Spec(section, aws, startup, clients)
    return specs


def _keys(aws: AwsSection, secrets: Secrets) -> dict[str, str]:
    names = {"access_key": aws.access_key, "secret_key": aws.secret_key}
    named = names | {"session_token": aws.session_token}
    return resolve({f"aws.{name}": ref for name, ref in named.items() if ref}, secrets)


def _gce(config: Config, means: Means) -> Compute:
    from autoscaler.adapters.gcp.compute_engine import Gce

    return Gce(config.name, gce_specs(config, means.secrets), means.clock)


def gce_specs(config: Config, secrets: Secrets) -> "Mapping[str, GceSpec]":
    """What machines of Compute Engine are made of, likewise."""
    from autoscaler.adapters.gcp.compute_engine import Accesses, GceSpec
    from autoscaler.hosts.startup import startup_spec

    accesses = Accesses()
    specs: dict[str, GceSpec] = {}
    for owner in config.autoscalers:
        for section in owner.resources:
            if isinstance(section, GceSection):
                gcp = config.gcp_of(owner, section)
                startup = startup_spec(config, owner, section, source="gce")
                named = {"gcp.credentials": gcp.credentials} if gcp.credentials else {}
                access = accesses.of(gcp, resolve(named, secrets).get("gcp.credentials", ""))
                specs[f"{owner.name}/{section.name}"] = GceSpec(section, gcp, startup, access)
    return specs


_BUILDERS: dict[str, Callable[[Config, Means], Compute]] = {
    "ec2": _ec2,
    "gce": _gce,
    "process": _processes,
}
