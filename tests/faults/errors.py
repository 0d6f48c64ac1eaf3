"""How a function, or a whole run, comes to its end before its time."""


class Crash(BaseException):
    """The process died between two steps. No `except Exception` may catch it."""


class Violation(BaseException):
    """A promise is broken: the run ends here, whatever a service catches."""

    def __init__(self, invariant: str, what: str) -> None:
        self.invariant = invariant
        self.what = what
        super().__init__(f"{invariant}: {what}")
