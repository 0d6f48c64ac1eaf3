"""Ids that can be told in advance."""

from itertools import count


class SequenceIds:
    """The Ids port: 1, 2, 3, each with zeros in front of it."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def new(self) -> str:
        return f"{next(self._numbers):026d}"
