"""What each of EC2's errors means for a launch."""

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    ReadTimeoutError,
)

from autoscaler.adapters.aws.ec2.answers import answered
from autoscaler.ports import Ambiguous, Answer, Known, Refused, Throttled

URL = "https://ec2.eu-central-1.amazonaws.com"


def client_error(code: str, status: int = 400, **headers: str) -> ClientError:
    meta = {"HTTPStatusCode": status, "HTTPHeaders": headers}
    response = {"Error": {"Code": code, "Message": "said so"}, "ResponseMetadata": meta}
    return ClientError(response, "RunInstances")  # type: ignore[arg-type]


def answer(error: ClientError | BotoCoreError, count: int = 1) -> Answer:
    return answered(error, count, {"quota": ("a", "b"), "addresses": ("c",)})


@pytest.mark.parametrize(
    "code",
    [
        "InsufficientInstanceCapacity",
        "InsufficientHostCapacity",
        "InsufficientReservedInstanceCapacity",
        "InsufficientCapacity",
        "UnfulfillableCapacity",
        "Unsupported",
        "SpotMaxPriceTooLow",
        "ReservationCapacityExceeded",
        "MaxFleetCountExceeded",
        "VolumeLimitExceeded",
        "MaxIOPSLimitExceeded",
    ],
)
def test_no_machine_is_left_of_what_was_asked(code: str) -> None:
    # AWS says some of them with HTTP 500, as if it were broken
    assert answer(client_error(code, 500)) == Refused(code=code, detail="said so")


@pytest.mark.parametrize(
    ("code", "offerings"),
    [
        pytest.param("MaxSpotInstanceCountExceeded", "ab", id="the limit of spot machines"),
        pytest.param("InstanceLimitExceeded", "ab", id="the limit of machines"),
        pytest.param("VcpuLimitExceeded", "ab", id="the limit of vCPUs"),
        pytest.param("InsufficientFreeAddressesInSubnet", "c", id="a subnet without addresses"),
        pytest.param("InsufficientAddressCapacity", "c", id="a zone without addresses"),
    ],
)
def test_a_limit_is_that_of_all_that_share_it(code: str, offerings: str) -> None:
    refused = dict.fromkeys(offerings, code)
    assert answer(client_error(code)) == Refused(code=code, detail="said so", refused=refused)


@pytest.mark.parametrize(
    "code",
    [
        "AccessDenied",
        "AccessDeniedException",
        "AuthFailure",
        "AuthFailure.ServiceLinkedRoleCreationNotPermitted",
        "Blocked",
        "EncryptedVolumesNotSupported",
        "ExpiredToken",
        "IncompatibleParameters",
        "InvalidAMIID.NotFound",
        "InvalidAMIID.Unavailable",
        "InvalidAMIName.Malformed",
        "InvalidBlockDeviceMapping",
        "InvalidCapacityReservationId.NotFound",
        "InvalidClientTokenId",
        "InvalidGroup.NotFound",
        "InvalidInput",
        "InvalidInstanceType",
        "InvalidInterface.IpAddressLimitExceeded",
        "InvalidKMSKey.InvalidState",
        "InvalidKeyPair.NotFound",
        "InvalidLaunchTemplateName.MalformedException",
        "InvalidNetworkInterface.InUse",
        "InvalidOptionGroup.NotFound",
        "InvalidParameter",
        "InvalidParameterCombination",
        "InvalidParameterValue",
        "InvalidPlacementGroup.Unknown",
        "InvalidRequest",
        "InvalidSecurityGroupID.NotFound",
        "InvalidSnapshot.NotFound",
        "InvalidSubnetID.NotFound",
        "InvalidTagKey.Malformed",
        "InvalidUserData.Malformed",
        "InvalidVolume.ZoneMismatch",
        "InvalidVpcID.NotFound",
        "InvalidZone.NotFound",
        "MalformedQueryString",
        "MissingParameter",
        "OperationNotPermitted",
        "OptInRequired",
        "PendingVerification",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "TagLimitExceeded",
        "UnauthorizedOperation",
        "UnknownParameter",
        "UnknownVolumeType",
        "UnsupportedOperation",
        "VPCIdNotSpecified",
        "VPCResourceNotSpecified",
    ],
)
def test_only_the_operator_can_help(code: str) -> None:
    assert answer(client_error(code)) == Refused(code=code, detail="said so", operator=True)


@pytest.mark.parametrize(
    ("error", "after"),
    [
        *[
            pytest.param(client_error(code, 503), 2.0, id=code)
            for code in (
                "RequestLimitExceeded",
                "Throttling",
                "ThrottlingException",
                "EC2ThrottledException",
                "RequestThrottled",
                "ConcurrentTagAccess",
                "SlowDown",
            )
        ],
        pytest.param(
            client_error("ResourceCountExceeded"), 20.0, id="until so many machines have flowed in"
        ),
        pytest.param(
            client_error("Throttling", 503, **{"retry-after": "7"}), 7.0, id="as long as AWS says"
        ),
    ],
)
def test_not_now(error: ClientError, after: float) -> None:
    assert answer(error, count=40) == Throttled(after=after)


@pytest.mark.parametrize(
    "error",
    [
        *[
            pytest.param(client_error(code, 500), id=code)
            for code in (
                "InternalError",
                "InternalFailure",
                "RequestTimeout",
                "ServiceUnavailable",
                "Unavailable",
                "SomethingNewThatBroke",
            )
        ],
        pytest.param(ReadTimeoutError(endpoint_url=URL), id="no answer in time"),
        pytest.param(ConnectTimeoutError(endpoint_url=URL), id="no connection in time"),
        pytest.param(ConnectionClosedError(endpoint_url=URL), id="a connection that was closed"),
    ],
)
def test_nobody_knows(error: ClientError | BotoCoreError) -> None:
    assert isinstance(answer(error), Ambiguous)


@pytest.mark.parametrize(
    "code",
    ["IdempotentInstanceTerminated", "IdempotentParameterMismatch", "SomethingNewThatIsWrong"],
)
def test_the_token_may_have_been_used(code: str) -> None:
    assert answer(client_error(code)) == Known(detail=f"{code}: said so")


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(NoCredentialsError(), id="without a login"),
        pytest.param(NoRegionError(), id="without a region"),
        pytest.param(ParamValidationError(report="MinCount?"), id="in words unknown to boto"),
    ],
)
def test_what_was_never_sent_is_the_operators_to_mend(error: BotoCoreError) -> None:
    found = answer(error)
    assert isinstance(found, Refused)
    assert found.operator
