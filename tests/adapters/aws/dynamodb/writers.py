"""Which function writes which sections of the table: all that its role may be allowed."""

from collections.abc import Mapping
from typing import NamedTuple

from autoscaler.adapters.aws.dynamodb.items import HISTORY

__all__ = ["HISTORY", "WRITERS", "Rights"]


class Rights(NamedTuple):
    """Partition keys for an IAM condition on dynamodb:LeadingKeys. Everybody reads everything."""

    put: frozenset[str]
    delete: frozenset[str] = frozenset()


WRITERS: Mapping[str, Rights] = {
    "poller": Rights(
        put=frozenset({"plan", "launch", "instance", "fact", HISTORY}),
        delete=frozenset({"launch", "instance", "fact", "request"}),
    ),
    "launcher": Rights(put=frozenset({"launch", "request", "instance", "fact", HISTORY})),
    "reaper": Rights(put=frozenset({"instance", "fact", HISTORY})),
    "watcher": Rights(put=frozenset({"instance", HISTORY})),
    "console": Rights(put=frozenset({"instance", "fact", HISTORY})),
}
