"""What an import makes: our configuration, piece by piece, each with where it comes from."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pydantic import SecretStr

from autoscaler.config.importing.source import Said
from autoscaler.errors import Problem

Tree = dict[str, Any]
"""Mappings and lists; at the leaves `Said` with our value and its origin."""


class Kept(NamedTuple):
    """A secret that has to stand behind a reference; `value` is None when nothing said it."""

    reference: str
    value: SecretStr | None
    origin: str


@dataclass
class Result:
    """`left` is what was not taken over as it stood, and why; values are never repeated there."""

    vault: str
    on_google: bool = False
    tree: Tree = field(default_factory=dict)
    secrets: list[Kept] = field(default_factory=list)
    left: list[Problem] = field(default_factory=list)

    def put(self, into: Tree, path: str, said: Said) -> None:
        """Write it at a path like `machine.git.user`."""
        *above, key = path.split(".")
        for part in above:
            into = into.setdefault(part, {})
        into[key] = said

    def take(
        self, into: Tree, path: str, said: Said | None, as_: Callable[[Any], Any] = lambda v: v
    ) -> None:
        """The same of what may be missing; what `as_` cannot read is told."""
        if said is None:
            return
        try:
            self.put(into, path, Said(as_(said.value), said.origin))
        except (ValueError, TypeError) as error:
            remedy = str(error) if str(error).startswith("write ") else "cannot be read"
            self.tell(said, f"{remedy}: {path.rpartition('.')[2]} is left out")

    def hide(self, into: Tree, path: str, slot: str, said: Said | None) -> None:
        """A reference in place of a secret."""
        if said is not None:
            text = said.value if isinstance(said.value, str) else json.dumps(said.value)
            value = SecretStr(text)
            self.put(into, path, Said(self.keep(slot, value, said.origin), said.origin))

    def keep(self, slot: str, value: SecretStr | None, origin: str) -> str:
        reference = f"ssm:/{self.vault}/{slot}"
        if self.on_google:
            reference = f"gcp-secret:{self.vault.replace('/', '-')}-{slot}"
        self.secrets.append(Kept(reference, value, origin))
        return reference

    def tell(self, said: Said, remedy: str) -> None:
        self.left.append(Problem(said.origin, "", remedy))
