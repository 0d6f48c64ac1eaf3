"""Compute Engine as Google's client sees it: request ids, operations that take time, shortages.

Every request and every answer is checked against Google's own description of the service.
"""

from tests.adapters.gcp.fake_compute.cloud import Cloud, Trouble
from tests.adapters.gcp.fake_compute.server import FakeCompute

__all__ = ["Cloud", "FakeCompute", "Trouble"]
