"""ClearML's own autoscaler, as PyPI has it, on the stage of the simulator."""

from tests.benchmarks.peer.client import Client
from tests.benchmarks.peer.driver import Driver, Latency
from tests.benchmarks.peer.scaler import DEFAULT, TUNED, Peer, Settings

__all__ = ["DEFAULT", "TUNED", "Client", "Driver", "Latency", "Peer", "Settings"]
