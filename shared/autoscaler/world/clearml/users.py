"""Users, their keys and their tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from autoscaler.world.clearml import errors, tokens
from autoscaler.world.clearml.model import Clock, Document, NewId, User

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVER_VERSION = "2.3.0"
API_VERSION = "2.34"
DEFAULT_LIFETIME = timedelta(days=30)
LONGEST_LIFETIME = timedelta(days=365)


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    access_key: str
    secret_key: str


class Users:
    def __init__(self, *, company: str, company_name: str, now: Clock, new_id: NewId) -> None:
        self.company = company
        self.company_name = company_name
        self.feature_set = "basic"
        self._now = now
        self._new_id = new_id
        self._users: dict[str, User] = {}
        self._keys: dict[str, tuple[str, User]] = {}
        self._signing_key = new_id()

    def add(
        self,
        name: str,
        *,
        id: str | None = None,
        display_name: str | None = None,
        role: str = "user",
        fixed: bool = False,
    ) -> User:
        user = User(
            id=id or self._new_id(),
            name=name,
            display_name=display_name or name,
            company=self.company,
            created=self._now(),
            role=role,
            fixed=fixed,
        )
        self._users[user.id] = user
        return user

    def get(self, user_id: str) -> User:
        user = self._users.get(user_id)
        if user is None:
            raise errors.invalid_user(f"user={user_id}")
        return user

    def __iter__(self) -> Iterator[User]:
        return iter(self._users.values())

    def give_key(self, user: User, credentials: Credentials | None = None) -> Credentials:
        given = credentials or Credentials(self._new_id(), self._new_id())
        self._keys[given.access_key] = (given.secret_key, user)
        return given

    def create_credentials(self, user: User) -> Credentials:
        """Raise RefusedError 301 for a user that the server's configuration fixes."""
        if user.fixed:
            raise errors.invalid_user("protected identity")
        return self.give_key(user)

    def revoke_key(self, access_key: str) -> None:
        self._keys.pop(access_key, None)

    def by_key(self, access_key: str, secret_key: str) -> User:
        """Raise RefusedError 22 unless the pair is right."""
        secret, user = self._keys.get(access_key, (None, None))
        if user is None or secret != secret_key:
            raise errors.unauthorized(
                22, "invalid credentials) (failed to locate provided credentials"
            )
        return user

    def login(self, user: User, lifetime: timedelta | None = None) -> str:
        """Return a token; raise RefusedError 12 when it shall live longer than a year."""
        seconds = int((lifetime or DEFAULT_LIFETIME).total_seconds())
        longest = int(LONGEST_LIFETIME.total_seconds())
        if seconds > longest:
            raise errors.invalid_value(
                "expiration_sec", f"'{seconds}' is bigger than maximum ('{longest}')."
            )
        return tokens.sign(self._claims(user, seconds), self._signing_key)

    def by_token(self, token: str) -> User:
        """Raise RefusedError 30 for a token that is malformed, expired or revoked."""
        claims = tokens.read(token, self._signing_key, now=self._now())
        return self.get(claims["identity"]["user"])

    def revoke_tokens(self) -> None:
        """Make every token so far invalid, as a change of the server's secret does."""
        self._signing_key = self._new_id()

    def _claims(self, user: User, seconds: int) -> Document:
        now = int(self._now().timestamp())
        return {
            "iat": now,
            "exp": now + seconds,
            "auth_type": "Bearer",
            "session_id": self._new_id(),
            "identity": {
                "user": user.id,
                "user_name": user.name,
                "company": user.company,
                "company_name": self.company_name,
                "role": user.role,
            },
            "api_version": API_VERSION,
            "server_version": SERVER_VERSION,
            "server_build": "",
            "feature_set": self.feature_set,
        }
