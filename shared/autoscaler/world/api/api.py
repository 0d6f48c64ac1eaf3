"""Route, authorize, validate, answer."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from autoscaler.world.api import (
    auth,
    events,
    queue_entries,
    queues,
    server,
    task_edits,
    task_moves,
    tasks,
    workers,
)
from autoscaler.world.api.endpoint import AnyEndpoint, Call, version_of
from autoscaler.world.api.envelope import meta, respond
from autoscaler.world.clearml import RefusedError, errors
from autoscaler.world.clearml.users import API_VERSION

if TYPE_CHECKING:
    from autoscaler.world.api.message import Request, Response
    from autoscaler.world.clearml import ClearML
    from autoscaler.world.clearml.model import Document

_PATH = re.compile(r"/(?:v(?P<version>\d+(?:\.\d+)?)/)?(?P<name>[^/?]+)/?(?:\?.*)?")
_ENDPOINTS: dict[str, AnyEndpoint] = {
    endpoint.name: endpoint
    for service in (
        auth,
        events,
        queue_entries,
        queues,
        server,
        task_edits,
        task_moves,
        tasks,
        workers,
    )
    for endpoint in service.ENDPOINTS
}


class Api:
    """ClearML's API over one world. It holds no state of its own."""

    def __init__(self, world: ClearML) -> None:
        self.world = world

    def handle(self, request: Request) -> Response:
        name, version = route(request.path)
        endpoint = _resolve(name, version)
        data: Document = {}
        refusal = None
        try:
            data = self._answer(request, endpoint, name, version)
        except RefusedError as error:
            refusal = error
        return respond(self._meta(name, version, endpoint, refusal), data)

    def refuse(self, request: Request, refusal: RefusedError) -> Response:
        """Refuse in ClearML's envelope without looking at the request's content."""
        name, version = route(request.path)
        return respond(self._meta(name, version, _resolve(name, version), refusal), {})

    def _answer(
        self, request: Request, endpoint: AnyEndpoint | None, name: str, version: str
    ) -> Document:
        if endpoint is None:
            raise errors.no_endpoint(name, version)
        if "content-encoding" in request.headers:
            raise errors.unsupported_media_type()
        call = Call(
            world=self.world,
            user=auth.anonymous(self.world) if endpoint.open else auth.caller(self.world, request),
            ip=request.ip,
        )
        return endpoint.answer(call, _parse(endpoint, request))

    def _meta(
        self, name: str, version: str, endpoint: AnyEndpoint | None, refusal: RefusedError | None
    ) -> Document:
        return meta(
            trx=self.world.new_id(),
            endpoint=name,
            requested=version,
            actual=endpoint.since if endpoint else None,
            refusal=refusal,
        )


def route(path: str) -> tuple[str, str]:
    """Return the endpoint's name and the version that was asked for."""
    found = _PATH.fullmatch(path)
    if found is None:
        return path.strip("/"), API_VERSION
    return found["name"], found["version"] or API_VERSION


def _resolve(name: str, version: str) -> AnyEndpoint | None:
    endpoint = _ENDPOINTS.get(name)
    if endpoint is None or version_of(version) < version_of(endpoint.since):
        return None
    return endpoint


def _parse(endpoint: AnyEndpoint, request: Request) -> Any:
    try:
        return endpoint.body.model_validate(_content(endpoint, request))
    except ValidationError as problem:
        first = problem.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise errors.invalid_value(field, first["msg"]) from problem


def _content(endpoint: AnyEndpoint, request: Request) -> Document:
    text = request.body.strip()
    try:
        if endpoint.name in events.BATCHES:
            return {"requests": [json.loads(line) for line in text.splitlines() if line]}
        return json.loads(text) if text else {}
    except ValueError as problem:
        raise errors.invalid_value("body", str(problem)) from problem
