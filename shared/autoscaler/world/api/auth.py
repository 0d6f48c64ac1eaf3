"""Who calls: `Authorization: Basic` or `Bearer`; and the `auth` service."""

from __future__ import annotations

import base64
import binascii
from datetime import timedelta
from typing import TYPE_CHECKING

from autoscaler.world.api.endpoint import AnyEndpoint, Body, Call, Endpoint
from autoscaler.world.clearml import User, errors

if TYPE_CHECKING:
    from autoscaler.world.api.message import Request
    from autoscaler.world.clearml import ClearML
    from autoscaler.world.clearml.model import Document


class Login(Body):
    expiration_sec: int | None = None


class CreateCredentials(Body):
    label: str | None = None


def caller(world: ClearML, request: Request) -> User:
    """Raise RefusedError 401: 20 without credentials, 21, 22 and 30 with wrong ones."""
    header = request.headers.get("authorization")
    if not header:
        raise errors.unauthorized(20, "missing credentials")
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return world.users.by_token(value.strip())
    if scheme.lower() == "basic":
        return world.users.by_key(*_key_and_secret(value))
    raise errors.unauthorized(21, "malformed credentials")


def anonymous(world: ClearML) -> User:
    return User(id="", name="", display_name="", company=world.company, created=world.now())


def login(call: Call, body: Login) -> Document:
    lifetime = timedelta(seconds=body.expiration_sec) if body.expiration_sec else None
    return {"token": call.world.users.login(call.user, lifetime)}


def create_credentials(call: Call, body: CreateCredentials) -> Document:
    credentials = call.world.users.create_credentials(call.user)
    return {
        "credentials": {
            "access_key": credentials.access_key,
            "secret_key": credentials.secret_key,
            "label": body.label,
        }
    }


def _key_and_secret(value: str) -> tuple[str, str]:
    try:
        key, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as problem:
        raise errors.unauthorized(21, "malformed credentials") from problem
    return key, secret


ENDPOINTS: tuple[AnyEndpoint, ...] = (
    Endpoint("auth.login", "1.0", Login, login),
    Endpoint("auth.create_credentials", "1.0", CreateCredentials, create_credentials),
)
