"""What Compute Engine's errors mean for a launch: a table, for both of their shapes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from autoscaler.adapters.gcp.refusals import CallError, Failure, plain
from autoscaler.ports import Ambiguous, Answer, Known, Refused, Throttled

Kind = Literal[
    "refused", "quota", "addresses", "operator", "exists", "throttled", "ambiguous", "known"
]
Scopes = Mapping[Kind, tuple[str, ...]]

_SERVER_ERROR, _TOO_MANY, _UNAUTHORIZED, _FORBIDDEN = 500, 429, 401, 403
_PAUSE = 10.0

# How wide a no is: "refused" is that of the zone that was asked, "quota" of all that share a limit
# of the project, "addresses" of a network in a region. In one word for both shapes.
_KINDS: dict[str, Kind] = {
    "resourceinusebyanotherresource": "operator",
    "unsupportedoperation": "refused",
    "vmmincountnotreached": "refused",
    "quotaexceeded": "quota",
    "limitexceeded": "quota",
    "accessnotconfigured": "operator",
    "autherror": "operator",
    "badrequest": "operator",
    "billingdisabled": "operator",
    "billingnotenabled": "operator",
    "conditionnotmet": "operator",
    "forbidden": "operator",
    "insufficientpermissions": "operator",
    "invalid": "operator",
    "invalidfieldvalue": "operator",
    "invalidparameter": "operator",
    "invalidusage": "operator",
    "notfound": "operator",
    "parseerror": "operator",
    "permissionserror": "operator",
    "permissiondenied": "operator",
    "required": "operator",
    "resourcenotfound": "operator",
    "servicedisabled": "operator",
    "alreadyexists": "exists",
    "resourcealreadyexists": "exists",
    "ratelimitexceeded": "throttled",
    "resourcenotready": "throttled",
    "resourceoperationratelimitexceeded": "throttled",
    "userratelimitexceeded": "throttled",
    "concurrentoperationsquotaexceeded": "throttled",
    "backenderror": "ambiguous",
    "internalerror": "ambiguous",
    "internalservererror": "ambiguous",
    "serviceunavailable": "ambiguous",
}
_SHORT = ("zoneresourcepoolexhausted", "resourcepoolexhausted", "stockout")
# What is not there in one zone may be there in the next; what is wrong with it is the operator's.
_OF_A_ZONE = ("/machineTypes/", "/acceleratorTypes/", "/diskTypes/", "Machine type with name")
_ABSENT = ("notfound", "resourcenotfound", "invalid", "invalidfieldvalue", "badrequest")


@dataclass(frozen=True, slots=True)
class No:
    """Why a machine did not come: Google's code and words, and what they mean."""

    kind: Kind
    code: str
    detail: str


def of_call(error: CallError) -> No:
    """Of a call that was refused. An unknown 5xx: who knows what it has done."""
    kind = _kind(error.reason, error.detail) or _by_status(error.status)
    return No(kind, error.reason or str(error.status), error.detail)


def of_operation(failure: Failure) -> No:
    """Of an operation that failed: it is over, and its call would be answered the same again."""
    kind = _kind(failure.code, failure.detail)
    settled = kind in ("refused", "quota", "addresses", "operator", "exists")
    return No(kind if kind and settled else "refused", failure.code, failure.detail)


def answered(noes: Sequence[No], scopes: Scopes) -> Answer:
    """The answer when no machine came. The worst counts: of what nobody knows, no more is said."""
    by_kind = {no.kind: no for no in reversed(noes)}
    if no := by_kind.get("ambiguous"):
        return Ambiguous(detail=f"{no.code}: {no.detail}")
    if "throttled" in by_kind:
        return Throttled(after=_PAUSE)
    if no := by_kind.get("known") or by_kind.get("exists"):
        return Known(detail=f"{no.code}: {no.detail}")
    if no := by_kind.get("operator"):
        return Refused(code=no.code, detail=no.detail, operator=True)
    return Refused(code=noes[0].code, detail=noes[0].detail, refused=refused(noes, scopes))


def refused(noes: Sequence[No], scopes: Scopes) -> dict[str, str]:
    """The offerings that a wider no is about; empty where it is that of the zone alone."""
    return {offering: no.code for no in noes for offering in scopes.get(no.kind, ())}


def _kind(code: str, detail: str) -> Kind | None:
    word = plain(code)
    if word.startswith("ipspaceexhausted"):
        return "addresses"
    if word.startswith(_SHORT):
        return "refused"
    if word in _ABSENT and any(part in detail for part in _OF_A_ZONE):
        return "refused"
    return _KINDS.get(word)


def _by_status(status: int) -> Kind:
    if status == _TOO_MANY:
        return "throttled"
    if status >= _SERVER_ERROR:
        return "ambiguous"
    return "operator" if status in (_UNAUTHORIZED, _FORBIDDEN) else "known"
