"""Lines of JSON on standard output, which Cloud Logging reads as entries by itself."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Final

_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


def log_as_json() -> logging.Logger:
    """All that this process logs from now on; the logger of an entry point.

    Ours counts from INFO, that of libraries from WARNING.
    """
    handler = _Here()
    handler.setFormatter(Entries())
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    ours = logging.getLogger("autoscaler")
    ours.setLevel(logging.INFO)
    return ours.getChild("functions")


class Entries(logging.Formatter):
    """One object for each record, with its extra fields beside Cloud Logging's own ones.

    Error Reporting finds what was raised under `stack_trace`.
    """

    def format(self, record: logging.LogRecord) -> str:
        extra = {name: value for name, value in vars(record).items() if name not in _OWN}
        told: dict[str, Any] = {
            **extra,
            "severity": record.levelname,
            "message": record.getMessage(),
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "logger": record.name,
        }
        if record.exc_info:
            told["stack_trace"] = self.formatException(record.exc_info)
        return json.dumps(told, default=str, ensure_ascii=False)


class _Here(logging.StreamHandler[Any]):
    """Writes to what is standard output then: the runtime puts its own in place for a request."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> Any:
        return sys.stdout

    @stream.setter
    def stream(self, _: Any) -> None: ...
