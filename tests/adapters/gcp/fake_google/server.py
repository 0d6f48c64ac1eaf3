"""The fakes behind one port, as servers of gRPC."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from inspect import isgeneratorfunction
from typing import Any

import grpc

from autoscaler.adapters.gcp.firestore import INDEXES
from tests.adapters.gcp.fake_google.firestore import FakeFirestore
from tests.adapters.gcp.fake_google.pubsub import FakePubsub
from tests.adapters.gcp.fake_google.queries import Indexes
from tests.adapters.gcp.fake_google.refusals import RefusedError
from tests.adapters.gcp.fake_google.secretmanager import FakeSecretManager

Methods = Mapping[str, tuple[Callable[[Any], Any], Any]]


class FakeGoogle:
    """All services, of any project. `heard`: if it listens, the calls and what was answered.

    Every database has these composite indexes: a query that needs another is refused.
    """

    def __init__(self, *, listens: bool = False, indexes: Indexes = INDEXES) -> None:
        self._listens = listens
        self.heard: list[tuple[str, Any, list[Any]]] = []
        self.firestore = FakeFirestore(indexes)
        self.pubsub = FakePubsub()
        self.secretmanager = FakeSecretManager()

    @property
    def services(self) -> Mapping[str, Methods]:
        return {
            "google.firestore.v1.Firestore": self.firestore.methods,
            "google.pubsub.v1.Publisher": self.pubsub.publisher,
            "google.pubsub.v1.Subscriber": self.pubsub.subscriber,
            "google.cloud.secretmanager.v1.SecretManagerService": self.secretmanager.methods,
        }

    @contextmanager
    def serve(self, port: int = 0) -> Iterator[str]:
        """Its address, for as long as it is there."""
        server = grpc.server(ThreadPoolExecutor(16), options=[("grpc.so_reuseport", 0)])
        for service, methods in self.services.items():
            handlers = {name: self._handler(name, *each) for name, each in methods.items()}
            handler = grpc.method_handlers_generic_handler(service, handlers)
            server.add_generic_rpc_handlers((handler,))
        port = server.add_insecure_port(f"127.0.0.1:{port}")
        server.start()
        try:
            yield f"127.0.0.1:{port}"
        finally:
            self.pubsub.pushes.close()
            server.stop(None).wait()

    def _handler(
        self, name: str, act: Callable[[Any], Any], asked: Any
    ) -> grpc.RpcMethodHandler[Any, Any]:
        def answer(request: Any, context: grpc.ServicerContext) -> Any:
            return self._answers(name, lambda: [act(request)], request, context)[0]

        def stream(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
            yield from self._answers(name, lambda: [*act(request)], request, context)

        streams = isgeneratorfunction(act)
        unary, many = grpc.unary_unary_rpc_method_handler, grpc.unary_stream_rpc_method_handler
        make = many if streams else unary
        return make(
            stream if streams else answer,
            request_deserializer=asked.FromString,
            response_serializer=lambda message: message.SerializeToString(),
        )

    def _answers(
        self,
        name: str,
        act: Callable[[], list[Any]],
        request: Any,
        context: grpc.ServicerContext,
    ) -> list[Any]:
        try:
            answers = act()
        except RefusedError as refusal:
            context.abort(refusal.code, refusal.words)
        if self._listens:
            self.heard.append((name, request, answers))
        return answers
