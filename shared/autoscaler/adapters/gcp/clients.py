"""Clients of Google Cloud, each made when it is first asked for, over gRPC.

Importing the first costs a function a third of a second, so nobody loads what is not used.
"""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import google.auth
from google.auth.exceptions import DefaultCredentialsError

from autoscaler.errors import CredentialsError

if TYPE_CHECKING:
    from google.auth.credentials import Credentials
    from google.cloud.firestore_v1.services.firestore import FirestoreClient
    from google.cloud.secretmanager_v1.services.secret_manager_service import (
        SecretManagerServiceClient,
    )
    from google.pubsub_v1.services.publisher import PublisherClient
    from google.pubsub_v1.services.subscriber import SubscriberClient

_MESSAGES = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]


class Clients:
    """`project`: empty is the environment's. `credentials`: others than the environment's.

    FIRESTORE_EMULATOR_HOST, PUBSUB_EMULATOR_HOST and SECRET_MANAGER_EMULATOR_HOST send a client
    elsewhere, unencrypted and without a login, as for any program that uses Google's clients.
    """

    def __init__(self, project: str = "", credentials: Credentials | None = None) -> None:
        self._project, self._given = project, credentials
        self._made: dict[Any, Any] = {}

    @cached_property
    def project(self) -> str:
        """Where its clients look when nothing else is said. CredentialsError when nobody said."""
        found = self._project or os.environ.get("GOOGLE_CLOUD_PROJECT") or self._login[1]
        if not found:
            raise CredentialsError("no Google Cloud project: set GOOGLE_CLOUD_PROJECT to its id")
        return found

    def firestore(self) -> FirestoreClient:
        from google.cloud.firestore_v1.services.firestore import FirestoreClient

        return cast("FirestoreClient", self._client("FIRESTORE", FirestoreClient))

    def publisher(self) -> PublisherClient:
        """Not the one that collects messages by threads, which a sleeping function stops."""
        from google.pubsub_v1.services.publisher import PublisherClient

        return cast("PublisherClient", self._client("PUBSUB", PublisherClient))

    def subscriber(self) -> SubscriberClient:
        """For a person who looks at what was given up."""
        from google.pubsub_v1.services.subscriber import SubscriberClient

        return cast("SubscriberClient", self._client("PUBSUB", SubscriberClient))

    def secretmanager(self) -> SecretManagerServiceClient:
        from google.cloud.secretmanager_v1.services.secret_manager_service import (
            SecretManagerServiceClient as Client,
        )

        return cast("SecretManagerServiceClient", self._client("SECRET_MANAGER", Client))

    def _client(self, service: str, model: Any) -> Any:
        if model not in self._made:
            emulator = os.environ.get(f"{service}_EMULATOR_HOST")
            self._made[model] = (
                in_the_clear(model, emulator) if emulator else model(credentials=self._login[0])
            )
        return self._made[model]

    @cached_property
    def _login(self) -> tuple[Credentials, str | None]:
        if self._given:
            return self._given, None
        try:
            found: tuple[Credentials, str | None] = google.auth.default()
        except DefaultCredentialsError as error:
            remedy = "give it a service account, or run gcloud auth application-default login"
            raise CredentialsError(f"this process has no Google Cloud login: {remedy}") from error
        return found


def in_the_clear(model: Any, address: str) -> Any:
    """A client of what listens at `address`, without encryption and without a login."""
    import grpc

    channel = grpc.insecure_channel(address, options=_MESSAGES)
    return model(transport=model.get_transport_class("grpc")(channel=channel))
