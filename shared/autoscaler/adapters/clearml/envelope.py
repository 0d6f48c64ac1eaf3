"""What an answer means: the data that was asked for, or an error that says what to do."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from autoscaler.adapters.clearml.transport import Reply
from autoscaler.errors import UnavailableError

_REDIRECTS = {301, 302, 303, 307, 308}
_PASSING = {429, 500, 502, 503, 504, 509}
_LONGEST = 300
_API_PORT = 8008
_OTHER_PORTS = {8080, 8081}


class RejectedError(UnavailableError):
    """The server understood and said no; `status` and `subcode` are ClearML's."""

    def __init__(self, asked: "Asked", status: int, subcode: int, said: str) -> None:
        super().__init__(f"{asked}: {status}/{subcode} {said}")
        self.status = status
        self.subcode = subcode
        self.said = said


class MissingEndpointError(RejectedError):
    """The server is too old for this endpoint, or of an edition that lacks it."""


class PassingError(Exception):
    """It may go better soon: not before `retry_after`, if the server sent that header."""

    def __init__(self, reason: str, retry_after: str | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Asked:
    """Which endpoint of which server was called, for messages."""

    endpoint: str
    api_url: str

    def __str__(self) -> str:
        return f"{self.endpoint} at {self.api_url}"

    @property
    def remedy(self) -> str:
        likely = _likely_api(self.api_url)
        guess = f", perhaps {likely}" if likely else ""
        return f"set clearml.api to the API server's address{guess}"


class _Meta(BaseModel):
    result_code: int
    result_subcode: int = 0
    result_msg: str = ""


class _Envelope(BaseModel):
    meta: _Meta
    data: dict[str, Any]


def opened(asked: Asked, reply: Reply) -> dict[str, Any]:
    """The data of a good answer. Raises PassingError, RejectedError or UnavailableError."""
    if reply.status in _REDIRECTS:
        raise UnavailableError(_redirected(asked, reply))
    if reply.status in _PASSING:
        raise PassingError(_complaint(reply), reply.headers.get("Retry-After"))
    envelope = _envelope(asked, reply)
    meta = envelope.meta
    if meta.result_code != reply.status:
        raise UnavailableError(f"{asked}: HTTP {reply.status} around code {meta.result_code}")
    if reply.status == HTTPStatus.OK:
        return envelope.data
    missing = (reply.status, meta.result_subcode) == (HTTPStatus.NOT_FOUND, 0)
    rejection = MissingEndpointError if missing else RejectedError
    raise rejection(asked, reply.status, meta.result_subcode, meta.result_msg[:_LONGEST])


def _envelope(asked: Asked, reply: Reply) -> _Envelope:
    if reply.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        remedy = "write clearml.proxy as http://user:password@host:port"
        raise UnavailableError(f"{asked}: the proxy wants a login: {remedy}")
    try:
        return _Envelope.model_validate(from_json(reply.body))
    except ValidationError as error:
        raise UnavailableError(_not_the_api(asked, reply)) from error
    except ValueError as error:
        if reply.status == HTTPStatus.OK and _claims_json(reply):
            raise PassingError("the JSON of the answer breaks off") from error
        raise UnavailableError(_not_the_api(asked, reply)) from error


def _claims_json(reply: Reply) -> bool:
    return "json" in reply.headers.get("Content-Type", "")


def _not_the_api(asked: Asked, reply: Reply) -> str:
    page = reply.body.lstrip().startswith(b"<")
    found = "a web page" if page else "something else"
    return (
        f"{asked}: HTTP {reply.status} with {found} in place of ClearML's meta and data:"
        f" this may be the web server, the file server or a gateway; {asked.remedy}"
    )


def _redirected(asked: Asked, reply: Reply) -> str:
    """Names the Location without its user and query: they may hold what nobody should read."""
    parts = urlsplit(reply.headers.get("Location", ""))
    origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else ""
    return (
        f"{asked}: HTTP {reply.status} redirects to {origin}{parts.path}, and is not followed"
        f" because the credentials would travel along; {asked.remedy}"
    )


def _complaint(reply: Reply) -> str:
    try:
        meta = _Envelope.model_validate_json(reply.body).meta
    except ValidationError:
        return f"HTTP {reply.status}"
    return f"HTTP {reply.status}: {meta.result_msg[:_LONGEST]}"


def _likely_api(url: str) -> str:
    """Where the API usually is when `url` is ClearML's web or file server."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.port in _OTHER_PORTS:
        return f"{parts.scheme}://{host}:{_API_PORT}"
    first, _, rest = host.partition(".")
    return f"{parts.scheme}://api.{rest}" if first in {"app", "files"} else ""
