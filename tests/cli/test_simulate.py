"""`simulate` says what tasks would have cost, and starts nothing."""

import json
import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from autoscaler.world.clearml import ClearML
from autoscaler.world.server import StandIn
from tests.cli.conftest import KEYS, Run
from tests.cli.lab import Lab, write_config

HEAD = "job_id,queue,submit_s,duration_s,gpus\n"
SMALL = f"{HEAD}a,default,0,600,1\nb,default,60,300,1\nc,gpu,5000,60,1\n"


@pytest.fixture
def trace(tmp_path: Path) -> str:
    write_config(tmp_path)
    (tmp_path / "tasks.csv").write_text(SMALL, encoding="utf-8")
    return "tasks.csv"


def test_it_tells_cost_waits_and_what_was_assumed(run: Run, trace: str) -> None:
    result = run("simulate", "--trace", trace)

    assert result.exit_code == 0
    assert re.match(r"tasks   3 tasks in .*, seed 1\n", result.stdout)
    assert "half of the tasks wait longer" in result.stdout
    assert "boots take 180 s on average, 95 of 100 up to 263 s" in result.stdout
    assert "machines without a price were counted as 1 an hour" in result.stdout
    assert result.stderr == ""


def test_it_writes_nothing_that_was_not_asked_for(run: Run, trace: str, tmp_path: Path) -> None:
    run("simulate", "--trace", trace)

    assert {path.name for path in tmp_path.iterdir()} == {"autoscaler.yaml", "tasks.csv"}


def test_variants_stand_side_by_side(run: Run, trace: str) -> None:
    result = run("simulate", "--trace", trace, "--what-if", "max_idle=2m slots=2")

    assert "A  autoscaler.yaml\nB  max_idle=2m slots=2\n" in result.stdout
    (wasted,) = [line for line in result.stdout.splitlines() if line.startswith("wasted")]
    assert re.search(r"\d h +\S\d+ %$", wasted)


