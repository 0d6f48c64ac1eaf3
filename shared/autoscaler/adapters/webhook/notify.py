"""One POST of `{"text": ...}`, as Slack's incoming webhooks take it; Mattermost's do as well."""

import json
from collections.abc import Sequence
from html import escape

import urllib3
from urllib3 import exceptions as trouble
from urllib3.util import Retry, Timeout

from autoscaler.core.notices import Notice
from autoscaler.errors import ConfigError, Problem, UnavailableError

_MOST = 20  # lines of one message
_TRIES = Retry(
    total=2,
    backoff_factor=0.5,
    redirect=False,
    allowed_methods=["POST"],
    status_forcelist=[429, 500, 502, 503, 504],
    respect_retry_after_header=False,  # a tick waits for no chat
    raise_on_status=False,
)
_PATIENCE = Timeout(connect=3, read=5)


class WebhookNotifier:
    """The Notifier port: all notices of a tick as one message. Its address is a secret.

    ConfigError for what is no address.
    """

    def __init__(self, url: str, deployment: str) -> None:
        if not url.startswith(("https://", "http://")):
            raise ConfigError(Problem("webhook", "", "its secret holds no web address"))
        self._url = url
        self._deployment = deployment
        self._pool = urllib3.PoolManager(num_pools=1, maxsize=1)

    def notify(self, notices: Sequence[Notice]) -> None:
        body = json.dumps({"text": self._text(notices)}).encode()
        try:
            answer = self._pool.request(
                "POST",
                self._url,
                body=body,
                headers={"Content-Type": "application/json"},
                retries=_TRIES,
                timeout=_PATIENCE,
            )
        except trouble.HTTPError as error:
            # not what urllib3 says of it: that holds the address
            raise UnavailableError(f"the webhook did not answer: {_why(error)}") from None
        if answer.status >= 300:  # noqa: PLR2004  HTTP's own numbers
            raise UnavailableError(f"the webhook answered {answer.status}")

    def _text(self, notices: Sequence[Notice]) -> str:
        lines = [f"{self._deployment}: {notice.text}" for notice in notices[:_MOST]]
        if left := len(notices) - len(lines):
            lines.append(f"{self._deployment}: and {left} more")
        return escape("\n".join(lines), quote=False)  # Slack's own three: & < >


def _why(error: trouble.HTTPError) -> str:
    reason = error.reason if isinstance(error, trouble.MaxRetryError) else error
    return type(reason or error).__name__
