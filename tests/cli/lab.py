"""A configuration and a state table as a running autoscaler leaves them, at a known moment."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from autoscaler.adapters.local.sqlite import SqliteState
from autoscaler.core.decisions import Cause, Verdict
from autoscaler.core.ledger import (
    Control,
    DecisionRow,
    Event,
    Instance,
    Launch,
    Phase,
    QueueSeen,
    Row,
)

CONFIG = """\
deployment: lab
polling_interval: 10s
max_instances: 6
on_shutdown: leave
clearml:
  api: {api}
autoscalers:
  - name: team
    max_instances: 4
    max_idle: 15m
    resources:
      - name: cpu
        provider: process
        queues: [default, fast]
        max_instances: 3
        hourly_price: 0.35
        task_python: {python}
      - name: gpu
        provider: process
        queues: [gpu]
        max_instances: 1
"""
FIRST = "01KB3S7V0QZX4M8T2R9W6Y5N1A"
SECOND = "01KB3SCJ7DHK3F6P0E8S4G2V7B"


def write_config(folder: Path, text: str = CONFIG, api: str = "http://127.0.0.1:9") -> Path:
    path = folder / "autoscaler.yaml"
    path.write_text(text.format(api=api, python="/usr/bin/python3"), encoding="utf-8")
    return path


class Lab:
    """The table beside a configuration; `now` is the present moment, to the second."""

    def __init__(self, folder: Path, **config: str) -> None:
        self.config = write_config(folder, **config)
        self.file = folder / "autoscaler.db"
        self.now = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251  the CLI's own clock

    def ago(self, **length: float) -> datetime:
        return self.now - timedelta(**length)

    def add(self, *rows: Row, past: tuple[Event | Instance | Launch, ...] = ()) -> "Lab":
        with SqliteState(self.file) as state:
            state.commit(put=rows, record=past)
        return self

    def launch(self, key: str = FIRST, **changes: object) -> Launch:
        return Launch.model_validate(
            {
                "key": key,
                "autoscaler": "team",
                "resource": "cpu",
                "compute": "process",
                "queue": "default",
                "queue_ids": ("q1", "q2"),
                "count": 2,
                "slots": 1,
                "requested_at": self.ago(minutes=20),
                "deadline": self.ago(minutes=18),
                "reason": "3 tasks waiting in default, 2 without a slot",
                **changes,
            }
        )

    def instance(self, key: str = f"{FIRST}.0", /, **changes: object) -> Instance:
        launch, _, index = key.rpartition(".")
        machine = f"{launch}-1-{index}"
        return Instance.model_validate(
            {
                "key": key,
                "autoscaler": "team",
                "resource": "cpu",
                "compute": "process",
                "launch": launch,
                "index": int(index),
                "phase": Phase.UP,
                "reason": "registered 12 s after its launch",
                "moved_at": self.ago(minutes=19),
                "attempt": 1,
                "instance_id": machine,
                "type": "process",
                "worker": f"dynamic_team:cpu:process:{machine}",
                "requested_at": self.ago(minutes=20),
                "launched_at": self.ago(minutes=20),
                "registered_at": self.ago(minutes=19),
                "boot_deadline": self.now + timedelta(minutes=10),
                "idle_since": self.ago(minutes=4),
                **changes,
            }
        )

    def decision(self, **changes: object) -> DecisionRow:
        return DecisionRow.model_validate(
            {
                "key": "team",
                "at": self.ago(seconds=4),
                "gen": 7,
                "waiting": 5,
                "oldest": self.ago(minutes=2),
                "idle": 1,
                "booting": 1,
                "busy": 1,
                "draining": 0,
                "live": 3,
                "max": 4,
                "queues": (
                    QueueSeen(queue="default", waiting=5, oldest=self.ago(minutes=2)),
                    QueueSeen(queue="fast", waiting=0),
                ),
                "did": (),
                "did_not": (
                    Verdict(
                        cause=Cause.RESOURCE_MAX,
                        reason="team/cpu is at 3 of max_instances 3",
                        autoscaler="team",
                        resource="cpu",
                        queue="default",
                        count=2,
                        remedy="raise max_instances of team/cpu, or wait for a machine to end",
                    ),
                    Verdict(
                        cause=Cause.NO_DEMAND, queue="fast", reason="no task is waiting in fast"
                    ),
                    Verdict(
                        cause=Cause.QUEUE_MISSING,
                        queue="gpu",
                        reason="ClearML has no queue 'gpu'",
                        remedy="create it in ClearML, correct its name,"
                        " or set clearml.create_missing_queues",
                    ),
                    Verdict(
                        cause=Cause.NOT_IDLE_LONG_ENOUGH,
                        reason="idle for 4 min, limit 15 min",
                        autoscaler="team",
                        resource="cpu",
                        instance=f"{FIRST}.0",
                        count=1,
                    ),
                    Verdict(
                        cause=Cause.BUSY,
                        reason="a task runs on it",
                        autoscaler="team",
                        resource="cpu",
                        instance=f"{FIRST}.1",
                        count=1,
                    ),
                ),
                **changes,
            }
        )

    def event(
        self, event: str, *, subject: str = f"{FIRST}.0", reason: str = "", **ago: float
    ) -> Event:
        at = self.ago(**ago)
        return Event(
            key=f"{at.isoformat()}#{subject}#{event}",
            at=at,
            autoscaler="team",
            subject=subject,
            event=event,
            reason=reason,
            by="poller",
        )

    def control(self, key: str = "team", **changes: object) -> Control:
        return Control.model_validate(
            {"key": key, "at": self.ago(hours=1), "by": "ada@lab", "reason": "upgrade", **changes}
        )

    def busy_day(self) -> "Lab":
        """An idle, a busy and a booting machine, five tasks waiting, and how it came to that."""
        self.add(
            self.decision(),
            self.launch(state="CLOSED", reason="every machine it ordered was launched"),
            self.launch(SECOND, requested_at=self.ago(seconds=20), count=1),
            self.instance(),
            self.instance(
                f"{FIRST}.1",
                idle_since=None,
                protected=True,
                reason="task 8d4c2a51f0b94b6f9a1f0c5f7c1b2e3d runs on it",
            ),
            self.instance(
                f"{SECOND}.0",
                phase=Phase.BOOTING,
                reason="launched: machine 3",
                idle_since=None,
                registered_at=None,
                requested_at=self.ago(seconds=20),
                launched_at=self.ago(seconds=20),
                moved_at=self.ago(seconds=20),
            ),
            past=(
                self.event(
                    "ordered 2",
                    subject=FIRST,
                    reason="3 tasks waiting in default, 2 without a slot",
                    minutes=20,
                ),
                self.event("attempt 1: process:on-demand", subject=FIRST, minutes=19.98),
                self.event("REQUESTED -> BOOTING", reason="launched: machine 1", minutes=19.9),
                self.event("BOOTING -> UP", reason="registered 12 s after its launch", minutes=19),
                self.event("UP", reason="its last task ended", minutes=4),
                self.event(
                    "BOOTING -> UP",
                    subject=f"{FIRST}.1",
                    reason="registered 12 s after its launch",
                    minutes=18.9,
                ),
            ),
        )
        return self
