"""What `simulate` does: reads what is asked for, plays every variant, writes the page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from time import process_time

from autoscaler.cli.reports.simulation import Simulation, Variant
from autoscaler.config import Config, load
from autoscaler.config.what_if import what_if
from autoscaler.core.fleet import Deployment
from autoscaler.core.ran import Ran
from autoscaler.core.seen import Queue
from autoscaler.core.words import many
from autoscaler.errors import ConfigError, Problem
from autoscaler.simulate.calendar import ALWAYS
from autoscaler.simulate.files import read_spot, read_trace
from autoscaler.simulate.fitting import ALL, fitted, read_map, spread
from autoscaler.simulate.generators import NAMES, generate
from autoscaler.simulate.models import Boot, Models
from autoscaler.simulate.past import past
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
    workload = _workload(wanted, cases[0].deployment.queue_refs, say)
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


def check_writable(path: Path) -> None:
    """ConfigError where no page can be written: said before a long simulation, not after it."""
    if path.is_dir() or not path.absolute().parent.is_dir():
        remedy = "cannot be written: name a file in a folder that exists"
        raise ConfigError(Problem("--report", str(path), remedy))


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


def _workload(wanted: Wanted, served: Sequence[str], say: Say) -> Workload:
    asked = [wanted.workload, wanted.trace, wanted.days]
    if sum(map(bool, asked)) != 1:
        remedy = "name the tasks once: --workload NAME, --trace FILE or --from-clearml DAYS"
        raise ConfigError(Problem("--workload", "", f"{remedy}. Names are {', '.join(NAMES)}"))
    if wanted.trace:
        return read_trace(wanted.trace)
    if wanted.workload:
        return generate(wanted.workload, wanted.seed, wanted.scale)
    return _past(wanted, served, say)


def _past(wanted: Wanted, served: Sequence[str], say: Say) -> Workload:
    """Read from the server of the first configuration."""
    from autoscaler.adapters.clearml import ClearmlQueues, ran_since
    from autoscaler.cli.failures import asking
    from autoscaler.hosts.local import Local

    local = Local(load(wanted.configs[0]))
    since = local.clock.now().replace(microsecond=0) - timedelta(days=wanted.days)
    found: list[Ran] = []
    with asking(local.config.clearml):
        for some in ran_since(local.clearml, since):
            found += some
            say(f"reads ClearML: {many(len(found), 'task')}")
        queues = ClearmlQueues(local.clearml).read({ran.queue for ran in found if ran.queue})
    names = read_map(wanted.map)
    called = {each.id: _called(each, names, served) for each in queues}
    workload, notes = past(found, called, served, since)
    wanted.notes.extend(notes)
    return workload


def _called(queue: Queue, names: Mapping[str, str], served: Sequence[str]) -> str:
    """What the configuration calls the queue, or the one that its tasks are put into."""
    mine = next((each for each in (queue.name, queue.id) if each in served), "")
    return names.get(queue.name) or mine or names.get(ALL, queue.name)


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
