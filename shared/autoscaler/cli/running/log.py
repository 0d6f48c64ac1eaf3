"""What the services log, on stderr: an event's name and its fields, for people or as JSON."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

from autoscaler.cli.escape import visible

_OWN = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


def set_up(*, json_output: bool, verbose: bool) -> None:
    """Everything of ours from INFO on (DEBUG when verbose), of others from WARNING on.

    Where a person watches, INFO would only repeat what `up` tells: it begins at WARNING there.
    """
    watched = sys.stdout.isatty() and sys.stderr.isatty() and not json_output
    handler = logging.StreamHandler()
    handler.setFormatter(_Json() if json_output else _Plain())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    level = logging.DEBUG if verbose else logging.WARNING if watched else logging.INFO
    logging.getLogger("autoscaler").setLevel(level)


class _Plain(logging.Formatter):
    """When, how bad, who, what, and the fields as name=value."""

    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{name}={value}" for name, value in _fields(record).items())
        words = [_at(record), record.levelname, record.name, record.getMessage(), fields]
        return visible(" ".join(words).rstrip()) + self._trace(record)

    def _trace(self, record: logging.LogRecord) -> str:
        return f"\n{self.formatException(record.exc_info)}" if record.exc_info else ""


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "type": "log",
            "at": _at(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            told["trace"] = self.formatException(record.exc_info)
        return json.dumps(told, default=str)


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in record.__dict__.items() if name not in _OWN}


def _at(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="seconds")
