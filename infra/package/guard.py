"""The machines' guard as parameters of Systems Manager: EC2's user data has no room for it.

The launcher stores it where it finds none, as in other regions. In its own it has no right to,
so there its code comes after the parameters.
"""

from typing import Any

from autoscaler.machine.pack import guard_parcel


def guard_resources(path: str) -> dict[str, Any]:
    """CloudFormation's resources below `path`; another guard has other names, so both may be."""
    parcel = guard_parcel()
    short = parcel.sha256[:16]
    parameters = {
        f"Guard{short}Part{number}": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {
                "Name": f"{path}/guard/{short}/{number}",
                "Description": "A part of what keeps the agents on a machine; no secret",
                "Type": "String",
                "Value": part,
            },
        }
        for number, part in enumerate(parcel.parts())
    }
    return {
        "Resources": parameters,
        "extensions": {"LauncherLambdaFunction": {"DependsOn": list(parameters)}},
    }
