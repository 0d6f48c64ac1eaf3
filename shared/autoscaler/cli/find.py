"""Which instance a person means, and how to name it briefly."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from autoscaler.core.ledger import Instance
from autoscaler.errors import ConfigError, Problem
from autoscaler.ports import State

_SHORTEST = 4
_SHOWN = 5
_ADOPTED = re.compile(r"(?P<launch>[0-9A-Za-z]{26})-\d+-(?P<index>\d+)")  # an instance id


def short_names(keys: Collection[str]) -> Mapping[str, str]:
    """The shortest endings that tell these keys apart: "7K3F.0" for "01J…7K3F.0".

    Ids that were made together begin alike, so it is the end of a key that people can use. A
    machine that was adopted is called as if its row were the ordered one: of "01J…7K3F-1-0" the
    attempt is left out, unless another row has that name.
    """
    plain = {key: _plain(key) for key in set(keys)}
    times = Counter(plain.values())
    wholes = {key: whole if times[whole] == 1 else key for key, whole in plain.items()}
    for length in range(_SHORTEST, max(map(len, wholes), default=0)):
        shortened = {key: _ending(whole, length) for key, whole in wholes.items()}
        if len(set(shortened.values())) == len(wholes):
            return shortened
    return wholes


def find(words: str, rows: Sequence[Instance]) -> Instance:
    """The one instance with this key, short name, machine id, worker id or beginning of a key.

    ConfigError when there is none, or more than one.
    """
    exact = [row for row in rows if words in (row.key, row.instance_id, row.worker)]
    found = exact or [row for row in rows if words and _is_meant(words.casefold(), row)]
    if len(found) == 1:
        return found[0]
    raise ConfigError(Problem("INSTANCE", words, _remedy(words, found, rows)))


def instances_of(state: State) -> list[Instance]:
    return [row for row in state.live() if isinstance(row, Instance)]


def remembered(words: str, state: State) -> Instance:
    """As `find`, among the instances of the table and then among those of the history."""
    rows = {row.key: row for row in instances_of(state)}
    try:
        return find(words, list(rows.values()))
    except ConfigError:
        past = [row for row in state.history(subject=words) if isinstance(row, Instance)]
        older = past or [r for r in state.history(limit=_FAR) if isinstance(r, Instance)]
        if not older:
            raise
        rows = {row.key: row for row in reversed(older)} | rows
        return find(words, list(rows.values()))


_FAR = 100_000


def _remedy(words: str, found: Sequence[Instance], rows: Sequence[Instance]) -> str:
    if found:
        return f"{len(found)} instances match: {_listed(found)}; write more of it"
    if ordered := [row for row in rows if words and _is_of(words.casefold(), row)]:
        return f"it is no instance, but the launch of {_listed(ordered)}: name one of them"
    return "no such instance; `autoscaler status` lists them"


def _listed(rows: Sequence[Instance]) -> str:
    more = ", …" if len(rows) > _SHOWN else ""
    return ", ".join(row.key for row in rows[:_SHOWN]) + more


def _plain(key: str) -> str:
    adopted = _ADOPTED.fullmatch(key)
    return f"{adopted['launch']}.{adopted['index']}" if adopted else key


def _ending(key: str, length: int) -> str:
    """It never begins with "-": that would be an option."""
    if _ADOPTED.fullmatch(key):
        return key
    launch, dot, index = key.rpartition(".")
    ending = launch[-length:] + dot + index if launch else key[-length:]
    return ending.lstrip("-") or key


def _is_meant(words: str, row: Instance) -> bool:
    key, plain = row.key.casefold(), _plain(row.key).casefold()
    return key.startswith(words) or key.endswith(words) or plain.endswith(words)


def _is_of(words: str, row: Instance) -> bool:
    launch = _plain(row.key).casefold().rpartition(".")[0]
    return len(words) >= _SHORTEST and launch.endswith(words)
