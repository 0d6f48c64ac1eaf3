"""Holds Terraform's files to what the provider takes, where neither it nor Terraform is there."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import hcl2
from hcl2.utils import SerializationOptions

from tests.infra.gcp.schema import Block, Schema

_TERRAFORMS = {"count", "for_each", "depends_on", "provider", "lifecycle", "dynamic"}
_MARKS = {"__is_block__", "__comments__", "__inline_comments__"}
_PLAIN = SerializationOptions(strip_string_quotes=True, with_comments=False)

Body = Mapping[str, Any]


def faults(schema: Schema, text: str) -> Iterator[str]:
    """What the provider would refuse, each with the path to it: resource.name.block.argument."""
    document = hcl2.loads(text, serialization_options=_PLAIN)
    for kind, known in (("resource", schema["resources"]), ("data", schema["data"])):
        for declared in document.get(kind, []):
            for type, named in declared.items():
                for name, body in named.items():
                    if type in known:
                        yield from _block(f"{type}.{name}", body, known[type])
                    else:
                        yield f"{type}.{name}: the provider has no {kind} of this type"


def faults_in(schema: Schema, folder: Path) -> list[str]:
    files = sorted(folder.glob("*.tf"))
    return [f"{file.name}: {one}" for file in files for one in faults(schema, file.read_text())]


def _block(path: str, body: Body, schema: Block) -> Iterator[str]:
    written = {name: one for name, one in body.items() if name not in _TERRAFORMS | _MARKS}
    dynamic = {
        name: one["content"] for each in body.get("dynamic", []) for name, one in each.items()
    }
    for name, value in written.items():
        yield from _written(f"{path}.{name}", name, value, schema)
    for name, contents in dynamic.items():
        yield from _written(f"{path}.{name}", name, contents, schema)
    for name, attribute in schema["attributes"].items():
        if attribute["required"] and name not in written:
            yield f"{path}: the argument {name} is required"
    for name, nested in schema["blocks"].items():
        if nested["required"] and name not in {*written, *dynamic}:
            yield f"{path}: a block {name} is required"


def _written(path: str, name: str, value: Any, schema: Block) -> Iterator[str]:
    blocks = _blocks(value)
    if attribute := schema["attributes"].get(name):
        if blocks:
            yield f"{path}: it is an argument and no block: write {name} ="
        elif attribute["computed"] and name != "id":
            yield f"{path}: it is only told, and cannot be set"
    elif nested := schema["blocks"].get(name):
        if not blocks:
            yield f"{path}: it is a block and no argument: write {name} {{"
        elif len(blocks) > 1 and not nested["many"]:
            yield f"{path}: there can be only one"
        for each in blocks:
            yield from _block(path, each, nested["block"])
    else:
        yield f"{path}: there is no such argument or block"


def _blocks(value: Any) -> list[Body]:
    """Those that were written with braces and without an equals sign; none for an argument."""
    found = value if isinstance(value, list) else []
    return [each for each in found if isinstance(each, dict) and "__is_block__" in each]
