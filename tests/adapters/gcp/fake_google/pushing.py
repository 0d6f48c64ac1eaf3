"""Push subscriptions: each message is posted until it is answered well, or given up.

How long Pub/Sub waits between two attempts is the subscription's retry policy: the least, doubled
with each, at most the most. A subscription without one is pushed to again at once.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

_TAKEN = (102, 200, 201, 202, 204)


class Pushes:
    """`give_up` is told the subscription, the message and its attempts, all in a dead letter.

    `answers`: each subscription's name, and the status that it got (0: none).
    """

    def __init__(self, give_up: Callable[[Any, Any, int], object]) -> None:
        self._give_up = give_up
        self._lock = threading.Lock()
        self._timers: set[threading.Timer] = set()
        self._closed = False
        self.answers: list[tuple[str, int]] = []

    def push(self, subscription: Any, message: Any, attempt: int = 1, after: float = 0) -> None:
        timer = threading.Timer(after, lambda: self._pushed(timer, subscription, message, attempt))
        timer.daemon = True
        with self._lock:
            if self._closed:
                return
            self._timers.add(timer)
        timer.start()

    def close(self) -> None:
        """Nothing is pushed any more."""
        with self._lock:
            self._closed = True
            waiting = [*self._timers]
        for timer in waiting:
            timer.cancel()

    def _pushed(
        self, timer: threading.Timer, subscription: Any, message: Any, attempt: int
    ) -> None:
        status = _post(subscription, envelope(subscription, message, attempt))
        with self._lock:
            self._timers.discard(timer)
            self.answers.append((subscription.name, status))
        policy = subscription.dead_letter_policy
        if status in _TAKEN:
            return
        if policy.dead_letter_topic and attempt >= (policy.max_delivery_attempts or 5):
            self._give_up(subscription, message, attempt)
        else:
            self.push(subscription, message, attempt + 1, backoff(subscription, attempt))


def envelope(subscription: Any, message: Any, attempt: int) -> dict[str, Any]:
    """What is posted; attempts are told only where somebody counts them."""
    found: dict[str, Any] = {
        "message": {
            "attributes": dict(message.attributes),
            "data": base64.b64encode(message.data).decode(),
            "messageId": message.message_id,
            "message_id": message.message_id,
            "publishTime": message.publish_time.ToJsonString(),
            "publish_time": message.publish_time.ToJsonString(),
        },
        "subscription": subscription.name,
    }
    if subscription.dead_letter_policy.dead_letter_topic:
        found["deliveryAttempt"] = attempt
    return found


def _post(subscription: Any, body: dict[str, Any]) -> int:
    where = urlsplit(subscription.push_config.push_endpoint)
    patience = subscription.ack_deadline_seconds or 10
    headers = {"Content-Type": "application/json"}
    if subscription.push_config.HasField("oidc_token"):
        headers["Authorization"] = "Bearer a.token.of-google"
    connection = HTTPConnection(where.hostname or "", where.port, timeout=patience)
    try:
        connection.request("POST", where.path or "/", json.dumps(body), headers)
        return connection.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()


def backoff(subscription: Any, attempt: int) -> float:
    """Seconds until the next attempt, after so many."""
    policy = subscription.retry_policy
    least = policy.minimum_backoff.ToMilliseconds() / 1000
    most = policy.maximum_backoff.ToMilliseconds() / 1000
    return float(min(least * 2 ** (attempt - 1), most))
