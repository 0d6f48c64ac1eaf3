"""What machines of Compute Engine need of a project, looked at one by one; nothing is changed."""

from autoscaler.adapters.gcp.doctor.doctor import GceDoctor

__all__ = ["GceDoctor"]
