"""Whether the table's file is still the one that was opened."""

from pathlib import Path

from autoscaler.errors import ConfigError, Problem

_REMEDY = (
    "the file was {} under the running autoscaler: start it again; "
    "its machines live on and will be adopted"
)


class TableFile:
    """Remembers the file as it is now."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened = _identity(path)

    def check(self) -> None:
        """ConfigError when it was deleted or replaced: nobody would find what is written to it."""
        now = _identity(self._path)
        if now != self._opened:
            what = "replaced" if now else "deleted"
            raise ConfigError(Problem("state", str(self._path), _REMEDY.format(what)))


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_dev, found.st_ino
