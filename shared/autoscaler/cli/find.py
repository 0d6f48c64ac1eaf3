"""Which instance a person means, and how to name it briefly."""

from collections.abc import Collection, Mapping, Sequence

from autoscaler.core.ledger import Instance
from autoscaler.errors import ConfigError, Problem
from autoscaler.ports import State

_SHORTEST = 4
_SHOWN = 5


def short_names(keys: Collection[str]) -> Mapping[str, str]:
    """The shortest endings that tell these keys apart: "7K3F.0" for "01J…7K3F.0".

    Ids that were made together begin alike, so it is the end of a key that people can use.
    """
    unique = set(keys)
    names = {key: key for key in unique}
    for length in range(_SHORTEST, max(map(len, unique), default=0)):
        shortened = {key: _ending(key, length) for key in unique}
        if len(set(shortened.values())) == len(unique):
            return shortened
    return names


def find(words: str, rows: Sequence[Instance]) -> Instance:
    """The one instance with this key, short name, machine id, worker id or beginning of a key.

    ConfigError when there is none, or more than one.
    """
    exact = [row for row in rows if words in (row.key, row.instance_id, row.worker)]
    found = exact or [row for row in rows if words and _is_meant(words.casefold(), row)]
    if len(found) == 1:
        return found[0]
    if not found:
        remedy = "no such instance; `autoscaler status` lists them"
    else:
        names = [row.key for row in found[:_SHOWN]]
        more = ", …" if len(found) > len(names) else ""
        remedy = f"{len(found)} instances match: {', '.join(names)}{more}; write more of it"
    raise ConfigError(Problem("INSTANCE", words, remedy))


def living(state: State) -> list[Instance]:
    return [row for row in state.live() if isinstance(row, Instance)]


def remembered(words: str, state: State) -> Instance:
    """As `find`, among the instances of the table and then among those of the history."""
    rows = {row.key: row for row in living(state)}
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


def _ending(key: str, length: int) -> str:
    launch, dot, index = key.rpartition(".")
    return launch[-length:] + dot + index if launch else key[-length:]


def _is_meant(words: str, row: Instance) -> bool:
    key = row.key.casefold()
    return key.startswith(words) or key.endswith(words)
