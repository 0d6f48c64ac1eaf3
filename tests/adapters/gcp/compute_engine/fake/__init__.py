"""Compute Engine as Google's client sees it: request ids, operations that take time, shortages.

Every request and every answer is checked against Google's own description of the service.
"""

from tests.adapters.gcp.compute_engine.fake.cloud import Cloud, Trouble
from tests.adapters.gcp.compute_engine.fake.server import FakeCompute

__all__ = ["Cloud", "FakeCompute", "Trouble"]
