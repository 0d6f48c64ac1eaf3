"""Time that passes only when somebody sleeps, and clients that live in it."""

from typing import Any

from pydantic import SecretStr

from autoscaler.adapters.clearml import ClearmlClient, ClearmlSettings
from autoscaler.world.server import StandIn

START = 1_800_000_000.0


class Pace:
    """Clocks and sleep for a client; `slept` are the pauses it made."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.elapsed = 0.0

    def now(self) -> float:
        return START + self.elapsed

    def monotonic(self) -> float:
        return self.elapsed

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.elapsed += seconds


def settings_for(url: str, **others: Any) -> ClearmlSettings:
    keys = {"access_key": "ACCESS-KEY", "secret_key": SecretStr("SECRET-KEY")}
    return ClearmlSettings.model_validate({"api_url": url, **keys, **others})


def connect(url: str, pace: Pace | None = None, **settings: Any) -> ClearmlClient:
    """A client that never waits and always takes the longest pause that chance allows."""
    pace = pace or Pace()
    return ClearmlClient(
        settings_for(url, **settings),
        now=pace.now,
        monotonic=pace.monotonic,
        sleep=pace.sleep,
        dice=lambda: 0.0,
    )


def connect_to(standin: StandIn, pace: Pace | None = None, **settings: Any) -> ClearmlClient:
    keys = standin.credentials
    mine = {"access_key": keys.access_key, "secret_key": keys.secret_key, **settings}
    return connect(standin.url, pace, **mine)
