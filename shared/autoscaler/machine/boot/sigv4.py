"""AWS Signature Version 4, as docs.aws.amazon.com/IAM describes it, for a POST to "/"."""

from __future__ import annotations

import hashlib
import hmac
from typing import Mapping, NamedTuple  # noqa: UP035 - Python 3.8


class Role(NamedTuple):
    """The credentials that a role lends for some hours."""

    key: str
    secret: str
    token: str


def signed(
    headers: Mapping[str, str], body: bytes, role: Role, *, region: str, service: str, now: str
) -> dict[str, str]:
    """The headers with the signature; `now` is YYYYMMDDTHHMMSSZ, and "host" is among them."""
    session = {"x-amz-security-token": role.token} if role.token else {}
    all_headers = {name.lower(): value for name, value in headers.items()}
    all_headers.update({"x-amz-date": now, **session})
    names = ";".join(sorted(all_headers))
    lines = [f"{name}:{all_headers[name].strip()}" for name in sorted(all_headers)]
    canonical = "\n".join(["POST", "/", "", *lines, "", names, hashlib.sha256(body).hexdigest()])
    scope = f"{now[:8]}/{region}/{service}/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", now, scope, _digest(canonical)])
    key = ("AWS4" + role.secret).encode()
    for part in scope.split("/"):
        key = _mac(key, part)
    signature = _mac(key, text).hex()
    login = f"Credential={role.key}/{scope}, SignedHeaders={names}, Signature={signature}"
    return {**all_headers, "authorization": f"AWS4-HMAC-SHA256 {login}"}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
