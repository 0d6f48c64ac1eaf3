"""What a machine wrote to its serial console, as EC2 keeps it: the last 64 KB."""

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from autoscaler.adapters.aws.ec2.reading import error_code, reading
from autoscaler.core.redact import redacted, without_keys

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

_UNSUPPORTED = ("UnsupportedOperation", "InvalidParameterCombination")


def lines(
    ec2: "EC2Client",
    instance_id: str,
    lives: Callable[[], bool] | None = None,
    *,
    pause: float = 5.0,
) -> Iterator[str]:
    """The lines so far, without secrets; with `lives`, those to come as well while it says so."""
    shown: list[str] = []
    goes_on = True
    while goes_on:
        goes_on = lives is not None and lives()
        found = _console(ec2, instance_id)
        yield from map(redacted, without_keys(_new(found, shown)))
        shown = found
        if goes_on:
            time.sleep(pause)


def _new(found: list[str], shown: list[str]) -> list[str]:
    """What stands after the last lines that were shown; the start may have been cut off."""
    for at in range(len(shown)):
        tail = shown[at:]
        if found[: len(tail)] == tail:
            return found[len(tail) :]
    return found


def _console(ec2: "EC2Client", instance_id: str) -> list[str]:
    """As it is now where the hypervisor can tell, else as it was after the boot."""
    with reading(f"the console of {instance_id}"):
        try:
            reply = ec2.get_console_output(InstanceId=instance_id, Latest=True)
        except ClientError as error:
            code = error_code(error)
            if code.startswith("InvalidInstanceID"):
                return []
            if code not in _UNSUPPORTED:
                raise
            reply = ec2.get_console_output(InstanceId=instance_id)
    return reply.get("Output", "").splitlines()
