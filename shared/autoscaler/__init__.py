"""A serverless, event-driven autoscaler for ClearML queues."""

from typing import Final

__version__: Final = "0.1.0"  # a constant: a deployed function carries no distribution metadata
