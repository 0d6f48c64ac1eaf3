"""The composition root of a deployment's functions, but for what each cloud has of its own."""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import ClassVar, Generic, TypeVar, cast

from autoscaler.adapters.local.system import SystemClock, UlidIds
from autoscaler.config.models import Config
from autoscaler.config.reading import load
from autoscaler.core.fleet import Deployment, Timing
from autoscaler.core.ledger import PriceRow
from autoscaler.errors import AutoscalerError, CredentialsError
from autoscaler.hosts.computes import Means, apart, resolve
from autoscaler.hosts.functions.clearml import Clearml, Logins
from autoscaler.hosts.functions.settings import FunctionSettings
from autoscaler.hosts.lazy import Lazy
from autoscaler.hosts.pace import ticks
from autoscaler.hosts.prices import price_rows, sought, with_prices
from autoscaler.ports import Clock, Compute, DeadLetters, Notifier, Ports, State, Topic
from autoscaler.services.announce import Pointers
from autoscaler.services.launch import Launcher
from autoscaler.services.letters import LetterTeller
from autoscaler.services.poll import Poller, Tick
from autoscaler.services.reap import Reaper
from autoscaler.services.watch import Watcher

log = logging.getLogger(__name__)

S = TypeVar("S", bound=FunctionSettings)


class Functions(ABC, Generic[S]):
    """Everything of one deployment for its functions; each part is made when it is first used.

    So the launcher makes no ClearML client, the watcher no client of a compute, and nobody reads
    a secret before it is needed. What people change later is not seen: `InForce` makes it anew.
    """

    timing: ClassVar[Timing]
    """What follows from how long the functions of this cloud may take."""

    def __init__(
        self,
        settings: S,
        *,
        config: Config | None = None,
        config_problem: str = "",
        held: bool = False,
        prices: Sequence[PriceRow] | None = None,
        clock: Clock | None = None,
        wait: Callable[[float], object] = time.sleep,
    ) -> None:
        """`config`: else the file that the settings name. `prices`: else those of the table.

        `config_problem` and `held` are what each tick is told of the configuration.
        """
        self.settings = settings
        self.config = config or load(settings.config)
        self._config_problem, self._held = config_problem, held
        self._prices = prices
        self.clock = clock or SystemClock()
        self._wait = wait
        self.ids = UlidIds(self.clock)
        self._clearml = Clearml(self.config.clearml, lambda: self.secrets)

    # --- what a cloud has of its own ---

    @property
    @abstractmethod
    def state(self) -> State: ...

    @property
    @abstractmethod
    def topic(self) -> Topic:
        """ConfigError when the environment names none."""

    @property
    @abstractmethod
    def secrets(self) -> Logins: ...

    @property
    def identity(self) -> Callable[[], str] | None:
        """Gives a token that roles of AWS may trust, where the functions have none of its own."""
        return None

    @abstractmethod
    def alerts(self) -> Iterator[Notifier]:
        """Where people have subscribed, if there is such a place."""

    # --- one function each ---

    @cached_property
    def poller(self) -> Poller:
        ports = self.ports(Pointers(self.topic))
        owner = f"poller {self.ids.new()}"
        return cast("Poller", Lazy(lambda: self._poller(ports, owner)))

    def _poller(self, ports: Ports, owner: str) -> Poller:
        return Poller(
            self.priced,
            ports,
            owner=owner,
            create_missing=self.config.clearml.create_missing_queues,
            config_problem=self._config_problem,
            held=self._held,
        )

    @cached_property
    def launcher(self) -> Callable[[str], None]:
        """The launcher; while another configuration stands in, nothing is started by it."""
        if self._held:
            return lambda key: log.warning("launch_held", extra={"launch": key})
        ports = self.ports()
        return cast("Launcher", Lazy(lambda: Launcher(self.priced, ports)))

    @cached_property
    def reaper(self) -> Callable[[str], None]:
        """The reaper; when ClearML refuses its login, the next one reads it anew."""
        no_topic = cast("Topic", Lazy(lambda: self.topic))  # it publishes nothing
        reap = Reaper(self.deployment, self.ports(no_topic))

        def renewing(key: str) -> None:
            try:
                reap(key)
            except CredentialsError:
                self.renew()
                raise

        return renewing

    @cached_property
    def watcher(self) -> Watcher:
        return Watcher(self.deployment, self._ports(self.topic, computes={}))

    def teller(self, letters: DeadLetters) -> LetterTeller:
        """Tells people of messages that were given up; the watcher may read no secret."""
        from autoscaler.adapters.local.notify import Notifiers

        return LetterTeller(letters, Notifiers(*self._people()), self.clock)

    def ticks(self, *, once: bool) -> Iterator[Tick]:
        """One tick, or those of a minute; when ClearML refuses the login, it is read anew."""
        several = ticks(self.poller.tick, self.clock, self._wait)
        for tick in islice(several, 1 if once else None):
            if tick.seen.credentials_refused:
                self.renew()
            yield tick

    def renew(self) -> None:
        """Read the ClearML login again when it is next used, as after a rotation."""
        self.__dict__.pop("secrets", None)
        self._clearml.renew()

    # --- what they share ---

    @cached_property
    def deployment(self) -> Deployment:
        """With the prices that are shipped."""
        return self._with_prices(())

    @cached_property
    def priced(self) -> Deployment:
        """With the prices that were looked up, too."""
        try:
            return self._with_prices(self._known_prices())
        except AutoscalerError as error:  # the shipped prices will do; a tick tells what is wrong
            log.warning("prices_unread", extra={"error": str(error)})
            return self.deployment

    def _with_prices(self, rows: Sequence[PriceRow]) -> Deployment:
        deployment = self.config.deployment().model_copy(update={"timing": self.timing})
        return with_prices(self.config, deployment, rows)

    def _known_prices(self) -> Sequence[PriceRow]:
        if self._prices is not None:
            return self._prices
        return price_rows(sought(self.config), self.state)

    @cached_property
    def computes(self) -> Mapping[str, Compute]:
        """By the name that resources use; what stands here is made when it is first asked."""
        return apart(self.config, lambda: Means(self.clock, self.secrets, self.identity))

    def _people(self) -> Iterator[Notifier]:
        """The log, and where people have subscribed: who can be told without a secret."""
        from autoscaler.adapters.local.notify import LogNotifier

        yield LogNotifier()
        yield from self.alerts()

    def _webhook(self) -> Iterator[Notifier]:
        """ConfigError when its address is not where the configuration says."""
        if self.config.webhook:
            from autoscaler.adapters.webhook import WebhookNotifier

            url = resolve({"webhook": self.config.webhook}, self.secrets)["webhook"]
            yield WebhookNotifier(url, self.config.name)

    def _notifier(self) -> Notifier:
        from autoscaler.adapters.local.notify import Notifiers

        return Notifiers(*self._people(), *self._webhook())

    def ports(self, topic: Topic | None = None) -> Ports:
        """All of them, or with this topic in place of the deployment's."""
        return self._ports(topic or self.topic, computes=self.computes)

    def _ports(self, topic: Topic, *, computes: Mapping[str, Compute]) -> Ports:
        queues, workers, tasks = self._clearml.ports
        return Ports(
            state=self.state,
            topic=topic,
            queues=queues,
            workers=workers,
            tasks=tasks,
            computes=computes,
            clock=self.clock,
            ids=self.ids,
            notifier=cast("Notifier", Lazy(self._notifier)),
        )
