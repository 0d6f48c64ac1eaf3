"""Who looks at what the machines of a provider need: a closed map, as that of the computes."""

from collections.abc import Callable, Iterator, Mapping

from autoscaler.config import Config
from autoscaler.core.fleet import Deployment
from autoscaler.errors import ConfigError
from autoscaler.hosts.computes import build, ec2_specs, gce_specs
from autoscaler.ports import Clock, Compute, Doctor, Finding, Secrets


def examine(config: Config, clock: Clock, secrets: Secrets) -> Iterator[Finding]:
    """What the machines of every provider need that the configuration names."""
    for provider in sorted({section.provider for section in config.by_key.values()}):
        try:
            yield from _DOCTORS[provider](config, clock, secrets).examine()
        except ConfigError as error:
            for problem in error.problems:
                yield Finding.wrong(f"machines {provider}", problem)


def _ec2(config: Config, clock: Clock, secrets: Secrets) -> Doctor:
    from autoscaler.adapters.aws.doctor import Ec2Doctor

    machines = _most(config.deployment())
    return Ec2Doctor(config.name, ec2_specs(config, secrets), machines, clock)


def _gce(config: Config, _clock: Clock, secrets: Secrets) -> Doctor:
    from autoscaler.adapters.gcp.doctor import GceDoctor

    return GceDoctor(gce_specs(config, secrets), _most(config.deployment()))


def _process(config: Config, clock: Clock, secrets: Secrets) -> Doctor:
    return _Preflight("process", build(config, clock, secrets)["process"])


class _Preflight:
    """The Doctor of a compute that looks at everything by itself."""

    def __init__(self, name: str, compute: Compute) -> None:
        self._check, self._compute = f"machines {name}", compute

    def examine(self) -> Iterator[Finding]:
        problems = self._compute.preflight()
        yield from (Finding.wrong(self._check, problem) for problem in problems)
        if not problems:
            found = "nothing keeps them from starting"
            yield Finding(check=self._check, verdict="ok", found=found)


def _most(deployment: Deployment) -> Mapping[str, int]:
    """How many machines of each resource there may be at once, by its key."""
    return {
        resource.key: min(
            most
            for most in (
                resource.max_instances,
                autoscaler.max_instances,
                deployment.max_instances,
            )
            if most is not None
        )
        for autoscaler in deployment.autoscalers
        for resource in autoscaler.resources
    }


_DOCTORS: dict[str, Callable[[Config, Clock, Secrets], Doctor]] = {
    "ec2": _ec2,
    "gce": _gce,
    "process": _process,
}