def test_configurations_are_compared(run: Run, trace: str, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    write_config(other)

    result = run(
        "simulate", "--trace", trace, "-c", "autoscaler.yaml", "-c", "other/autoscaler.yaml"
    )

    assert "A  autoscaler.yaml\nB  other/autoscaler.yaml\n" in result.stdout
    assert "%" not in result.stdout


def test_the_same_command_gives_the_same_figures(run: Run, trace: str) -> None:
    once, again = (run("simulate", "--trace", trace).stdout for _ in range(2))

    assert once == again
    assert once != run("simulate", "--trace", trace, "--seed", "2").stdout


def test_the_json_has_stable_keys(run: Run, trace: str) -> None:
    told = json.loads(run("simulate", "--trace", trace, "--json").stdout)
    (variant,) = told["variants"]

    assert list(told) == [
        *("workload", "start", "seed", "boot_mean_s", "boot_p95_s", "spot_zones", "notes"),
        *("cpu_s", "variants"),
    ]
    assert list(variant) == ["name", "outcome"]
    assert list(variant["outcome"]) == [
        *("workload", "seed", "tasks", "finished", "cost", "mean_wait_s", "p50_wait_s"),
        *("p95_wait_s", "max_wait_s", "machine_hours", "waste", "launches", "idle_launches"),
        *("kills", "reclaimed", "died", "requeues", "lost", "hours", "unpriced", "calls"),
        *("waits", "queues"),
    ]
    assert variant["outcome"]["finished"] == 3


def test_a_boot_can_be_told(run: Run, trace: str) -> None:
    told = run("simulate", "--trace", trace, "--boot", "40", "--boot-p95", "40", "--json").stdout
    slow = run("simulate", "--trace", trace, "--boot", "400", "--json").stdout

    assert json.loads(told)["boot_p95_s"] == 40
    assert json.loads(slow)["boot_p95_s"] == pytest.approx(400 * 263 / 180)
    waits = [json.loads(each)["variants"][0]["outcome"]["p50_wait_s"] for each in (told, slow)]
    assert waits[0] < 130 < waits[1]


def test_made_up_tasks_go_to_the_queues_that_are_served(run: Run, tmp_path: Path) -> None:
    write_config(tmp_path)

    result = run("simulate", "--workload", "burst100", "--scale", "0.05", "--json")

    assert json.loads(result.stdout)["variants"][0]["outcome"]["finished"] == 5


class Page(HTMLParser):
    """What a page refers to, says to who cannot see it, and leaves open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.referred: list[str] = []
        self.labels: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.referred += [value for key in ("src", "href") if (value := told.get(key))]
        if tag == "svg":
            self.labels.append(told.get("aria-label") or "")
            assert told.get("role") == "img"
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag == "path"
        assert not {"src", "href"} & dict(attrs).keys()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_report_is_a_page_that_needs_nothing_else(
    run: Run, trace: str, tmp_path: Path
) -> None:
    result = run("simulate", "--trace", trace, "--what-if", "max_idle=2m", "--report", "r.html")
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    page = Page(text)

    assert "✓ r.html has the plots" in result.stdout
    assert page.open == []
    assert page.referred == []
    assert "url(" not in text
    assert "<script" not in text
    assert "prefers-color-scheme: dark" in text
    assert 'name="viewport"' in text
    assert [label.split(":")[0].split(",")[0] for label in page.labels] == [
        "Machines of autoscaler.yaml over time",
        "Waiting tasks of autoscaler.yaml over time",
        "Machines of max_idle=2m over time",
        "Waiting tasks of max_idle=2m over time",
        "Cost over time",
        "autoscaler.yaml",
    ]


def test_the_report_takes_names_as_they_are(run: Run, tmp_path: Path) -> None:
    write_config(tmp_path)
    name = "<b>&.csv"
    (tmp_path / name).write_text(SMALL, encoding="utf-8")

    run("simulate", "--trace", name, "--report", "r.html")

    assert "<h1>&lt;b&gt;&amp;</h1>" in (tmp_path / "r.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param([], "--workload: name the tasks once", id="no tasks"),
        pytest.param(["--workload", "a", "--trace", "b"], "name the tasks once", id="two of them"),
        pytest.param(["--workload", "busy"], "is none of the workloads: burst100", id="no such"),
        pytest.param(["--trace", "no.csv"], "no.csv: cannot be read", id="no such file"),
        pytest.param(["--trace", "odd.csv"], "odd.csv line 2, submit_s = soon", id="a bad row"),
        pytest.param(["--trace", "far.csv"], "as in --map 'far=default'", id="a foreign queue"),
        pytest.param(["--trace", "tasks.csv", "--map", "x"], "--map = x: write FROM=TO", id="map"),
        pytest.param(["--trace", "tasks.csv", "--boot", "0"], "--boot = 0: the mean", id="boot"),
        pytest.param(["--trace", "tasks.csv", "--spot", "s.csv"], "s.csv: cannot", id="spot"),
        pytest.param(["--trace", "tasks.csv", "--what-if", "x=1"], "no such key", id="what if"),
        pytest.param(
            ["--trace", "tasks.csv", "-c", "no.yaml"], "no.yaml: no such file", id="config"
        ),
        pytest.param(
            ["--trace", "tasks.csv", "--report", "no/r.html"], "--report = no/r.html", id="report"
        ),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_simulated(
    run: Run, tmp_path: Path, arguments: list[str], said: str
) -> None:
    write_config(tmp_path)
    (tmp_path / "tasks.csv").write_text(SMALL, encoding="utf-8")
    (tmp_path / "odd.csv").write_text(f"{HEAD}a,default,soon,1,1\n", encoding="utf-8")
    (tmp_path / "far.csv").write_text(f"{HEAD}a,far,0,1,1\n", encoding="utf-8")

    result = run("simulate", *arguments)

    assert result.exit_code == 2
    assert said in result.stderr.replace("\n", " ")
    assert result.stdout == ""


def past(world: ClearML, queue: str, *, waited: timedelta = timedelta(0)) -> None:
    """A task that has ended; ClearML knows no more of it than of a real one."""
    task = world.tasks.create("work").id
    world.tasks.enqueue(task, queue)
    world.queues.pop(queue)
    world.tasks.started(task)
    world.tasks.edit(task, created=world.tasks.get(task).created - waited)
    world.tasks.completed(task)


def test_the_tasks_of_the_server_are_simulated(run: Run, tmp_path: Path, standin: StandIn) -> None:
    Lab(tmp_path, api=standin.url)
    world = standin.world
    for _ in range(3):
        past(world, world.queues.default().id)
    past(world, world.queues.default().id, waited=timedelta(days=3))
    past(world, world.queues.create("elsewhere").id)

    result = run("simulate", "--from-clearml", "7", env={**KEYS, "COLUMNS": "300"})

    assert result.exit_code == 0
    assert "4 of 5 tasks that ended are simulated; left out are 20 %" in result.stdout
    assert "1 stood in a queue that no resource serves" in result.stdout
    assert "ClearML does not keep when a task was enqueued" in result.stdout
    assert "(1 of 4 tasks)" in result.stdout


def test_tasks_of_another_queue_can_be_mapped(run: Run, tmp_path: Path, standin: StandIn) -> None:
    Lab(tmp_path, api=standin.url)
    past(standin.world, standin.world.queues.create("elsewhere").id)

    result = run("simulate", "--from-clearml", "7", "--map", "elsewhere=gpu", "--json", env=KEYS)

    assert list(json.loads(result.stdout)["variants"][0]["outcome"]["queues"]) == ["gpu"]


def test_a_server_without_a_past_is_told(run: Run, tmp_path: Path, standin: StandIn) -> None:
    Lab(tmp_path, api=standin.url)

    result = run("simulate", "--from-clearml", "7", env=KEYS)

    assert result.exit_code == 2
    assert "nothing to simulate: 0 of 0 tasks that ended" in result.stderr.replace("\n", " ")
