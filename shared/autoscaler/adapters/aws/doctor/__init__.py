"""What machines of EC2 need of an account, looked at one by one; nothing is started or changed."""

from autoscaler.adapters.aws.doctor.doctor import Ec2Doctor

__all__ = ["Ec2Doctor"]
