"""Values as forms and tasks write them: numbers and switches as text, lists with commas."""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from autoscaler.config.durations import written

_YES, _NO = {"true", "yes", "on", "1"}, {"false", "no", "off", "0", ""}
_LONGEST = timedelta(days=36_500)
_KEY_VALUE = re.compile(r"\s*([^=,]+?)\s*=\s*([^,]*?)\s*(?:,|$)")


def text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def switch(value: Any) -> bool:
    """ValueError when it is neither yes nor no."""
    word = str(value).strip().lower()
    if word not in _YES | _NO:
        raise ValueError("write true or false")
    return word in _YES


def whole(value: Any) -> int:
    """ValueError when it is no whole number."""
    number = float(str(value))
    if not number.is_integer():
        raise ValueError("write a whole number")
    return int(number)


def minutes(value: Any) -> str:
    """A length of time, from a number of minutes. ValueError when it is none."""
    seconds = float(str(value)) * 60
    if not 1 <= seconds < _LONGEST.total_seconds():
        raise ValueError("write a length of time, like 15m")
    return written(timedelta(seconds=round(seconds)))


def words(value: Any) -> list[str]:
    """A list, or one with commas."""
    parts = value if isinstance(value, list) else str(value).split(",")
    return [stripped for part in parts if (stripped := str(part).strip())]


def pairs(value: Any) -> dict[str, str]:
    """Names and values: a mapping, or `k=v, k2=v2`. ValueError when it is neither."""
    if isinstance(value, Mapping):
        return {str(key): str(each) for key, each in value.items()}
    said = ",".join(value) if isinstance(value, list) else str(value)
    if _KEY_VALUE.sub("", said).strip():
        raise ValueError("write names and values, like project=vision,team=a")
    return dict(_KEY_VALUE.findall(said))


def mapping(value: Any) -> dict[str, Any]:
    """A mapping, or one as JSON. ValueError when it is neither."""
    found = json.loads(value) if isinstance(value, str) else value
    if not isinstance(found, dict):
        raise ValueError("write keys and values")  # noqa: TRY004  a wrong value of the operator's
    return found


def is_true(tree: Mapping[str, Any], key: str) -> bool:
    """Whether a tree of ours says yes there."""
    return key in tree and tree[key].value is True
