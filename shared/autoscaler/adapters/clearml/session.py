"""What a login gives: a token, how long it is good for, and the server's version."""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

_MARGIN_SECONDS = 300.0

Version = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Session:
    token: str
    version: Version | None
    refresh_at: float

    def __repr__(self) -> str:
        return f"Session(version={self.version}, refresh_at={self.refresh_at})"


def session_of(token: str, now: float, default_life: float) -> Session:
    """Read the token's claims. The signature is the server's business, the clocks may differ."""
    claims = _claims(token)
    life = default_life
    if isinstance(claims.get("exp"), int | float) and isinstance(claims.get("iat"), int | float):
        life = claims["exp"] - claims["iat"]
    margin = min(_MARGIN_SECONDS, life / 10)
    return Session(token, version_of(claims.get("api_version")), now + life - margin)


def version_of(text: object) -> Version | None:
    """Turn "2.34" into (2, 34); None for anything else."""
    major, _, minor = str(text).partition(".")
    if major.isdecimal() and minor.isdecimal():
        return int(major), int(minor)
    return None


def _claims(token: str) -> dict[str, Any]:
    """Nothing for a token that is no JWT."""
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - header, claims, signature
        return {}
    padded = parts[1] + "=" * (-len(parts[1]) % 4)
    try:
        claims = json.loads(base64.urlsafe_b64decode(padded))
    except (binascii.Error, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}
