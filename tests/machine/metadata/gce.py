"""The metadata server of one GCE machine."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from tests.machine.metadata.server import Answer, Asked, MetadataServer

ROOT = "/computeMetadata/v1/instance/"
OWN = {"Metadata-Flavor": "Google"}


class GceMetadata(MetadataServer):
    """With `wait_for_change` an answer comes when it is another than that of `last_etag`."""

    def __init__(self, name: str = "machine-1", *, id: int = 4711) -> None:
        super().__init__()
        self._tree: dict[str, Any] = {
            "id": id,
            "name": name,
            "attributes": {},
            "preempted": "FALSE",
            "maintenanceEvent": "NONE",
        }

    def set_attribute(self, key: str, value: str) -> None:
        self._change("attributes", {**self._tree["attributes"], key: value})

    def remove_attribute(self, key: str) -> None:
        left = {name: one for name, one in self._tree["attributes"].items() if name != key}
        self._change("attributes", left)

    def preempt(self) -> None:
        self._change("preempted", "TRUE")

    def maintain(self, event: str = "TERMINATE_ON_HOST_MAINTENANCE") -> None:
        self._change("maintenanceEvent", event)

    def set(self, name: str, value: str | dict[str, Any]) -> None:
        """Any other value below instance/."""
        self._change(name, value)

    def reply(self, asked: Asked) -> Answer:
        if asked.headers.get("metadata-flavor") != "Google" or "x-forwarded-for" in asked.headers:
            return Answer(403)
        if not asked.path.startswith(ROOT) or asked.method != "GET":
            return Answer(404)
        if asked.query.get("wait_for_change") == "true":
            self._wait(asked)
        text = self._text(asked)
        return Answer(404) if text is None else Answer(200, text, {**OWN, "ETag": _etag(text)})

    def _wait(self, asked: Asked) -> None:
        patience = float(asked.query.get("timeout_sec", "60"))
        last = asked.query.get("last_etag", "")

        def other() -> bool:
            return self.closing.is_set() or _etag(self._text(asked) or "") != last

        with self._changed:
            self._changed.wait_for(other, patience)

    def _text(self, asked: Asked) -> str | None:
        found: Any = self._tree
        for part in filter(None, asked.path.removeprefix(ROOT).split("/")):
            name = "maintenanceEvent" if part == "maintenance-event" else part
            found = found.get(name) if isinstance(found, dict) else None
        if isinstance(found, dict):
            recursive = asked.query.get("recursive") == "true"
            return json.dumps(found) if recursive else "\n".join(found)
        return None if found is None else str(found)

    def _change(self, name: str, value: object) -> None:
        with self._changed:
            self._tree[name] = value
            self._changed.notify_all()


def _etag(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]
