"""IMDS of one EC2 machine, version 2 only, with instance tags."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from secrets import token_hex

from tests.machine.metadata.server import Answer, Asked, MetadataServer

TOKEN, TTL = "x-aws-ec2-metadata-token", "x-aws-ec2-metadata-token-ttl-seconds"
LONGEST_TTL = 21600
FORMAT = "%Y-%m-%dT%H:%M:%SZ"
VALUES = "/latest/meta-data/"
SPOT, REBALANCE = "spot/instance-action", "events/recommendations/rebalance"


class Ec2Metadata(MetadataServer):
    """With a hop limit of 1 the answer to a token's PUT does not reach a container."""

    def __init__(self, instance_id: str = "i-0123456789abcdef0", *, hop_limit: int = 1) -> None:
        super().__init__()
        self._hop_limit = hop_limit
        self._tokens: set[str] = set()
        self._values = {"instance-id": instance_id}

    def set_tag(self, key: str, value: str) -> None:
        assert not {" ", "/"} & set(key), "such a tag would make the launch fail"
        self._values[f"tags/instance/{key}"] = value

    def remove_tag(self, key: str) -> None:
        self._values.pop(f"tags/instance/{key}", None)

    def notice(self, at: datetime, action: str = "terminate") -> None:
        """The machine will be taken at that time, which has a time zone."""
        time = f"{at.astimezone(UTC):{FORMAT}}"
        self._values[SPOT] = json.dumps({"action": action, "time": time})

    def take_back(self) -> None:
        """There is no notice any more."""
        self._values.pop(SPOT, None)

    def advise_rebalance(self, at: datetime) -> None:
        self._values[REBALANCE] = json.dumps({"noticeTime": f"{at.astimezone(UTC):{FORMAT}}"})

    def set(self, path: str, value: str) -> None:
        """Any other value below latest/meta-data/."""
        self._values[path] = value

    def expire_tokens(self) -> None:
        self._tokens.clear()

    def reply(self, asked: Asked) -> Answer:
        if "x-forwarded-for" in asked.headers:
            return Answer(403)
        if asked.path == "/latest/api/token":
            return self._token(asked)
        if asked.headers.get(TOKEN) not in self._tokens:
            return Answer(401)
        if asked.method != "GET":
            return Answer(405)
        value = self._values.get(asked.path.removeprefix(VALUES))
        return Answer(404) if value is None else Answer(200, value)

    def _token(self, asked: Asked) -> Answer:
        life = asked.headers.get(TTL, "")
        if asked.method != "PUT" or not life.isdigit() or not 1 <= int(life) <= LONGEST_TTL:
            return Answer(400)
        if asked.hops > self._hop_limit:
            return Answer(0)
        token = token_hex(16)
        self._tokens.add(token)
        return Answer(200, token, {TTL: life})
