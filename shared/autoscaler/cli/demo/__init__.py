"""`autoscaler demo`: the whole main job on this computer, with a witness."""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from shutil import rmtree

from rich.console import Console, RenderableType
from rich.live import Live

from autoscaler.adapters.local.sqlite import SqliteState
from autoscaler.cli.demo import view
from autoscaler.cli.demo.observer import Observer, Summary, TaskStory, summary
from autoscaler.cli.demo.script import MAXIMUM, QUEUES, WAVES, write_configuration
from autoscaler.cli.demo.stage import Server, Up, create_queues, enqueue, stand_in
from autoscaler.core.ledger import Event, Instance
from autoscaler.errors import ConfigError

_LIMIT = 170
_EXPECTED = sum(len(wave) for wave in WAVES)


def run(*, json_output: bool, keep: bool) -> int:
    """Play the demo; 0 only if every task ran once, nothing was over, and nothing is left.

    With `json_output` the last line of stdout is one JSON object and the show goes to stderr.
    `keep` leaves the folder (configuration, state table, logs) behind and names it.
    """
    console = Console(stderr=json_output)
    folder = Path(tempfile.mkdtemp(prefix="autoscaler-demo-"))
    try:
        with stand_in(folder) as server:
            result = _Demo(folder, server, console).play()
    finally:
        if keep:
            console.print(f"everything is in {folder}")
        else:
            rmtree(folder, ignore_errors=True)
    if json_output:
        sys.stdout.write(result.model_dump_json() + "\n")
    return 0 if result.good else 1


class _Demo:
    def __init__(self, folder: Path, server: Server, console: Console) -> None:
        self._console = console
        self._client = server.client()
        self._queues = create_queues(self._client, QUEUES)
        self._queue_names = {id_: name for name, id_ in self._queues.items()}
        self._config = write_configuration(folder, server.url, sys.executable)
        self._up = Up(self._config, server.environment)
        self._observer = Observer(folder / ".autoscaler", server.log, MAXIMUM)
        self._names: dict[str, str] = {}
        self._began = time.monotonic()

    def play(self) -> Summary:
        with self._observer:
            try:
                self._watch()
            finally:
                self._up.stop()
        tasks = self._tasks()
        result = summary(tasks, _EXPECTED, self._observer.counts, len(self._observer.leftover()))
        self._tell(tasks, result)
        return result

    def _watch(self) -> None:
        waves = [list(wave) for wave in WAVES]
        with self._shown() as live:
            while self._seconds() < _LIMIT and self._up.running:
                tasks = self._tasks()
                idle = all(task.status == "completed" for task in tasks.values())
                if waves and idle:
                    for job in waves.pop(0):
                        self._names[enqueue(self._client, job, self._queues)] = job.name
                elif not waves and idle and not self._observer.leftover():
                    return
                live.update(self._view(tasks))
                time.sleep(0.5)

    @contextmanager
    def _shown(self) -> Iterator[Live]:
        """A live table on a terminal; elsewhere nothing moves."""
        live = Live(console=self._console, transient=True, auto_refresh=self._console.is_terminal)
        if not self._console.is_terminal:
            self._console.print("two queues, two waves of tasks, real agents: about a minute")
            yield live
            return
        with live:
            yield live

    def _view(self, tasks: dict[str, TaskStory]) -> RenderableType:
        done = sum(1 for task in tasks.values() if task.status == "completed")
        title = f"{self._seconds():3.0f} s   {done} of {_EXPECTED} tasks completed"
        return view.live(title, self._names, tasks, self._instances(), datetime.now(UTC))

    def _tell(self, tasks: dict[str, TaskStory], result: Summary) -> None:
        self._console.print(view.task_table(self._names, tasks))
        self._console.print(view.story(self._events()))
        if not result.good:
            self._console.print(self._up.log.read_text(errors="replace"), markup=False)
        self._console.print(_sentence(result, self._seconds()), highlight=False)

    def _tasks(self) -> dict[str, TaskStory]:
        return self._observer.tasks(self._queue_names)

    def _table(self) -> SqliteState | None:
        try:
            return SqliteState(self._config.with_name("autoscaler.db"), readonly=True)
        except ConfigError:
            return None  # the first tick has yet to come

    def _instances(self) -> list[Instance]:
        table = self._table()
        return [row for row in table.live() if isinstance(row, Instance)] if table else []

    def _events(self) -> list[Event]:
        table = self._table()
        return [row for row in table.history() if isinstance(row, Event)] if table else []

    def _seconds(self) -> float:
        return time.monotonic() - self._began


def _sentence(result: Summary, seconds: float) -> str:
    waits = result.wait_seconds
    return (
        f"{result.tasks_completed} of {_EXPECTED} tasks completed on {result.launches}"
        f" machines in {seconds:.0f} s; waited p50 {waits.p50} s, p95 {waits.p95} s;"
        f" over maximum {result.over_max}, launched above need {result.duplicate_launches},"
        f" processes left {result.leftover_processes}"
    )
