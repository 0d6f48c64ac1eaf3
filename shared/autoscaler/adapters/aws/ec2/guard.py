"""The guard's program, kept in Parameter Store: user data has no room for it (ADR 11)."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from autoscaler.adapters.aws.clients import Clients
from autoscaler.adapters.aws.failures import code_of
from autoscaler.machine.pack import guard_parcel

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

_DENIED = "AccessDeniedException"
_EXISTS = "ParameterAlreadyExists"
_AT_ONCE = 10  # names that one GetParameters takes


def guard_parameters(deployment: str) -> dict[str, str]:
    """Name and text of each part; another program has other names."""
    parcel = guard_parcel()
    folder = f"{guard_folder(deployment)}/{parcel.sha256[:16]}"
    return {f"{folder}/{at}": part for at, part in enumerate(parcel.parts())}


def guard_folder(deployment: str) -> str:
    """Where every version of it is kept."""
    return f"/clearml-autoscaler/{deployment}/guard"


class GuardStore:
    """Stores what is not there yet, once for each account and region.

    `ensure` answers what keeps it from that, in words; "" when machines will find their guard.
    """

    def __init__(self, deployment: str) -> None:
        self._deployment = deployment
        self._sure: set[tuple[int, str]] = set()

    def ensure(self, clients: Clients, region: str) -> str:
        place = (id(clients), region)
        if place in self._sure:
            return ""
        try:
            self._store(clients, region)
        except ClientError as error:
            code = code_of(error)
            if code != _DENIED:
                raise
            folder = next(iter(guard_parameters(self._deployment))).rpartition("/")[0]
            return f"allow ssm:GetParameters and ssm:PutParameter on {folder}/* in {region}"
        self._sure.add(place)
        return ""

    def _store(self, clients: Clients, region: str) -> None:
        ssm, wanted = clients.ssm(region), guard_parameters(self._deployment)
        for name in _missing(ssm, list(wanted)):
            try:
                ssm.put_parameter(Name=name, Value=wanted[name], Type="String")
            except ClientError as error:
                if code_of(error) != _EXISTS:  # another launcher was faster
                    raise


def _missing(ssm: "SSMClient", names: list[str]) -> list[str]:
    missing: list[str] = []
    for at in range(0, len(names), _AT_ONCE):
        missing += ssm.get_parameters(Names=names[at : at + _AT_ONCE])["InvalidParameters"]
    return missing
