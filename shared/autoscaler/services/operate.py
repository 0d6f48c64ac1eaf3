"""What a person may do by hand: each act is written down with who, when and why."""

from collections.abc import Callable
from datetime import datetime

from autoscaler.core.fleet import Deployment
from autoscaler.core.ledger import Control, Event, Instance, Phase, Ref
from autoscaler.core.lifecycle import EDGES, move
from autoscaler.core.limits import EVERYWHERE
from autoscaler.errors import ConfigError, Problem, StaleWriteError
from autoscaler.ports import Clock, Ids, State

_PATIENCE = 5
_DRAIN = "drain asked for"
_DISMISS = "to go once it has no task"
_UNKNOWN = "no such instance; `autoscaler status` lists them"


class Operator:
    """Acts by compare-and-set; the next tick (or reaper) carries out what the rows then say."""

    def __init__(
        self, deployment: Deployment, state: State, clock: Clock, ids: Ids, *, by: str
    ) -> None:
        self._deployment = deployment
        self._state = state
        self._clock = clock
        self._ids = ids
        self._by = by

    def pause(
        self, autoscaler: str | None, *, scale_out: bool, scale_in: bool, reason: str
    ) -> Control:
        """Switch off what is True, for one autoscaler or for all; the rest stays as it is."""
        return self._control(
            autoscaler,
            "paused " + _both(scale_out=scale_out, scale_in=scale_in),
            reason,
            lambda row: {
                "scale_out": row.scale_out and not scale_out,
                "scale_in": row.scale_in and not scale_in,
            },
        )

    def resume(self, autoscaler: str | None, *, scale_out: bool, scale_in: bool) -> Control:
        """Switch on what is named True."""
        return self._control(
            autoscaler,
            "resumed " + _both(scale_out=scale_out, scale_in=scale_in),
            "",
            lambda row: {
                "scale_out": row.scale_out or scale_out,
                "scale_in": row.scale_in or scale_in,
            },
        )

    def protect(self, instance: str, *, on: bool, reason: str) -> Instance:
        """Keep the instance from being drained, or no longer."""
        words = "protected" if on else "no longer protected"
        return self._instance(
            instance, words, reason, lambda row, _: row.model_copy(update={"protected": on})
        )

    def drain(self, instance: str, reason: str) -> Instance:
        """Let the instance stop unless it works; protection does not hold a person back."""

        def change(row: Instance, now: datetime) -> Instance:
            return self._draining(row, self._drained(reason), now)

        return self._instance(instance, _DRAIN, reason, change, to=Phase.DRAINING)

    def drain_idle(self, autoscaler: str | None, reason: str) -> list[Instance]:
        """Let every machine without a task stop, whatever `max_idle` and the minimums say.

        Those that work, boot, or are protected stay as they are.
        """

        def change(row: Instance, now: datetime) -> Instance | None:
            if row.phase != Phase.UP or row.idle_since is None or row.silent_since:
                return None
            return self._draining(row, self._drained(reason), now)

        return self._each(autoscaler, _DRAIN, reason, change)

    def drain_all(self, autoscaler: str | None, reason: str) -> list[Instance]:
        """Let every machine stop: what works when its task ends, everything else now.

        It is remembered on the row (`dismissed`), so a machine that takes a task meanwhile, or
        that is only ordered yet, goes later. Protected ones stay as they are.
        """

        def change(row: Instance, now: datetime) -> Instance | None:
            why = self._drained(reason)
            if row.phase == Phase.GONE or row.dismissed:
                return None
            marked = row.model_copy(update={"dismissed": why})
            works = row.phase == Phase.UP and row.idle_since is None
            if works or Phase.DRAINING not in EDGES[row.phase]:
                return marked
            return self._draining(marked, why, now)

        return self._each(autoscaler, _DISMISS, reason, change)

    def terminate(self, instance: str, reason: str) -> Instance:
        """End the instance whatever it does; a task that runs on it is lost."""

        def change(row: Instance, now: datetime) -> Instance:
            why = f"terminated by {self._by}" + (f": {reason}" if reason else "")
            return move(
                row,
                Phase.TERMINATING,
                why,
                now,
                drain_at=now,
                drain_reason=why,
                forced=True,
                next_check=now,
            )

        return self._instance(
            instance, "terminate asked for", reason, change, to=Phase.TERMINATING
        )

    def _control(
        self,
        autoscaler: str | None,
        act: str,
        reason: str,
        changes: Callable[[Control], dict[str, object]],
    ) -> Control:
        key = self._autoscaler_key(autoscaler)
        for _ in range(_PATIENCE):
            now = self._clock.now()
            found = self._state.read(Ref("control", key))
            row = found if isinstance(found, Control) else Control(key=key, at=now)
            after = row.model_copy(
                update={**changes(row), "reason": reason, "by": self._by, "at": now}
            )
            try:
                self._state.commit(put=[after], record=[self._event(key, key, act, reason, now)])
            except StaleWriteError:
                continue
            return after
        raise StaleWriteError(f"control {key} kept moving; try again")

    def _drained(self, reason: str) -> str:
        return f"drained by {self._by}" + (f": {reason}" if reason else "")

    def _draining(self, row: Instance, why: str, now: datetime) -> Instance:
        return move(
            row,
            Phase.DRAINING,
            why,
            now,
            drain_at=now,
            asked_at=None,
            drain_nonce=self._ids.new(),
            drain_reason=why,
            next_check=now,
        )

    def _each(
        self,
        autoscaler: str | None,
        act: str,
        reason: str,
        change: Callable[[Instance, datetime], Instance | None],
    ) -> list[Instance]:
        """Every machine that `change` has an answer for, but the protected, as it now stands."""
        mine = self._autoscaler_key(autoscaler)

        def changed(row: Instance, now: datetime) -> Instance | None:
            return None if row.protected else change(row, now)

        rows = [row for row in self._state.live() if isinstance(row, Instance)]
        wanted = [row.key for row in rows if mine in (EVERYWHERE, row.autoscaler)]
        done = (self._act(key, act, reason, changed) for key in wanted)
        return [row for row in done if row]

    def _instance(
        self,
        key: str,
        act: str,
        reason: str,
        change: Callable[[Instance, datetime], Instance],
        to: Phase | None = None,
    ) -> Instance:
        def checked(row: Instance, now: datetime) -> Instance:
            if to and to not in EDGES[row.phase]:
                remedy = f"it is {row.phase} ({row.reason}); nothing was changed"
                raise ConfigError(Problem("INSTANCE", key, remedy))
            return change(row, now)

        row = self._act(self._find(key).key, act, reason, checked)
        if row is None:
            raise ConfigError(Problem("INSTANCE", key, _UNKNOWN))
        return row

    def _act(
        self,
        key: str,
        act: str,
        reason: str,
        change: Callable[[Instance, datetime], Instance | None],
    ) -> Instance | None:
        """The row after `change`, which sees it as it is now; None when it wants no change."""
        for _ in range(_PATIENCE):
            now = self._clock.now()
            row = self._state.read(Ref("instance", key))
            after = change(row, now) if isinstance(row, Instance) else None
            if after is None:
                return None
            told = self._event(after.key, after.autoscaler, act, reason, now)
            try:
                self._state.commit(put=[after], record=[told])
            except StaleWriteError:
                continue
            return after
        raise StaleWriteError(f"instance {key} kept moving; try again")

    def _find(self, key: str) -> Instance:
        """The instance by its key or its machine's id."""
        row = self._state.read(Ref("instance", key))
        if isinstance(row, Instance):
            return row
        for other in self._state.live():
            if isinstance(other, Instance) and key in (other.instance_id, other.worker):
                return other
        raise ConfigError(Problem("INSTANCE", key, _UNKNOWN))

    def _autoscaler_key(self, name: str | None) -> str:
        known = [autoscaler.name for autoscaler in self._deployment.autoscalers]
        if name is None:
            return EVERYWHERE
        if name not in known:
            raise ConfigError(Problem("AUTOSCALER", name, f"not one of {', '.join(known)}"))
        return name

    def _event(self, subject: str, autoscaler: str, act: str, reason: str, now: datetime) -> Event:
        return Event(
            key=f"{now.isoformat()}#{subject}#{self._ids.new()}",
            at=now,
            autoscaler=autoscaler,
            subject=subject,
            event=act,
            reason=reason,
            by=self._by,
        )


def _both(*, scale_out: bool, scale_in: bool) -> str:
    return " and ".join(
        name for name, on in (("scale-out", scale_out), ("scale-in", scale_in)) if on
    )
