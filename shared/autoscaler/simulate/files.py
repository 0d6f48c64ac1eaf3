"""Workloads and spot markets as CSV files. A row that is wrong is named by its line and field."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from math import isfinite
from pathlib import Path

from autoscaler.errors import ConfigError, Problem
from autoscaler.simulate.calendar import Calendar
from autoscaler.simulate.workload import Task, Workload

COLUMNS = ("job_id", "queue", "submit_s", "duration_s", "gpus")
SPOT_COLUMNS = ("zone", "start_s", "available")
_STATES = {"0": False, "1": True, "end": False}


def read_trace(path: Path) -> Workload:
    """A trace whose rows stand in the order of `submit_s`.

    It is read once to be checked, and again as the tasks are asked for: never all at once.
    Raises ConfigError, which names the line and the field.
    """
    queues: Counter[str] = Counter()
    before = 0.0
    for line, task in _tasks(path):
        if task.submit_s < before:
            remedy = f"comes after a task of {before:g}: sort the file by submit_s"
            raise _wrong(path, line, "submit_s", f"{task.submit_s:g}", remedy)
        before = task.submit_s
        queues[task.queue] += 1
    if not queues:
        raise ConfigError(Problem(str(path), "", "has no tasks: add a row for each of them"))
    return Workload(
        path.stem,
        tuple(queues),
        lambda: (task for _, task in _tasks(path)),
        count=queues.total(),
    )


def read_spot(path: Path) -> Calendar:
    """When each zone has spot machines. Raises ConfigError, which names the line and field."""
    changes: dict[str, list[tuple[float, bool]]] = {}
    for line, row in _rows(path, SPOT_COLUMNS):
        at = _number(path, line, "start_s", row["start_s"])
        known = changes.setdefault(row["zone"], [])
        if known and at < known[-1][0]:
            remedy = "comes after a later one of its zone: sort the file by start_s"
            raise _wrong(path, line, "start_s", row["start_s"], remedy)
        if row["available"] not in _STATES:
            remedy = "write 1 (there are machines), 0 (there are none) or end"
            raise _wrong(path, line, "available", row["available"], remedy)
        known.append((at, _STATES[row["available"]]))
    if not changes:
        raise ConfigError(Problem(str(path), "", "has no rows: add one for each change of a zone"))
    return Calendar(changes)


def _tasks(path: Path) -> Iterator[tuple[int, Task]]:
    for line, row in _rows(path, COLUMNS[:-1]):
        if not row["queue"]:
            raise _wrong(path, line, "queue", "", "is empty: name the queue of the task")
        yield (
            line,
            Task(
                id=row["job_id"],
                queue=row["queue"],
                submit_s=_number(path, line, "submit_s", row["submit_s"]),
                duration_s=_number(path, line, "duration_s", row["duration_s"]),
                gpus=_number(path, line, "gpus", row.get("gpus") or "1"),
            ),
        )


def _rows(path: Path, needed: tuple[str, ...]) -> Iterator[tuple[int, Mapping[str, str]]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restval="")
            _check_header(path, reader.fieldnames or (), needed)
            for row in reader:
                yield reader.line_num, {name: (row[name] or "").strip() for name in row if name}
    except OSError as error:
        problem = Problem(str(path), "", f"cannot be read: {error.strerror}")
        raise ConfigError(problem) from error
    except (UnicodeDecodeError, csv.Error) as error:
        problem = Problem(str(path), "", f"is not a CSV file in UTF-8: {error}")
        raise ConfigError(problem) from error


def _check_header(path: Path, found: object, needed: tuple[str, ...]) -> None:
    names = tuple(found) if isinstance(found, list | tuple) else ()
    if missing := [name for name in needed if name not in names]:
        remedy = f"has no column {missing[0]!r}: its first line has to name {','.join(needed)}"
        raise ConfigError(Problem(f"{path} line 1", ",".join(names), remedy))


def _number(path: Path, line: int, field: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not isfinite(number) or number < 0:
        raise _wrong(path, line, field, text, "write a number that is not negative")
    return number


def _wrong(path: Path, line: int, field: str, value: str, remedy: str) -> ConfigError:
    return ConfigError(Problem(f"{path} line {line}, {field}", value, remedy))
