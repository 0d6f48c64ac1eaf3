"""Host `aws`: Lambda functions, a DynamoDB table, an SNS topic."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, cast

from autoscaler.adapters.local.system import EnvSecrets, SystemClock, UlidIds
from autoscaler.config.models import Config
from autoscaler.config.reading import load
from autoscaler.core.fleet import Deployment, Timing
from autoscaler.core.ledger import PriceRow
from autoscaler.errors import AutoscalerError, ConfigError, CredentialsError, Problem
from autoscaler.hosts.aws_settings import Settings
from autoscaler.hosts.computes import build, resolve
from autoscaler.hosts.functions.clearml import Clearml
from autoscaler.hosts.lazy import Lazy
from autoscaler.hosts.pace import ticks
from autoscaler.hosts.prices import price_rows, sought, with_prices
from autoscaler.ports import Clock, Compute, Notifier, Ports, State, Topic
from autoscaler.services.announce import Pointers
from autoscaler.services.launch import Launcher
from autoscaler.services.letters import LetterTeller
from autoscaler.services.poll import Poller, Tick
from autoscaler.services.reap import Reaper
from autoscaler.services.watch import Watcher

if TYPE_CHECKING:
    from autoscaler.adapters.aws.clients import Clients
    from autoscaler.adapters.aws.secrets import AwsSecrets

log = logging.getLogger(__name__)

TIMING = Timing(
    # the launcher's timeout of 60 s, and 15 s for what may still land
    claim=timedelta(seconds=75),
    deadline=timedelta(minutes=15),
    drain=timedelta(minutes=3),
    lease=timedelta(seconds=50),
    recheck=timedelta(seconds=60),
)


class Aws:
    """Everything of one deployment for its functions; each part is made when it is first used.

    So the launcher makes no ClearML client, the watcher no EC2 client, and nobody reads a secret
    before it is needed. What people change later is not seen: `InForce` makes it anew.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        config: Config | None = None,
        config_problem: str = "",
        held: bool = False,
        prices: Sequence[PriceRow] | None = None,
        clients: Clients | None = None,
        clock: Clock | None = None,
        wait: Callable[[float], object] = time.sleep,
    ) -> None:
        """`config`: else the file that the settings name. `prices`: else those of the table.

        `config_problem` and `held` are what each tick is told of the configuration.
        """
        self.settings = settings
        if clients:
            self.clients = clients
        self.config = config or load(settings.config)
        self._config_problem, self._held = config_problem, held
        self._prices = prices
        self.clock = clock or SystemClock()
        self._wait = wait
        self.ids = UlidIds(self.clock)
        self._clearml = Clearml(self.config.clearml, lambda: self.secrets)

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
        deployment = self.config.deployment().model_copy(update={"timing": TIMING})
        return with_prices(self.config, deployment, rows)

    def _known_prices(self) -> Sequence[PriceRow]:
        if self._prices is not None:
            return self._prices
        return price_rows(sought(self.config), self.state)

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

    @cached_property
    def letters(self) -> LetterTeller:
        """Tells people of the messages that were given up; the watcher may read no secret."""
        from autoscaler.adapters.aws.dead_letters import DeadLetterQueues
        from autoscaler.adapters.local.notify import Notifiers

        queues = DeadLetterQueues(self.clients.sqs(), self.settings.dead_letters.split())
        return LetterTeller(queues, Notifiers(*self._people()), self.clock)

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
    def clients(self) -> Clients:
        from autoscaler.adapters.aws.clients import Clients

        return Clients()

    @cached_property
    def state(self) -> State:
        from autoscaler.adapters.aws.dynamodb import DynamoState

        return DynamoState(self.clients.dynamodb(), self.settings.table)

    @cached_property
    def topic(self) -> Topic:
        """ConfigError when the environment names no topic."""
        from autoscaler.adapters.aws.sns import SnsTopic

        arn = self.settings.topic_arn
        if not arn:
            remedy = "set this variable: the ARN of the topic of messages"
            raise ConfigError(Problem("TOPIC_ARN", "", remedy))
        return SnsTopic(self.clients.sns(), arn)

    @cached_property
    def secrets(self) -> AwsSecrets:
        from autoscaler.adapters.aws.secrets import AwsSecrets

        return AwsSecrets(
            self.clients.ssm,
            self.clients.secretsmanager,
            EnvSecrets(),
            self.settings.clearml_api_host,
        )

    @cached_property
    def computes(self) -> Mapping[str, Compute]:
        """By the name that resources use; what stands here is made when it is first asked."""
        made = Lazy(lambda: build(self.config, self.clock, self.secrets))

        def one(name: str) -> Compute:
            return cast("Compute", Lazy(lambda: made.get(name)))

        return {name: one(name) for name in {r.compute for r in self.deployment.resources}}

    def _people(self) -> Iterator[Notifier]:
        """The log, and the topic of alerts if there is one: who can be told without a secret."""
        from autoscaler.adapters.local.notify import LogNotifier

        yield LogNotifier()
        if self.settings.alerts_arn:
            from autoscaler.adapters.aws.notify import SnsNotifier

            yield SnsNotifier(self.clients.sns(), self.settings.alerts_arn, self.config.name)

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
