"""Who writes what, seen in the services at work: an IAM policy may allow this and no more."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import pytest
from greenlet import getcurrent

from autoscaler.adapters.aws.dynamodb.items import SECTIONS
from autoscaler.core.ledger import Past, Row
from autoscaler.ports import State
from tests.adapters.aws.dynamodb.writers import HISTORY, WRITERS, Rights
from tests.faults.drops import Drop
from tests.faults.functions import Run
from tests.faults.play import run
from tests.services.stage import Stage

Seen = defaultdict[str, set[str]]


class Noted:
    """A State that notes which sections a function writes to, and deletes from."""

    def __init__(self, state: State, put: Seen, delete: Seen) -> None:
        self._state = state
        self._put = put
        self._delete = delete

    def commit(
        self,
        *,
        put: Sequence[Row] = (),
        remove: Sequence[Row] = (),
        record: Sequence[Past] = (),
    ) -> None:
        function = getcurrent()
        who = function.name.split()[0] if isinstance(function, Run) else "console"
        self._put[who] |= {SECTIONS[row.kind] for row in put} | {HISTORY for _ in record}
        self._delete[who] |= {SECTIONS[row.kind] for row in remove}
        self._state.commit(put=put, remove=remove, record=record)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._state, name)


@pytest.fixture
def put() -> Seen:
    return defaultdict(set)


@pytest.fixture
def delete() -> Seen:
    return defaultdict(set)


def test_a_function_writes_where_it_may_and_nowhere_else(put: Seen, delete: Seen) -> None:
    watched = Drop("", "nothing", (), state=lambda state: Noted(state, put, delete))
    for seed in (1, 3):  # what is rare happens in one of them
        assert not run(seed=seed, rate=12, hours=1, drop=watched).broken
    assert _rights(put, delete) == {who: WRITERS[who] for who in WRITERS if who != "console"}


def test_a_person_moves_machines_and_switches(put: Seen, delete: Seen) -> None:
    stage = Stage()
    [machine] = stage.start()
    stage.state = Noted(stage.state, put, delete)  # type: ignore[assignment]
    stage.rewire()
    stage.operator.pause(None, scale_out=True, scale_in=True, reason="inventory")
    stage.operator.resume(None, scale_out=True, scale_in=True)
    stage.operator.protect(machine.key, on=True, reason="")
    stage.operator.terminate(machine.key, "broken")
    assert _rights(put, delete) == {"console": WRITERS["console"]}


def test_every_kind_has_a_section_and_only_the_poller_plans() -> None:
    planners = {who for who, may in WRITERS.items() if "plan" in may.put}
    assert planners == {"poller"}
    assert {who for who, may in WRITERS.items() if "launch" in may.put} == {"poller", "launcher"}


def _rights(put: Seen, delete: Seen) -> dict[str, Rights]:
    return {who: Rights(frozenset(put[who]), frozenset(delete[who])) for who in put}
