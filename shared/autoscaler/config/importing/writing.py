"""The result as YAML, each line with where it comes from."""

from collections.abc import Iterator, Mapping
from typing import Any

from autoscaler.config.importing.result import Tree
from autoscaler.config.importing.source import Said
from autoscaler.config.layout import flow

_COLUMN = 40
_COMMENT = 70
_LONG = "configurations.resource_configurations."


def written(tree: Tree) -> str:
    """YAML that holds the tree's values, with their origins as comments."""
    return "".join(f"{line}\n" for line in _keys(tree, ""))


def values(tree: Any) -> Any:
    """The tree without origins."""
    if isinstance(tree, Said):
        return tree.value
    if isinstance(tree, Mapping):
        return {key: values(each) for key, each in tree.items()}
    return [values(each) for each in tree] if isinstance(tree, list) else tree


def _keys(tree: Tree, by: str) -> Iterator[str]:
    for key, value in tree.items():
        name = flow(str(key))
        if isinstance(value, Said):
            yield from _said(f"{by}{name}:", value, by)
        elif isinstance(value, Mapping):
            yield f"{by}{name}:"
            yield from _keys(dict(value), f"{by}  ")
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            yield f"{by}{name}:"
            for item in value:
                yield from _item(item, f"{by}  ")
        else:
            yield f"{by}{name}: {flow(value)}"


def _item(tree: Tree, by: str) -> Iterator[str]:
    first, *others = _keys(tree, f"{by}  ")
    yield f"{by}- {first[len(by) + 2 :]}"
    yield from others


def _said(head: str, said: Said, by: str) -> Iterator[str]:
    comment = _comment(said.origin)
    if isinstance(said.value, str) and _is_block(said.value):
        keep = "|" if said.value.endswith("\n") else "|-"
        yield f"{head} {keep}  # {comment}"
        yield from (f"{by}  {line}".rstrip() for line in said.value.rstrip("\n").split("\n"))
    else:
        yield f"{f'{head} {flow(said.value)}':<{_COLUMN}} # {comment}"


def _is_block(text: str) -> bool:
    """True for lines that read the same as a block of text."""
    lines = text.removesuffix("\n").split("\n")
    return (
        "\n" in text
        and not lines[0].startswith((" ", "\t"))
        and bool(lines[0] and lines[-1])
        and all(line == line.rstrip() and line.replace("\t", " ").isprintable() for line in lines)
    )


def _comment(origin: str) -> str:
    short = origin.replace(_LONG, "")
    line = "".join(c if c.isprintable() else "?" for c in short)
    return line if len(line) <= _COMMENT else f"{line[: _COMMENT - 1]}…"
