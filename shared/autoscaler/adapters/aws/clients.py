"""Clients of AWS: one session for the process, each client made when it is first asked for."""

from __future__ import annotations

from functools import cache, cached_property
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.loaders import Loader, create_loader
from botocore.session import Session

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
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

    def __init__(self, region: str = "", session: boto3.Session | None = None) -> None:
        self._region, self._session = region, session
        self._ec2: dict[tuple[str, bool], EC2Client] = {}

    @cached_property
    def session(self) -> boto3.Session:
        return self._session or _session()

    @cached_property
    def region(self) -> str:
        """Where its clients call when nothing else is said; empty if nobody said anything."""
        return self._region or self.session.region_name or ""

    def ec2(self, region: str = "", *, once: bool = False) -> EC2Client:
        """`once`: a client that never calls again by itself, for what starts machines."""
        key = (region or self.region, once)
        if key not in self._ec2:
            config = _ONCE if once else _PATIENT
            self._ec2[key] = self.session.client("ec2", key[0] or None, config=config)
        return self._ec2[key]

    @cache  # noqa: B019 - as long as the process, like the session
    def dynamodb(self) -> DynamoDBClient:
        return self.session.client("dynamodb", self.region or None, config=_PATIENT)

    @cache  # noqa: B019 - the same
    def sns(self) -> SNSClient:
        return self.session.client("sns", self.region or None, config=_PATIENT)

    @cache  # noqa: B019 - the same
    def ssm(self, region: str = "") -> SSMClient:
        """Parameters are each region's own."""
        return self.session.client("ssm", region or self.region or None, config=_PATIENT)

    @cache  # noqa: B019 - the same
    def secretsmanager(self) -> SecretsManagerClient:
        return self.session.client("secretsmanager", self.region or None, config=_PATIENT)

    @cache  # noqa: B019 - the same
    def sts(self) -> STSClient:
        return self.session.client("sts", self.region or None, config=_PATIENT)


def new_session(region: str = "", core: Session | None = None) -> boto3.Session:
    """`core`: with a login of its own. AWS's descriptions of its services are read only once."""
    core = core or Session()
    core.register_component("data_loader", _descriptions())
    return boto3.Session(botocore_session=core, region_name=region or None)


def forget_session() -> None:
    """For tests: the next client reads the environment anew."""
    _session.cache_clear()


@cache
def _session() -> boto3.Session:
    return new_session()


@cache
def _descriptions() -> Loader:
    return create_loader()
