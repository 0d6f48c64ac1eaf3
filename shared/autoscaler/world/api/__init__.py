"""ClearML's HTTP API over the model, as a pure function from request to response."""

from autoscaler.world.api.api import Api
from autoscaler.world.api.message import Request, Response

__all__ = ["Api", "Request", "Response"]
