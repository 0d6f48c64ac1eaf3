"""As whom AWS is called: the environment, keys that were given, or a role that is taken on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.credentials import DeferredRefreshableCredentials

from autoscaler.adapters.aws.clients import Clients, new_session

if TYPE_CHECKING:
    from botocore.session import Session

    from autoscaler.config import AwsSection

_NAME = "clearml-autoscaler"


class Accounts:
    """One Clients for all resources with the same account, role and region."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], Clients] = {}

    def clients(self, aws: AwsSection, keys: Mapping[str, str]) -> Clients:
        """`keys` are the secrets that `aws` names, by "aws.access_key" and so on."""
        key = (aws.region, aws.role, aws.external_id, *sorted(keys.items()))
        if key not in self._known:
            self._known[key] = Clients(aws.region or "", _session(aws, keys))
        return self._known[key]


def _session(aws: AwsSection, keys: Mapping[str, str]) -> Session | None:
    """None is the process's own session."""
    own = None
    if keys:
        own = new_session()
        own.set_credentials(
            keys["aws.access_key"], keys["aws.secret_key"], keys.get("aws.session_token")
        )
    if not aws.role:
        return own
    return _with_role(Clients(aws.region or "", own), aws)


def _with_role(caller: Clients, aws: AwsSection) -> Session:
    """A session whose keys are asked for when one is needed, and again before they run out."""
    session = new_session()
    lent = DeferredRefreshableCredentials(_assumed(caller, aws), "assume-role")
    vars(session)["_credentials"] = lent  # botocore has no other way in
    return session


def _assumed(caller: Clients, aws: AwsSection) -> Callable[[], dict[str, Any]]:
    asked: dict[str, Any] = {"RoleArn": aws.role, "RoleSessionName": _NAME}
    if aws.external_id:
        asked["ExternalId"] = aws.external_id

    def assume() -> dict[str, Any]:
        lent = caller.sts().assume_role(**asked)["Credentials"]
        return {
            "access_key": lent["AccessKeyId"],
            "secret_key": lent["SecretAccessKey"],
            "token": lent["SessionToken"],
            "expiry_time": lent["Expiration"].isoformat(),
        }

    return assume
