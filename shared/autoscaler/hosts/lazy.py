"""An object that is made when somebody first asks something of it."""

from collections.abc import Callable
from typing import Any


class Lazy:
    """Stands in a port's place, so that a function pays only for the ports that it uses."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._made: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._it(), name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._it()(*args, **kwargs)

    def forget(self) -> None:
        """The next who asks has it made anew."""
        self._made = None

    def _it(self) -> Any:
        if self._made is None:
            self._made = self._make()
        return self._made
