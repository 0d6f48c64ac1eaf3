"""What machines sent to CloudWatch Logs: a stream for each, named by its instance id."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from autoscaler.adapters.aws.failures import FAILED, code_of, failure
from autoscaler.core.redact import redacted, without_keys

_NOT_THERE = "ResourceNotFoundException"
_CALL = "logs:GetLogEvents"
_EVERY = 5.0  # seconds


class LogStream:
    """The stream of one machine in the group; `client` is of the machine's own region."""

    def __init__(
        self,
        client: Any,
        group: str,
        instance_id: str,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        """`pause` waits for more lines, in seconds."""
        self._client = client
        self._where = {"logGroupName": group, "logStreamName": instance_id}
        self._pause = pause

    def exists(self) -> bool:
        """Whether the machine has sent anything. Raises UnavailableError."""
        return self._page("", limit=1) is not None

    def lines(self, lives: Callable[[], bool] | None = None) -> Iterator[str]:
        """Oldest first, without secrets; with `lives`, those to come as well while it says so."""
        return map(redacted, without_keys(self._said(lives)))

    def _said(self, lives: Callable[[], bool] | None) -> Iterator[str]:
        token, goes_on = "", True
        while goes_on:
            goes_on = lives is not None and lives()
            while page := self._page(token):
                yield from (event["message"] for event in page["events"])
                if page["nextForwardToken"] == token:  # AWS's word for the end
                    break
                token = page["nextForwardToken"]
            if goes_on:
                self._pause(_EVERY)

    def _page(self, token: str, limit: int = 10_000) -> Any:
        """None when there is no such stream."""
        after = {"nextToken": token} if token else {}
        try:
            return self._client.get_log_events(
                **self._where, **after, startFromHead=True, limit=limit
            )
        except FAILED as error:
            if code_of(error) == _NOT_THERE:
                return None
            raise failure(_CALL, self._where["logGroupName"], error) from error
