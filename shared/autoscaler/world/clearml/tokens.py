"""JSON Web Tokens, HS256 only: the few lines of RFC 7519 that ClearML's clients look at."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from typing import TYPE_CHECKING

from autoscaler.world.clearml import errors
from autoscaler.world.clearml.model import Document

if TYPE_CHECKING:
    from datetime import datetime

_HEADER = {"alg": "HS256", "typ": "JWT"}
_SEGMENTS = 3


def sign(claims: Document, key: str) -> str:
    signed = f"{_encode(_HEADER)}.{_encode(claims)}"
    return f"{signed}.{_signature(signed, key)}"


def read(token: str, key: str, *, now: datetime) -> Document:
    """Return the claims; raise RefusedError 30 when they are not to be believed."""
    segments = token.split(".")
    if len(segments) != _SEGMENTS:
        raise errors.invalid_token("Not enough segments")
    signed, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(signed, key).encode()):
        raise errors.invalid_token("Signature verification failed")
    claims = _decode(segments[1])
    if claims["exp"] <= now.timestamp():
        raise errors.invalid_token("Signature has expired")
    return claims


def _signature(signed: str, key: str) -> str:
    return _base64url(hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest())


def _encode(value: Document) -> str:
    return _base64url(json.dumps(value, separators=(",", ":")).encode())


def _decode(segment: str) -> Document:
    try:
        value = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except (ValueError, binascii.Error) as problem:
        raise errors.invalid_token("Invalid payload padding") from problem
    return dict(value)


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
