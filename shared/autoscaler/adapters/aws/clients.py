"""Clients of AWS: one session for the process, each client made when it is first asked for."""

from __future__ import annotations

import os
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, cast

from botocore.config import Config
from botocore.exceptions import NoRegionError
from botocore.loaders import Loader, create_loader
from botocore.session import Session

from autoscaler.errors import ConfigError, Problem

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_pricing import PricingClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_service_quotas import ServiceQuotasClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_sts import STSClient

# A function has a minute: better an error that the next tick sees than a long wait.
_PATIENT = Config(
    connect_timeout=3, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 4}
)
# AWS answers that it has no machine left with HTTP 500, which would be tried again at once.
_ONCE = _PATIENT.merge(Config(retries={"total_max_attempts": 1}, read_timeout=40))


class Clients:
    """`region`: empty is the environment's. `session`: other credentials than the environment's.

    AWS_ENDPOINT_URL sends every client elsewhere, as for any program that uses boto3.
    """

    def __init__(self, region: str = "", session: Session | None = None) -> None:
        self._region, self._session = region, session
        self._made: dict[tuple[str, str, int], Any] = {}

    @cached_property
    def region(self) -> str:
        """Where its clients call when nothing else is said; empty if nobody said anything."""
        said = self._region or os.environ.get("AWS_REGION")  # as Lambda and newer tools say it
        return said or self._own.get_config_variable("region") or ""

    def ec2(self, region: str = "", *, once: bool = False) -> EC2Client:
        """`once`: a client that never calls again by itself, for what starts machines."""
        return cast("EC2Client", self._client("ec2", region, _ONCE if once else _PATIENT))

    def dynamodb(self) -> DynamoDBClient:
        """With the limits of time of the state table's adapter."""
        from autoscaler.adapters.aws.dynamodb import CONFIG  # noqa: PLC0415  who needs no table

        return cast("DynamoDBClient", self._client("dynamodb", config=CONFIG))

    def sns(self) -> SNSClient:
        return cast("SNSClient", self._client("sns"))

    def sqs(self) -> SQSClient:
        return cast("SQSClient", self._client("sqs"))

    def ssm(self, region: str = "") -> SSMClient:
        """Parameters are each region's own."""
        return cast("SSMClient", self._client("ssm", region))

    def secretsmanager(self, region: str = "") -> SecretsManagerClient:
        return cast("SecretsManagerClient", self._client("secretsmanager", region))

    def pricing(self) -> PricingClient:
        """One of the three regions that answer for all."""
        return cast("PricingClient", self._client("pricing", "us-east-1"))

    def sts(self) -> STSClient:
        return cast("STSClient", self._client("sts"))

    def iam(self) -> IAMClient:
        return cast("IAMClient", self._client("iam"))

    def quotas(self, region: str = "") -> ServiceQuotasClient:
        """Each region has its own."""
        return cast("ServiceQuotasClient", self._client("service-quotas", region))

    def logs(self, region: str = "") -> Any:
        return self._client("logs", region)

    def cloudformation(self) -> Any:
        return self._client("cloudformation")

    def _client(self, service: str, region: str = "", config: Config = _PATIENT) -> Any:
        key = (service, region or self.region, id(config))
        if key not in self._made:
            try:
                self._made[key] = self._own.create_client(service, key[1] or None, config=config)
            except NoRegionError as error:
                remedy = "set AWS_REGION: nothing says in which region to call"
                raise ConfigError(Problem("region", "", remedy)) from error
        return self._made[key]

    @cached_property
    def _own(self) -> Session:
        return self._session or _of_the_process()


def new_session() -> Session:
    """Not boto3's, which loads its resources: a tenth of a second for nothing.

    All sessions of a process read AWS's descriptions of its services only once.
    """
    session = Session()
    session.register_component("data_loader", _descriptions())
    return session


def forget_session() -> None:
    """For tests: the next client reads the environment anew."""
    _of_the_process.cache_clear()


@cache
def _of_the_process() -> Session:
    return new_session()


@cache
def _descriptions() -> Loader:
    return create_loader()
