"""What EC2's errors mean for a launch: a table."""

from collections.abc import Mapping
from typing import Literal

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
)

from autoscaler.adapters.aws.failures import code_of
from autoscaler.ports import Ambiguous, Answer, Known, Refused, Throttled

Kind = Literal["refused", "quota", "addresses", "operator", "throttled", "ambiguous", "known"]

_SERVER_ERROR = 500

# How wide a no is: "refused" is that of what was asked for, "quota" of all types that share a
# limit of the account, "addresses" of a subnet.
_KINDS: dict[str, Kind] = {
    "InsufficientInstanceCapacity": "refused",
    "InsufficientHostCapacity": "refused",
    "InsufficientReservedInstanceCapacity": "refused",
    "InsufficientCapacity": "refused",
    "UnfulfillableCapacity": "refused",
    "Unsupported": "refused",
    "SpotMaxPriceTooLow": "refused",
    "ReservationCapacityExceeded": "refused",
    "MaxFleetCountExceeded": "refused",
    "VolumeLimitExceeded": "refused",
    "MaxIOPSLimitExceeded": "refused",
    "MaxSpotInstanceCountExceeded": "quota",
    "InstanceLimitExceeded": "quota",
    "VcpuLimitExceeded": "quota",
    "InsufficientFreeAddressesInSubnet": "addresses",
    "InsufficientAddressCapacity": "addresses",
    "AccessDenied": "operator",
    "AccessDeniedException": "operator",
    "AuthFailure": "operator",
    "Blocked": "operator",
    "EncryptedVolumesNotSupported": "operator",
    "ExpiredToken": "operator",
    "IncompatibleParameters": "operator",
    "InvalidBlockDeviceMapping": "operator",
    "InvalidClientTokenId": "operator",
    "InvalidInput": "operator",
    "MalformedQueryString": "operator",
    "MissingParameter": "operator",
    "OperationNotPermitted": "operator",
    "OptInRequired": "operator",
    "PendingVerification": "operator",
    "RequestExpired": "operator",
    "SignatureDoesNotMatch": "operator",
    "TagLimitExceeded": "operator",
    "UnauthorizedOperation": "operator",
    "UnknownParameter": "operator",
    "UnknownVolumeType": "operator",
    "UnsupportedOperation": "operator",
    "VPCIdNotSpecified": "operator",
    "VPCResourceNotSpecified": "operator",
    "ConcurrentTagAccess": "throttled",
    "EC2ThrottledException": "throttled",
    "RequestLimitExceeded": "throttled",
    "RequestThrottled": "throttled",
    "ResourceCountExceeded": "throttled",
    "SlowDown": "throttled",
    "Throttling": "throttled",
    "ThrottlingException": "throttled",
    "InternalError": "ambiguous",
    "InternalFailure": "ambiguous",
    "RequestTimeout": "ambiguous",
    "ServiceUnavailable": "ambiguous",
    "Unavailable": "ambiguous",
    "IdempotentInstanceTerminated": "known",
    "IdempotentParameterMismatch": "known",
}
_OPERATORS = (
    "AuthFailure.",
    "InvalidAMIID",
    "InvalidAMIName",
    "InvalidCapacityReservation",
    "InvalidGroup",
    "InvalidInstanceType",
    "InvalidInterface",
    "InvalidKeyPair",
    "InvalidKMSKey",
    "InvalidLaunchTemplate",
    "InvalidNetworkInterface",
    "InvalidOptionGroup",
    "InvalidParameter",
    "InvalidPlacementGroup",
    "InvalidRequest",
    "InvalidSecurityGroup",
    "InvalidSnapshot",
    "InvalidSubnet",
    "InvalidTag",
    "InvalidUserData",
    "InvalidVolume",
    "InvalidVpc",
    "InvalidZone",
)
_NOT_SENT = (
    CredentialRetrievalError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
)


def kind_of(code: str, status: int = 0) -> Kind:
    """By the code; an unknown one by the HTTP status: who knows what a 5xx has done."""
    if code in _KINDS:
        return _KINDS[code]
    if code.startswith(_OPERATORS):
        return "operator"
    return "ambiguous" if status >= _SERVER_ERROR else "known"


def answered(
    error: ClientError | BotoCoreError, count: int, scopes: Mapping[Kind, tuple[str, ...]]
) -> Answer:
    """The answer for `count` machines; `scopes`: the offerings that a wider no is about."""
    if isinstance(error, ClientError):
        return _of_code(error, count, scopes)
    if isinstance(error, _NOT_SENT):
        return Refused(code=type(error).__name__, detail=str(error), operator=True)
    return Ambiguous(detail=f"{type(error).__name__}: {error}")


def _of_code(error: ClientError, count: int, scopes: Mapping[Kind, tuple[str, ...]]) -> Answer:
    code, detail = code_of(error), error.response["Error"].get("Message", "")
    meta = error.response.get("ResponseMetadata", {})
    match kind_of(code, meta.get("HTTPStatusCode", 0)):
        case "throttled":
            return Throttled(after=_pause(code, count, meta.get("HTTPHeaders", {})))
        case "ambiguous":
            return Ambiguous(detail=f"{code}: {detail}")
        case "known":
            return Known(detail=f"{code}: {detail}")
        case "operator":
            return Refused(code=code, detail=detail, operator=True)
        case kind:
            refused = dict.fromkeys(scopes.get(kind, ()), code)
            return Refused(code=code, detail=detail, refused=refused)


def _pause(code: str, count: int, headers: Mapping[str, str]) -> float:
    """As AWS says, else until its buckets have filled: 2 requests and 2 machines a second."""
    told = headers.get("retry-after", "")
    if told.isascii() and told.isdigit():
        return float(told)
    return count / 2 if code == "ResourceCountExceeded" else 2.0
