"""Which calls of AWS each function makes, as its own SDK tells: more than its role may is a fault.

The SDK sends a datagram for each call (its client-side monitoring), and the function's name as
the name of the client.
"""

from __future__ import annotations

import json
import socket
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

from tests.infra.rendered import Template, allowed_actions

_DATAGRAM = 65_536
# Some calls are allowed by what they consist of.
_MEANS = {"PublishBatch": "Publish", "TransactWriteItems": "PutItem"}


class Calls:
    """`made`: actions of IAM by the name of the function."""

    def __init__(self) -> None:
        self.made: defaultdict[str, set[str]] = defaultdict(set)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))

    @property
    def environment(self) -> Mapping[str, str]:
        """What makes the SDK tell."""
        port = self._socket.getsockname()[1]
        return {
            "AWS_CSM_ENABLED": "true",
            "AWS_CSM_HOST": "127.0.0.1",
            "AWS_CSM_PORT": str(port),
        }

    @contextmanager
    def heard(self) -> Iterator[None]:
        thread = Thread(target=self._run, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._socket.close()

    def beyond(self, template: Path) -> list[str]:
        """Calls that a function's role does not allow, by the template that was deployed."""
        whole = Template(json.loads(template.read_text()), {})
        return [
            f"{function} called {action}, which its role does not allow"
            for function, actions in sorted(self.made.items())
            for action in sorted(actions - allowed_actions(whole, f"{function.title()}Role"))
        ]

    def _run(self) -> None:
        with suppress(OSError):  # closed at the end
            while True:
                told = json.loads(self._socket.recv(_DATAGRAM))
                if told["Type"] == "ApiCall":
                    self._note(told["ClientId"], told["Service"], told["Api"])

    def _note(self, client: str, service: str, api: str) -> None:
        prefix = service.lower().replace(" ", "")
        self.made[client.rpartition("-")[2]].add(f"{prefix}:{_MEANS.get(api, api)}")
