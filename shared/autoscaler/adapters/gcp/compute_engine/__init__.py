"""Compute `gce`: machines of Google Compute Engine."""

from autoscaler.adapters.gcp.compute_engine.access import Accesses
from autoscaler.adapters.gcp.compute_engine.compute import Gce
from autoscaler.adapters.gcp.compute_engine.spec import GceSpec

__all__ = ["Accesses", "Gce", "GceSpec"]
