"""The parts of the benchmark that do not play: averages, ratios, aims, seeds, the plot."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from tests.benchmarks.bounds import Bounds
from tests.benchmarks.side_by_side.aims import aims
from tests.benchmarks.side_by_side.cases import Case, Side, matrix, names
from tests.benchmarks.side_by_side.figures import Figures, average
from tests.benchmarks.side_by_side.launch import Launch
from tests.benchmarks.side_by_side.plots import plot
from tests.benchmarks.side_by_side.reference import known, ratios, regressions
from tests.benchmarks.side_by_side.seeds import fresh
from tests.benchmarks.side_by_side.workloads import Row

OURS = Figures(50, 90, 200, 10, 0, 9, 1)
DEFAULT = Figures(100, 100, 400, 40, 2, 9, 1)
TUNED = Figures(60, 120, 250, 20, 3, 9, 1)
SIDES: dict[Side, Figures] = {"ours": OURS, "default": DEFAULT, "tuned": TUNED}


def row(name: str = "poisson", ours: Figures = OURS) -> Row:
    return Row(name, 180, {**SIDES, "ours": ours}, Bounds(40, 45))


def costing(cost: float) -> Figures:
    return replace(OURS, cost=cost)


def test_figures_of_several_runs_are_averaged_one_by_one() -> None:
    assert average([OURS, DEFAULT]) == Figures(75, 95, 300, 25, 1, 9, 1)


@pytest.mark.parametrize(
    ("ours", "figure", "expected"),
    [
        pytest.param(OURS, "cost", 0.5, id="half of it"),
        pytest.param(costing(110), "cost", 1.1, id="more"),
        pytest.param(OURS, "kills", 0.0, id="none, where there were some"),
    ],
)
def test_a_ratio_is_ours_by_the_peers(ours: Figures, figure: str, expected: float) -> None:
    assert row(ours=ours).ratio(figure, "default") == expected


@pytest.mark.parametrize(("kills", "expected"), [(0.0, 1.0), (1.0, 2.0)])
def test_a_ratio_to_nothing_is_one_where_both_are_nothing(kills: float, expected: float) -> None:
    sides = {**SIDES, "ours": Figures(1, 1, 1, 1, kills, 1, 1), "default": Figures(*[0] * 7)}
    assert Row("poisson", 180, sides, Bounds(1, 1)).ratio("kills", "default") == expected


def test_the_document_has_what_was_promised_and_nothing_else() -> None:
    figures = {"cost", "mean_wait_s", "p95_wait_s", "waste", "kills", "launches", "idle_launches"}
    document = row().document()
    assert set(document) == {*SIDES, "name", "boot_s", "lb_work", "opt_zero"}
    assert all(set(document[side]) == figures for side in SIDES)


def test_an_aim_is_missed_by_the_worst_workload() -> None:
    found = {aim.what: aim for aim in aims([row(), row("sparse", costing(70)), row("openb")])}
    worst = found["cost by tuned's, at worst"]
    assert (worst.where, worst.met) == ("sparse", False)
    assert worst.found == pytest.approx(70 / 60)
    assert found["average cost by default's"].found == pytest.approx(0.6)  # of synthetic ones
    assert found["average waste by default's"].found == pytest.approx(0.25)  # of traces
    assert found["average waste by default's"].met


def test_a_burst_has_an_aim_of_its_own() -> None:
    (burst,) = [a for a in aims([row("burst100")]) if a.what.startswith("cost of the burst")]
    assert (burst.found, burst.met) == (0.5, False)


@pytest.mark.parametrize(
    ("cost", "words"),
    [
        pytest.param(50, [], id="the same"),
        pytest.param(53, [], id="a little more than it was"),
        pytest.param(56, ["poisson 180 cost / default: 0.560, it was 0.500"], id="too much"),
        pytest.param(20, [], id="better"),
    ],
)
def test_a_ratio_that_became_worse_is_told(cost: float, words: list[str]) -> None:
    before = ratios([row()], [Launch(100, 7, 3000, 2)])
    found = ratios([row(ours=costing(cost))], [Launch(100, 7, 3000, 2)])
    assert [said for said in regressions(found, before) if "default" in said] == words


def test_ratios_that_nobody_wrote_down_are_told() -> None:
    (said,) = regressions(ratios([row()], []), ratios([row("sparse")], []))
    assert "--write-reference" in said


def test_the_committed_ratios_are_all_better_than_clearmls() -> None:
    assert all(0 < ratio < 1 for ratio in known().values())


def test_fresh_seeds_are_the_commits() -> None:
    seeds = fresh("b9cef7723538c183d1393a68e64fce36bb093106")
    assert seeds == (1600835795, 1458341996, 2642334150, 3281325254, 1767853268)
    assert set(seeds).isdisjoint(fresh("another"))


def test_a_trace_is_played_once_and_a_workload_with_every_seed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TRACES_DIR", raising=False)
    assert "openb" not in names()
    cases = matrix(("openb", "sparse"), (180,), (1, 2))
    ours = [case for case in cases if case.side == "ours"]
    assert ours == [
        Case("openb", 180, 1, "ours"),
        Case("sparse", 180, 1, "ours"),
        Case("sparse", 180, 2, "ours"),
    ]


def test_the_plot_has_a_mark_for_each_side_of_each_workload() -> None:
    tree = ET.fromstring(plot([row(), row("onoff"), row("sparse", costing(500))]))  # noqa: S314
    marks = [mark for mark in tree.iter("{http://www.w3.org/2000/svg}circle") if len(mark)]
    assert len(marks) == 9
    assert all(0 <= float(mark.attrib["cx"]) <= 840 for mark in marks)
    assert marks[0][0].text == "this autoscaler: cost 50, mean wait 90 s"
