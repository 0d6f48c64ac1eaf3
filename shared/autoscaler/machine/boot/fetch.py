"""HTTP with nothing but the standard library, and patience with what is not there yet."""

from __future__ import annotations

import json
import re
from http.client import HTTPException
from time import monotonic, sleep  # noqa: TID251 - this runs on the machine
from typing import Callable, Mapping, TypeVar  # noqa: UP035 - Python 3.8
from urllib.error import HTTPError
from urllib.request import OpenerDirector, ProxyHandler, Request, build_opener

from autoscaler.machine.boot.journal import BootError

TIMEOUT, TOO_MANY, BROKEN = 10.0, 429, 500
T = TypeVar("T")


class UnreachableError(BootError):
    """It did not answer, or not yet: it may a little later."""


def fetch(what: str, request: Request, *, direct: bool = False) -> bytes:
    """The answer; `direct` passes by all proxies. `what` names the request in an error.

    Raises UnreachableError, and BootError for a refusal. Neither holds what was sent or answered.
    """
    opener = build_opener(ProxyHandler({})) if direct else build_opener()
    try:
        return _body(opener, request)
    except HTTPError as error:
        kind = _kind(error)
        later = error.code == TOO_MANY or error.code >= BROKEN or "Throttl" in kind
        told = f"{what}: HTTP {error.code} {kind}".rstrip()
    except (OSError, HTTPException) as error:
        later, told = True, f"{what}: {str(error) or type(error).__name__}"
    raise (UnreachableError if later else BootError)(told)


def patiently(call: Callable[[], T], patience: float) -> T:
    """Its answer; it is called again while it is unreachable, for so many seconds."""
    end, pause = monotonic() + patience, 0.25
    while True:
        try:
            return call()
        except UnreachableError:
            if monotonic() + pause > end:
                raise
        sleep(pause)
        pause = min(2 * pause, 8)


def request(
    url: str, headers: Mapping[str, str], *, body: bytes | None = None, method: str | None = None
) -> Request:
    return Request(url, body, dict(headers), method=method)  # noqa: S310 - ours or the operator's


def _body(opener: OpenerDirector, request: Request) -> bytes:
    with opener.open(request, timeout=TIMEOUT) as reply:
        body: bytes = reply.read()
        return body


def _kind(error: HTTPError) -> str:
    """The vendor's word for it, and nothing else of what was answered."""
    try:
        told = json.loads(error.read(65536))
        kind = told["__type"] if "__type" in told else told["error"]["status"]
        return re.sub("[^A-Za-z_]", "", str(kind).rpartition("#")[2])
    except (OSError, HTTPException, ValueError, KeyError, TypeError):
        return ""
