"""Any commits in any order: a State answers as the one in memory does."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from autoscaler.adapters.memory.state import MemoryState
from autoscaler.core.ledger import Control, Past, Ref, Row, Spend
from autoscaler.errors import StaleWriteError
from autoscaler.ports import State
from tests.contracts.state_rows import AT, event, fence, instance, launch, request

Open = Callable[[ExitStack], State]

_KEYS = st.sampled_from(["a", "a.0"])
_HOURS = st.integers(0, 5).map(lambda hours: timedelta(hours=hours))
_SUMS = st.floats(0, 1e9).map(lambda each: each if each > 1e-9 else 0.0)
_ROWS: st.SearchStrategy[Row] = st.one_of(
    st.builds(fence, _KEYS, gen=st.integers(0, 2**70)),
    st.builds(launch, _KEYS, reason=st.text(max_size=9)),
    st.builds(instance, _KEYS),
    st.builds(request, _KEYS, st.text(max_size=99)),
    st.builds(Spend, key=_KEYS, hour=_SUMS, month=_SUMS),
    st.builds(lambda key, after: Control(key=key, at=AT + after), _KEYS, _HOURS),
)
_REVISIONS = st.sampled_from([0, 0, 1, -1])


class StateStory(RuleBasedStateMachine):
    """A subclass says how its State is opened; what must be closed again goes on the stack."""

    open: Open

    def __init__(self) -> None:
        super().__init__()
        self.model = MemoryState()
        self.opened = ExitStack()
        self.recorded = AT

    @initialize()
    def begin(self) -> None:
        self.state = type(self).open(self.opened)
        self._both(put=[fence("a"), launch("a"), instance("a"), request("a")])

    def teardown(self) -> None:
        self.opened.close()

    @rule(
        rows=st.lists(_ROWS, max_size=3, unique_by=lambda row: row.ref),
        removed=st.booleans(),
        off=_REVISIONS,
        told=st.booleans(),
    )
    def commit(self, rows: list[Row], *, removed: bool, off: int, told: bool) -> None:
        """Mostly over what is there; sometimes one row is another revision's."""
        read = [self._over(row, off if row is rows[-1] else 0) for row in rows]
        record: list[Past] = [event(f"{len(rows)}", at=self.recorded)] if told else []
        if removed:
            self._both(remove=read, record=record)
        else:
            self._both(put=read, record=record)

    @rule(after=_HOURS, key=_KEYS)
    def archive(self, after: timedelta, key: str) -> None:
        """The same machine may end once more, later."""
        self.recorded += after
        self._both(record=[instance(key, gone_at=self.recorded), launch(closed_at=self.recorded)])

    @rule(before=_HOURS, subject=st.none() | _KEYS, limit=st.integers(1, 4))
    def look_back(self, before: timedelta, subject: str | None, limit: int) -> None:
        wanted = {"since": self.recorded - before, "subject": subject, "limit": limit}
        assert self.state.history(**wanted) == self.model.history(**wanted)  # type: ignore[arg-type]

    @invariant()
    def both_hold_the_same(self) -> None:
        if hasattr(self, "state"):
            assert _sorted(self.state.live()) == _sorted(self.model.live())
            assert self.state.history() == self.model.history()

    def _over(self, row: Row, off: int) -> Row:
        found = self.model.read(row.ref)
        revision = max(0, (found.revision if found else 0) + off)
        return row.model_copy(update={"revision": revision})

    def _both(
        self,
        put: Sequence[Row] = (),
        remove: Sequence[Row] = (),
        record: Sequence[Past] = (),
    ) -> None:
        answers = []
        for state in (self.model, self.state):
            try:
                state.commit(put=put, remove=remove, record=record)
            except StaleWriteError:
                answers.append("stale")
            else:
                answers.append("done")
        assert answers[0] == answers[1]
        for row in (*put, *remove):
            assert self.state.read(row.ref) == self.model.read(row.ref)


def _sorted(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: Ref(*row.ref))
