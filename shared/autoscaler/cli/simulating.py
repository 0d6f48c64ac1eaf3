"""What `simulate` does: reads what is asked for, plays every variant, writes the page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import process_time

from autoscaler.cli.reports.simulation import Simulation, Variant
from autoscaler.config import Config, load
from autoscaler.config.what_if import what_if
from autoscaler.core.fleet import Deployment
from autoscaler.core.words import many
from autoscaler.errors import ConfigError, Problem
from autoscaler.simulate.calendar import ALWAYS
from autoscaler.simulate.files import read_spot, read_trace
from autoscaler.simulate.fitting import fitted, read_map, spread
from autoscaler.simulate.generators import NAMES, generate
from autoscaler.simulate.models import Boot, Models
from autoscaler.simulate.run import Pace, Progress, simulate
from autoscaler.simulate.stage import Stage
from autoscaler.simulate.workload import Workload

Say = Callable[[str], object]

_P95_OF_MEAN = 263 / 180  # as boots of cloud machines were measured
_DAY = 86400.0
_FAST_S = 10.0
_SAID_EVERY = 200


@dataclass(frozen=True)
class Wanted:
    """What a person asked for. `boot_p95` 0: the usual one for that mean."""

    configs: Sequence[Path]
    what_if: Sequence[str] = ()
    workload: str = ""
    trace: Path | None = None
    days: int = 0
    map: Sequence[str] = ()
    seed: int = 1
    scale: float = 1.0
    boot: float = 180.0
    boot_p95: float = 0.0
    spot: Path | None = None
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Case:
    name: str
    deployment: Deployment
    pace: Pace


def simulated(wanted: Wanted, say: Say) -> Simulation:
    """Every variant with the same tasks and the same chances. ConfigError for what is wrong."""
    models = _models(wanted)
    cases = list(_cases(wanted))
    workload = _workload(wanted, say)
    names = read_map(wanted.map)
    fit = spread if wanted.workload else fitted
    variants = []
    began = process_time()
    for case in cases:
        tasks = fit(workload, case.deployment.queue_refs, names)
        watch = _watch(say, case.name, workload.count)
        outcome = simulate(
            case.deployment, tasks, models, wanted.seed, pace=case.pace, progress=watch
        )
        variants.append(Variant(name=case.name, outcome=outcome))
    return Simulation(
        workload=workload.name,
        start=workload.start,
        seed=wanted.seed,
        boot_mean_s=models.boot.mean,
        boot_p95_s=models.boot.p95,
        spot_zones=models.spot.zones,
        notes=tuple(wanted.notes),
        cpu_s=process_time() - began,
        variants=tuple(variants),
    )


def write(path: Path, simulation: Simulation) -> None:
    """The report page. ConfigError when it cannot be written."""
    from autoscaler.cli.pages.simulation import page

    try:
        path.write_text(page(simulation), encoding="utf-8")
    except OSError as error:
        remedy = f"cannot be written ({error.strerror}): name another file"
        raise ConfigError(Problem("--report", str(path), remedy)) from error


def _models(wanted: Wanted) -> Models:
    try:
        boot = Boot(wanted.boot, wanted.boot_p95 or wanted.boot * _P95_OF_MEAN)
    except ValueError as error:
        raise ConfigError(Problem("--boot", f"{wanted.boot:g}", str(error))) from error
    return Models(boot=boot, spot=read_spot(wanted.spot) if wanted.spot else ALWAYS)


def _cases(wanted: Wanted) -> list[_Case]:
    loaded = [(_name(path, wanted.configs), load(path)) for path in wanted.configs]
    first = loaded[0][1]
    loaded += [(changes, what_if(first, changes)) for changes in wanted.what_if]
    return [_Case(name, _deployment(config), _pace(config)) for name, config in loaded]


def _name(path: Path, all_of_them: Sequence[Path]) -> str:
    alike = [each for each in all_of_them if each.name == path.name]
    return path.name if len(alike) == 1 else str(path)


def _deployment(config: Config) -> Deployment:
    """With its prices, as `up` would know them."""
    from autoscaler.hosts.local import Local

    return Local(config).deployment


def _pace(config: Config) -> Pace:
    every = config.polling_interval.total_seconds()
    return Pace(every_s=every, fast_s=_FAST_S if every > _FAST_S else 0.0)


def _workload(wanted: Wanted, say: Say) -> Workload:
    asked = [wanted.workload, wanted.trace, wanted.days]
    if sum(map(bool, asked)) != 1:
        remedy = "name the tasks once: --workload NAME, --trace FILE or --from-clearml DAYS"
        raise ConfigError(Problem("--workload", "", f"{remedy}. Names are {', '.join(NAMES)}"))
    if wanted.trace:
        return read_trace(wanted.trace)
    if wanted.workload:
        return generate(wanted.workload, wanted.seed, wanted.scale)
    raise NotImplementedError


def _watch(say: Say, name: str, count: int | None) -> Progress:
    """Tells now and then how far the run is."""
    looks = 0

    def watch(stage: Stage) -> None:
        nonlocal looks
        looks += 1
        if looks % _SAID_EVERY:
            return
        of = f" of {count}" if count else ""
        done = f"{stage.meter.finished}{of} tasks done"
        say(f"{name}: day {stage.at / _DAY:.1f}, {done}, {many(stage.meter.living, 'machine')}")

    return watch
