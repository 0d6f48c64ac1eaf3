"""In whose accounts and projects the machines of a configuration are."""

from autoscaler.config.aws import AwsSection
from autoscaler.config.ec2 import Ec2Section
from autoscaler.config.gce import GceSection
from autoscaler.config.gcp import GcpSection
from autoscaler.config.models import Config


def accounts_of(config: Config) -> list[AwsSection]:
    """Of each resource on EC2."""
    return [
        config.aws_of(owner, section)
        for owner in config.autoscalers
        for section in owner.resources
        if isinstance(section, Ec2Section)
    ]


def projects_of(config: Config) -> list[GcpSection]:
    """Of each resource on Compute Engine."""
    return [
        config.gcp_of(owner, section)
        for owner in config.autoscalers
        for section in owner.resources
        if isinstance(section, GceSection)
    ]
