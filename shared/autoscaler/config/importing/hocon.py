"""The text that ClearML makes of a configuration object: HOCON, as far as its SDK writes it.

No substitutions, no includes, no concatenation: what a program wrote has none of them.
"""

import json
import re
from typing import Any

_SPACE = re.compile(r"(?:[ \t\r\n,]|#[^\n]*|//[^\n]*)*")
_KEY = re.compile(r'"(?:[^"\\]|\\.)*"|[^"{}\[\]:=,\n]+')
_TRIPLE = re.compile(r'"""(.*?)"""(?!")', re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_WORD = re.compile(r'[^"{}\[\],\n]+')
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_PLAIN = {"true": True, "false": False, "null": None}
_DEPTH = 32


def parse(text: str) -> dict[str, Any]:
    """The object that is written there; ValueError when it is none."""
    reading = _Reading(text)
    braced = reading.peek() == "{"
    found = reading.object(braced=braced)
    if reading.peek():
        raise ValueError(f"more follows the object, at character {reading.at}")
    return found


class _Reading:
    def __init__(self, text: str) -> None:
        self._text = text
        self._depth = 0
        self.at = 0

    def peek(self) -> str:
        """The next character that says something, "" at the end."""
        self.at = self._match(_SPACE).end()
        return self._text[self.at : self.at + 1]

    def object(self, *, braced: bool) -> dict[str, Any]:
        found: dict[str, Any] = {}
        self._enter()
        self.at += braced
        while (next_ := self.peek()) and next_ != "}":
            key = self._key()
            if self.peek() in (":", "="):
                self.at += 1
            found[key] = self._value()
        self._leave("}" if braced else "")
        return found

    def _list(self) -> list[Any]:
        found = []
        self._enter()
        self.at += 1
        while (next_ := self.peek()) and next_ != "]":
            found.append(self._value())
        self._leave("]")
        return found

    def _key(self) -> str:
        key = self._token(_KEY).strip()
        return _unquoted(key) if key.startswith('"') else key

    def _value(self) -> Any:
        match self.peek():
            case "{":
                return self.object(braced=True)
            case "[":
                return self._list()
            case '"':
                return self._string()
            case _:
                return self._word()

    def _word(self) -> Any:
        word = self._token(_WORD).strip()
        if word in _PLAIN:
            return _PLAIN[word]
        return json.loads(word) if _NUMBER.fullmatch(word) else word

    def _string(self) -> str:
        triple = _TRIPLE.match(self._text, self.at)
        if triple:
            self.at = triple.end()
            return triple[1]
        return _unquoted(self._token(_STRING))

    def _token(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self.at)
        if not found or not found[0].strip():
            raise ValueError(f"no key or value at character {self.at}")
        self.at = found.end()
        return found[0]

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str]:
        found = pattern.match(self._text, self.at)
        assert found is not None  # noqa: S101  it matches nothing as well
        return found

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > _DEPTH:
            raise ValueError("nested too deep")

    def _leave(self, end: str) -> None:
        if self._text[self.at : self.at + 1] != end:
            raise ValueError(f"{end or 'the end'} is missing at character {self.at}")
        self.at += len(end)
        self._depth -= 1


def _unquoted(text: str) -> str:
    return str(json.loads(text, strict=False))
