"""Between a client and what it asks: answers that get lost, and answers that Google may give."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn

import grpc
from grpc import StatusCode

Lost = Literal["lost"]


class Said(grpc.RpcError):
    """What Google says instead of doing what it was asked."""

    def __init__(self, code: StatusCode, words: str = "") -> None:
        super().__init__(words)
        self._code = code
        self._words = words

    def code(self) -> StatusCode:
        return self._code

    def details(self) -> str:
        return self._words

    def trailing_metadata(self) -> tuple[()]:
        return ()

    def result(self) -> NoReturn:
        """Google's own interceptor gets the error as an answer, and asks for its result."""
        raise self


@dataclass
class Gateway(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    """`script` says what becomes of the next calls; behind its end all are carried out.

    "lost": it is carried out, and nobody hears of it. `heard`: what was called, in order.
    """

    script: list[Lost | Said | None] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    def channel(self, to: grpc.Channel) -> grpc.Channel:
        return grpc.intercept_channel(to, self)

    def intercept_unary_unary(
        self, continuation: Callable[[Any, Any], Any], client_call_details: Any, request: Any
    ) -> Any:
        step = self._step(client_call_details)
        if isinstance(step, Said):
            raise step
        call = continuation(client_call_details, request)
        if step == "lost":
            call.result()
            raise Said(StatusCode.UNAVAILABLE, "Connection reset by peer")
        return call

    def intercept_unary_stream(
        self, continuation: Callable[[Any, Any], Any], client_call_details: Any, request: Any
    ) -> Any:
        step = self._step(client_call_details)
        if isinstance(step, Said):
            raise step
        if step == "lost":
            raise Said(StatusCode.UNAVAILABLE, "Connection reset by peer")
        return continuation(client_call_details, request)

    def _step(self, details: Any) -> Lost | Said | None:
        self.heard.append(details.method.rpartition("/")[2])
        return self.script.pop(0) if self.script else None
