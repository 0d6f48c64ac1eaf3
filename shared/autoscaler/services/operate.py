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
            why = f"drained by {self._by}" + (f": {reason}" if reason else "")
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

        return self._instance(instance, "drain asked for", reason, change, to=Phase.DRAINING)

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

    def _instance(
        self,
        key: str,
        act: str,
        reason: str,
        change: Callable[[Instance, datetime], Instance],
        to: Phase | None = None,
    ) -> Instance:
        for _ in range(_PATIENCE):
            now = self._clock.now()
            row = self._find(key)
            if to and to not in EDGES[row.phase]:
                remedy = f"it is {row.phase} ({row.reason}); nothing was changed"
                raise ConfigError(Problem("INSTANCE", key, remedy))
            after = change(row, now)
            told = self._event(row.key, row.autoscaler, act, reason, now)
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
        raise ConfigError(
            Problem("INSTANCE", key, "no such instance; `autoscaler status` lists them")
        )

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
