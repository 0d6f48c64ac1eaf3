"""Google's services over plain HTTP, for the few calls whose own clients nobody loads here."""

from __future__ import annotations

import os
from typing import Any

from autoscaler.adapters.gcp.refusals import CallError, reading

NO_LOGIN = "CLOUDSDK_AUTH_DISABLE_CREDENTIALS"
SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
TIMEOUT = 20  # seconds


def call(
    session: Any, service: str, path: str, *, body: object = None, **asked: str
) -> dict[str, Any]:
    """What `service` ("compute") has at the path; with a body, what it answers to that.

    Raises CallError for what Google refuses, UnavailableError for what nobody answers.
    """
    url, what = f"{server(service)}/{path}", f"{service}: {path}"
    with reading(what):
        if body is None:
            reply = session.get(url, params=asked, timeout=TIMEOUT)
        else:
            reply = session.post(url, params=asked, json=body, timeout=TIMEOUT)
    if not reply.ok:
        raise CallError.of_reply(what, reply.status_code, reply.text)
    with reading(what):
        found: dict[str, Any] = reply.json()
    return found


def server(service: str) -> str:
    """Its address, or what gcloud's variable names in its place, without a path."""
    name = f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{service.upper()}"
    told = os.environ.get(name, f"https://{service}.googleapis.com")
    return told.partition("/compute/v1")[0].rstrip("/")
