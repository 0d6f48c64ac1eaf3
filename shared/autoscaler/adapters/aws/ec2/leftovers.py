"""What launches leave behind in an account: templates of fleets, and the guard's parameters."""

from collections.abc import Iterator

from autoscaler.adapters.aws.clients import Clients
from autoscaler.adapters.aws.ec2.fleet_request import template_prefix
from autoscaler.adapters.aws.ec2.guard import guard_folder
from autoscaler.adapters.aws.ec2.reading import reading
from autoscaler.adapters.aws.ec2.tags import DEPLOYMENT
from autoscaler.adapters.aws.failures import FAILED, failure

_AT_ONCE = 10  # names that one DeleteParameters takes


def delete_templates(clients: Clients, region: str, deployment: str) -> Iterator[str]:
    """The name of each launch template as it is deleted: ours by name and tag.

    Machines that were started from one live on. Raises UnavailableError.
    """
    ec2 = clients.ec2(region)
    with reading("DescribeLaunchTemplates", region):
        pages = ec2.get_paginator("describe_launch_templates").paginate(
            Filters=[{"Name": f"tag:{DEPLOYMENT}", "Values": [deployment]}]
        )
        found = [each for page in pages for each in page["LaunchTemplates"]]
    for each in found:
        name = each["LaunchTemplateName"]
        if name.startswith(template_prefix(deployment)):
            with reading("DeleteLaunchTemplate", name):
                ec2.delete_launch_template(LaunchTemplateId=each["LaunchTemplateId"])
            yield name


def delete_guards(clients: Clients, region: str, deployment: str) -> Iterator[str]:
    """The name of each parameter as it is deleted, of every version. Raises UnavailableError."""
    ssm, folder = clients.ssm(region), guard_folder(deployment)
    try:
        pages = ssm.get_paginator("get_parameters_by_path").paginate(Path=folder, Recursive=True)
        names = [each["Name"] for page in pages for each in page["Parameters"]]
        for at in range(0, len(names), _AT_ONCE):
            yield from ssm.delete_parameters(Names=names[at : at + _AT_ONCE])["DeletedParameters"]
    except FAILED as error:
        raise failure("ssm:GetParametersByPath, ssm:DeleteParameters", folder, error) from error
