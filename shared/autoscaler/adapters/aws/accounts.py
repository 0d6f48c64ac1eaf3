"""As whom AWS is called: the environment, keys that were given, or a role that is taken on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.credentials import DeferredRefreshableCredentials
from botocore.exceptions import CredentialRetrievalError

from autoscaler.adapters.aws.clients import Clients, new_session
from autoscaler.errors import UnavailableError

if TYPE_CHECKING:
    from botocore.session import Session

    from autoscaler.config import AwsSection

_NAME = "clearml-autoscaler"


Identity = Callable[[], str]
"""A new token of who this process is, by an issuer that roles may trust (OpenID Connect)."""


class Accounts:
    """One Clients for all resources with the same account, role and region.

    `identity`: of a process that is none of AWS's; its token takes on roles in place of keys.
    """

    def __init__(self, identity: Identity | None = None) -> None:
        self._identity = identity
        self._known: dict[tuple[object, ...], Clients] = {}

    def clients(self, aws: AwsSection, keys: Mapping[str, str]) -> Clients:
        """`keys` are the secrets that `aws` names, by "aws.access_key" and so on."""
        key = (aws.region, aws.role, aws.external_id, *sorted(keys.items()))
        if key not in self._known:
            self._known[key] = Clients(aws.region or "", self._session(aws, keys))
        return self._known[key]

    def _session(self, aws: AwsSection, keys: Mapping[str, str]) -> Session | None:
        """None is the process's own session."""
        own = None
        if keys:
            own = new_session()
            own.set_credentials(
                keys["aws.access_key"], keys["aws.secret_key"], keys.get("aws.session_token")
            )
        if not aws.role:
            return own
        caller = Clients(aws.region or "", own)
        if self._identity and not keys:
            return _lending(
                _by_token(caller, aws, self._identity), "assume-role-with-web-identity"
            )
        return _lending(_by_keys(caller, aws), "assume-role")


def _lending(lend: Callable[[], dict[str, Any]], how: str) -> Session:
    """A session whose keys are asked for when one is needed, and again before they run out."""
    session = new_session()
    vars(session)["_credentials"] = DeferredRefreshableCredentials(lend, how)
    return session  # botocore has no other way in


def _by_keys(caller: Clients, aws: AwsSection) -> Callable[[], dict[str, Any]]:
    asked: dict[str, Any] = {"RoleArn": aws.role, "RoleSessionName": _NAME}
    if aws.external_id:
        asked["ExternalId"] = aws.external_id
    return lambda: _lent(caller.sts().assume_role(**asked)["Credentials"])


def _by_token(
    caller: Clients, aws: AwsSection, identity: Identity
) -> Callable[[], dict[str, Any]]:
    """A call that nobody signs: the token says who it is."""

    def assume() -> dict[str, Any]:
        try:
            token = identity()
        except UnavailableError as error:
            raise CredentialRetrievalError(provider="identity", error_msg=str(error)) from error
        return _lent(
            caller.sts().assume_role_with_web_identity(
                RoleArn=str(aws.role), RoleSessionName=_NAME, WebIdentityToken=token
            )["Credentials"]
        )

    return assume


def _lent(keys: Any) -> dict[str, Any]:
    return {
        "access_key": keys["AccessKeyId"],
        "secret_key": keys["SecretAccessKey"],
        "token": keys["SessionToken"],
        "expiry_time": keys["Expiration"].isoformat(),
    }
