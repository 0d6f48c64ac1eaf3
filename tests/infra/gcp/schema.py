"""What Google's Terraform provider takes and tells, without the provider.

It is read from the package that HashiCorp makes of each version of the provider for cdktf, which
npm delivers (`requirements/terraform`): `python -m tests.infra.gcp.schema JSII` prints it as JSON.
Which block may come more than once is known, which of them are sets is not.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

ROOT = Path(__file__).parents[3]
FILE = ROOT / "build" / "terraform" / "google.json"

_PACKAGE = "@cdktf/provider-google."
_DOCUMENTED = re.compile(r"/docs/(?:resources|data-sources)/(?P<type>\w+)#(?P<name>\w+) ")
_KINDS = {"string": "string", "number": "number", "boolean": "bool"}
_MAP = "cdktf.StringMap"


class Attribute(TypedDict):
    """`type` is cty's, as JSON. What is not given and `computed` is known after its making."""

    type: Any
    required: bool
    computed: bool


class Nested(TypedDict):
    """`many`: may come more than once. `single`: a block that is no list (`timeouts`)."""

    block: Block
    many: bool
    required: bool
    single: bool


class Block(TypedDict):
    attributes: dict[str, Attribute]
    blocks: dict[str, Nested]


class Schema(TypedDict):
    """By the names that Terraform has for them."""

    version: str
    resources: dict[str, Block]
    data: dict[str, Block]


@dataclass(frozen=True)
class Jsii:
    """The package's description of itself."""

    types: Mapping[str, Any]

    def extract(self, version: str) -> Schema:
        """Everything that its pages tell the name of."""
        schema: Schema = {"version": version, "resources": {}, "data": {}}
        for fqn, each in self.types.items():
            whole = {"cdktf.TerraformResource": "resources", "cdktf.TerraformDataSource": "data"}
            kind = whole.get(each.get("base", ""))
            type = next(filter(None, map(_type_of, self._properties(f"{fqn}Config"))), "")
            if kind and type:
                block = self._block(f"{fqn}Config", fqn)
                block["attributes"]["id"] = {"type": "string", "required": False, "computed": True}
                (schema["resources"] if kind == "resources" else schema["data"])[type] = block
        return schema

    def _block(self, given: str, told: str) -> Block:
        """`given` lists what may be written, `told` what can be read."""
        block: Block = {"attributes": {}, "blocks": {}}
        for each in self._properties(given):
            name = _name(each)
            fqn, many = _struct(each["type"])
            required = not each.get("optional", False)
            if fqn:
                inner = self._block(fqn, f"{fqn}OutputReference")
                single = name == "timeouts"
                block["blocks"][name] = {
                    "block": inner,
                    "many": many,
                    "required": required,
                    "single": single,
                }
            else:
                type = _type(each["type"])
                block["attributes"][name] = {"type": type, "required": required, "computed": False}
        for name, type in self._computed(told, block):
            block["attributes"][name] = {"type": type, "required": False, "computed": True}
        return block

    def _computed(self, told: str, block: Block) -> Iterator[tuple[str, Any]]:
        for each in self._properties(told):
            name, type = _snake(each["name"]), each["type"]
            known = name in block["attributes"] or name in block["blocks"]
            if known or each.get("static") or name.endswith("_input") or name == "internal_value":
                continue
            if "primitive" in type or type.get("fqn") == _MAP:
                yield name, _type(type)

    def _properties(self, fqn: str) -> list[Any]:
        found: list[Any] = self.types.get(fqn, {}).get("properties", [])
        return found


def _type_of(each: Any) -> str:
    """What Terraform calls the whole that this is a property of; "" when nothing tells."""
    found = _DOCUMENTED.search(each.get("docs", {}).get("remarks", ""))
    return f"google_{found['type']}" if found else ""


def _name(each: Any) -> str:
    """As Terraform writes it: the documentation's address has it."""
    found = _DOCUMENTED.search(each.get("docs", {}).get("remarks", ""))
    return found["name"] if found else _snake(each["name"])


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _plain(type: Any) -> Any:
    """Without the other ways in which cdktf takes a value."""
    if "union" in type:
        (one,) = (
            each for each in type["union"]["types"] if each.get("fqn") != "cdktf.IResolvable"
        )
        return one
    return type


def _struct(type: Any) -> tuple[str, bool]:
    """The interface of a nested block, "" for another type; and whether it is a list of them."""
    one, many = _plain(type), False
    if one.get("collection", {}).get("kind") == "array":
        one, many = _plain(one["collection"]["elementtype"]), True
    fqn = one.get("fqn", "")
    return (fqn, many) if fqn.startswith(_PACKAGE) else ("", False)


def _type(type: Any) -> Any:
    one = _plain(type)
    if "primitive" in one:
        return _KINDS.get(one["primitive"], "dynamic")
    if "collection" in one:
        kind = {"array": "list", "map": "map"}[one["collection"]["kind"]]
        return [kind, _type(one["collection"]["elementtype"])]
    return ["map", "string"] if one["fqn"] == _MAP else "dynamic"


def main() -> None:
    described = Path(sys.argv[1])
    package = json.loads((described.parent / "package.json").read_text())
    whole = Jsii(json.loads(described.read_text())["types"])
    version = package["cdktf"]["provider"]["version"]
    sys.stdout.write(json.dumps(whole.extract(version), sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
