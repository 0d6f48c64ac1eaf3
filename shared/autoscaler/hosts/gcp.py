"""Host `gcp`: Cloud Run functions, a Firestore database, Pub/Sub topics."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from autoscaler.adapters.local.system import EnvSecrets
from autoscaler.core.fleet import Timing
from autoscaler.hosts.functions.root import Functions
from autoscaler.hosts.gcp_settings import Settings
from autoscaler.ports import Notifier, State, Topic

if TYPE_CHECKING:
    from autoscaler.adapters.gcp.clients import Clients
    from autoscaler.adapters.gcp.secrets import GcpSecrets

TIMING: Final = Timing(
    # the launcher's timeout of 90 s, as Compute Engine's answer is waited for (decision 19), and
    # 15 s for what may still land
    claim=timedelta(seconds=105),
    deadline=timedelta(minutes=15),
    drain=timedelta(minutes=3),
    lease=timedelta(seconds=50),
    recheck=timedelta(seconds=60),
)
AUDIENCE: Final = "sts.amazonaws.com"
"""For whom the functions' identity tokens are; a role of AWS compares it as its `oaud`."""


class Gcp(Functions[Settings]):
    """What functions on Google Cloud share is kept in Firestore, and told by Pub/Sub."""

    timing = TIMING

    def letter(self, envelope: Mapping[str, Any]) -> None:
        """Tell people of the message that was given up, which was pushed to whoever calls."""
        from autoscaler.adapters.gcp.dead_letters import PushedLetter

        self.teller(PushedLetter(envelope))()

    @cached_property
    def clients(self) -> Clients:
        from autoscaler.adapters.gcp.clients import Clients

        return Clients(self.settings.google_cloud_project)

    @cached_property
    def state(self) -> State:
        return state(self.clients, self.settings)

    @cached_property
    def topic(self) -> Topic:
        from autoscaler.adapters.gcp.pubsub import PubsubTopic

        publisher, told = self.clients.publisher(), self.settings
        return PubsubTopic(publisher, told.google_cloud_project, told.prefix)

    @cached_property
    def secrets(self) -> GcpSecrets:
        from autoscaler.adapters.gcp.secrets import GcpSecrets

        return GcpSecrets(
            self.clients.secretmanager,
            lambda: self.settings.google_cloud_project,
            EnvSecrets(),
            self.settings.clearml_api_host,
        )

    @property
    def identity(self) -> Callable[[], str] | None:
        from autoscaler.adapters.gcp.identity import tokens_for

        return tokens_for(AUDIENCE)

    def alerts(self) -> Iterator[Notifier]:
        if self.settings.alerts:
            from autoscaler.adapters.gcp.notify import PubsubNotifier

            topic = self.settings.alerts_topic
            yield PubsubNotifier(self.clients.publisher(), topic, self.config.name)


def state(clients: Clients, settings: Settings) -> State:
    from autoscaler.adapters.gcp.firestore import Database, FirestoreState

    database = Database(settings.google_cloud_project, settings.database)
    return FirestoreState(clients.firestore(), database)
