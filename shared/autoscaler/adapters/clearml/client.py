"""Calls to the ClearML API: login, versions, retries. An answer is whole or an error."""

import base64
import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from itertools import count
from typing import Any

from autoscaler.adapters.clearml.backoff import asked_for, pause
from autoscaler.adapters.clearml.envelope import Asked, PassingError, RejectedError, opened
from autoscaler.adapters.clearml.session import Session, Version, session_of, version_of
from autoscaler.adapters.clearml.settings import ClearmlSettings
from autoscaler.adapters.clearml.transport import NoReplyError, Reply, Transport
from autoscaler.errors import CredentialsError, UnavailableError

# The newest version that these adapters were written for: a newer server answers as that one did.
NEWEST: Version = (2, 30)

_KEYS_REFUSED = {20, 21, 22}


class ClearmlClient:
    """One user of one ClearML server. Keep it: it holds the connection and the token.

    The clocks, the sleep and the dice are arguments so that nobody needs to wait in a test.
    """

    def __init__(
        self,
        settings: ClearmlSettings,
        *,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        dice: Callable[[], float] = random.random,
    ) -> None:
        self._settings = settings
        self._now = now
        self._monotonic = monotonic
        self._sleep = sleep
        self._dice = dice
        self._transport = Transport(settings, monotonic)
        self._session: Session | None = None

    def __repr__(self) -> str:
        return f"ClearmlClient({self._settings.api_url})"

    def call(self, endpoint: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The `data` of the answer. The call may reach the server more than once.

        Raises CredentialsError (401, 403), RejectedError (any other definite no; 404/0 as
        MissingEndpointError), and UnavailableError for everything that is no whole answer.
        """
        deadline = self._deadline()
        try:
            return self._with_token(endpoint, body, deadline)
        except RejectedError as error:
            if error.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
                raise CredentialsError(self._refused(endpoint, error)) from error
            raise

    def version(self) -> Version | None:
        """The server's API version, such as (2, 34); None when it would not say."""
        try:
            return self._signed_in(self._deadline()).version
        except RejectedError as error:
            raise CredentialsError(self._refused("auth.login", error)) from error

    def _deadline(self) -> float:
        return self._monotonic() + self._settings.total_seconds

    def _with_token(
        self, endpoint: str, body: Mapping[str, Any], deadline: float
    ) -> dict[str, Any]:
        try:
            return self._as_user(endpoint, body, deadline)
        except RejectedError as error:
            if error.status != HTTPStatus.UNAUTHORIZED or error.subcode in _KEYS_REFUSED:
                raise
        self._session = None
        return self._as_user(endpoint, body, deadline)

    def _as_user(self, endpoint: str, body: Mapping[str, Any], deadline: float) -> dict[str, Any]:
        session = self._signed_in(deadline)
        path = _path(endpoint, session.version)
        return self._ask(path, body, f"Bearer {session.token}", deadline)

    def _signed_in(self, deadline: float) -> Session:
        if self._session is None or self._now() >= self._session.refresh_at:
            self._session = self._login(deadline)
        return self._session

    def _login(self, deadline: float) -> Session:
        wanted = {"expiration_sec": self._settings.token_seconds}
        data = self._ask("auth.login", wanted, self._basic(), deadline)
        token = data.get("token")
        if not isinstance(token, str) or not token:
            raise UnavailableError(f"{self._asked('auth.login')}: the answer has no token")
        session = session_of(token, self._now(), self._settings.token_seconds)
        return session if session.version else self._versioned(session, deadline)

    def _versioned(self, session: Session, deadline: float) -> Session:
        """Ask a server whose token does not tell its version."""
        try:
            data = self._ask("server.info", {}, f"Bearer {session.token}", deadline)
        except RejectedError:
            return session
        return replace(session, version=version_of(data.get("api_version")))

    def _ask(
        self, path: str, body: Mapping[str, Any], authorization: str, deadline: float
    ) -> dict[str, Any]:
        for attempt in count(1):
            try:
                return self._once(path, body, authorization, deadline)
            except PassingError as error:
                wait = self._wait(attempt, error.retry_after)
                too_late = self._monotonic() + wait >= deadline
                if attempt == self._settings.tries or too_late:
                    given_up = f"{self._asked(path)}: {error}; gave up after {attempt} tries"
                    raise UnavailableError(given_up) from error
                self._sleep(wait)
        raise AssertionError  # pragma: no cover - count() has no end

    def _once(
        self, path: str, body: Mapping[str, Any], authorization: str, deadline: float
    ) -> dict[str, Any]:
        headers = {"Authorization": authorization, "Content-Type": "application/json"}
        url = f"{self._settings.api_url}/{path}"
        try:
            reply = self._transport.post(url, headers, json.dumps(body).encode(), deadline)
        except NoReplyError as error:
            if error.lasting:
                raise UnavailableError(f"{self._asked(path)}: {error}") from error
            raise PassingError(str(error)) from error
        return opened(self._asked(path), self._harmless(reply, authorization))

    def _wait(self, attempt: int, retry_after: str | None) -> float:
        own = pause(attempt, self._settings.pause_seconds, self._dice())
        return max(own, asked_for(retry_after, self._now()))

    def _harmless(self, reply: Reply, authorization: str) -> Reply:
        """A refusal is quoted in our messages: it must not quote our secrets."""
        if reply.status == HTTPStatus.OK:
            return reply
        body = reply.body
        for secret in (self._settings.secret_key.get_secret_value(), authorization.split()[1]):
            body = body.replace(secret.encode(), b"***")
        return replace(reply, body=body)

    def _basic(self) -> str:
        pair = f"{self._settings.access_key}:{self._settings.secret_key.get_secret_value()}"
        return f"Basic {base64.b64encode(pair.encode()).decode()}"

    def _asked(self, path: str) -> Asked:
        return Asked(path.rpartition("/")[2], self._settings.api_url)

    def _refused(self, endpoint: str, error: RejectedError) -> str:
        remedy = (
            "check clearml.access_key and clearml.secret_key"
            " (in ClearML: Settings > Workspace > App credentials)"
        )
        if error.status == HTTPStatus.FORBIDDEN:
            remedy = f"the user of clearml.access_key may not call {endpoint}; {remedy}"
        return f"{error}: {remedy}"


def _path(endpoint: str, version: Version | None) -> str:
    if version is None:
        return endpoint
    major, minor = min(version, NEWEST)
    return f"v{major}.{minor}/{endpoint}"
