"""The API with faults and a log around it: still no sockets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from pydantic import ValidationError

from autoscaler.world.api import Api, Request, Response
from autoscaler.world.api.api import route
from autoscaler.world.clearml import RefusedError
from autoscaler.world.faults import Fault, Faults
from autoscaler.world.server_log import ServerLog

if TYPE_CHECKING:
    from autoscaler.world.clearml import ClearML

CONTROL = "/_standin/"
_NO_FAULT = Fault()


@dataclass(frozen=True, slots=True)
class Reply:
    """A response, and what a server shall do wrong with it."""

    response: Response
    fault: Fault = _NO_FAULT


class Face:
    def __init__(self, world: ClearML, log: ServerLog) -> None:
        self.world = world
        self.faults = Faults()
        self.log = log
        self._api = Api(world)

    def answer(self, request: Request) -> Reply:
        if request.path.startswith(CONTROL):
            return Reply(self._control(request))
        endpoint, _ = route(request.path)
        fault = self.faults.take(endpoint, self.world.now()) or _NO_FAULT
        response = self._response(request, fault)
        self.log.add(self.world.now(), request, response, dropped=fault.drop)
        return Reply(response, fault)

    def _response(self, request: Request, fault: Fault) -> Response:
        if fault.handled or not fault.spoils():
            response = self._api.handle(request)
            if not fault.spoils():
                return response
        refusal = RefusedError(fault.status or 500, fault.subcode, fault.message)
        response = self._api.refuse(request, refusal)
        headers = {**response.headers, **fault.headers}
        if fault.body is None:
            return replace(response, headers=headers)
        return replace(response, headers=headers, body=fault.body.encode())

    def _control(self, request: Request) -> Response:
        """`POST` or `DELETE /_standin/faults`, `POST /_standin/revoke_tokens`."""
        order = (request.method, request.path.removeprefix(CONTROL))
        try:
            if order == ("POST", "faults"):
                self.faults.order(Fault.model_validate_json(request.body))
            elif order == ("DELETE", "faults"):
                self.faults.clear()
            elif order == ("POST", "revoke_tokens"):
                self.world.users.revoke_tokens()
            else:
                return Response(status=HTTPStatus.NOT_FOUND)
        except ValidationError as problem:
            return Response(status=HTTPStatus.BAD_REQUEST, body=str(problem).encode())
        return Response(status=HTTPStatus.OK)
