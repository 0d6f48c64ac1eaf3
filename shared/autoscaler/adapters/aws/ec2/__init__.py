"""Compute `ec2`: machines of Amazon EC2."""

from autoscaler.adapters.aws.ec2.compute import Ec2
from autoscaler.adapters.aws.ec2.guard import guard_parameters
from autoscaler.adapters.aws.ec2.spec import Ec2Spec

__all__ = ["Ec2", "Ec2Spec", "guard_parameters"]
