"""A mistake in the configuration, before it is told: where in the tree, what, and the remedy."""

from typing import NamedTuple

from pydantic_core import PydanticCustomError

Where = tuple[str | int, ...]

MISTAKE = "mistake"
SECRET = "secret"  # noqa: S105  the name of a kind of error


class Fault(NamedTuple):
    """`value` is what may be shown: never a secret, empty when there is nothing to show."""

    where: Where
    value: str
    remedy: str


def mistake(remedy: str) -> PydanticCustomError:
    """An error whose message is the remedy, and whose value may be shown."""
    return PydanticCustomError(MISTAKE, "{remedy}", {"remedy": remedy})


def secret(remedy: str) -> PydanticCustomError:
    """The same, for a value that nobody may read."""
    return PydanticCustomError(SECRET, "{remedy}", {"remedy": remedy})


def shown(value: object) -> str:
    """A value as people recognise it: one short line; what holds others is named by its kind."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, str):
        return _one_line(value, 60)
    return kind(value) if value else str(value)


def kind(value: object) -> str:
    """What sort of value this is, in the words of people who write YAML."""
    names: dict[type, str] = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "text",
        list: "a list",
        dict: "keys and values",
    }
    return names.get(type(value), "nothing")


def dotted(where: Where) -> str:
    """`autoscalers[0].resources[1].name`; keys that are no plain words are quoted."""
    text = ""
    for part in where:
        if isinstance(part, int):
            text += f"[{part}]"
            continue
        plain = part.replace("-", "").replace("_", "").isalnum()
        text += f".{_one_line(part, 40)}" if plain else f'."{_one_line(part, 40)}"'
    return text.removeprefix(".")


def _one_line(text: str, most: int) -> str:
    line = "".join(c if c.isprintable() else "?" for c in text)
    return line if len(line) <= most else f"{line[: most - 1]}…"
