"""A small sound configuration, and ways to spoil it."""

from autoscaler.config import parse
from autoscaler.errors import ConfigError, Problem

SOUND = """\
deployment: lab
clearml:
  api: https://api.clear.ml
autoscalers:
  - name: team
    workers_prefix: dynamic_team
    resources:
      - name: cpu
        provider: process
        queues: [cpu, default]
        max_instances: 3
"""

SECOND = """\
  - name: night
    resources:
      - name: gpu
        provider: process
        queues: [gpu]
        max_instances: 1
"""


def edited(old: str, new: str) -> str:
    """SOUND with one piece replaced; the piece must be there."""
    assert old in SOUND
    return SOUND.replace(old, new)


def problems(text: str) -> list[Problem]:
    try:
        parse(text, "autoscaler.yaml")
    except ConfigError as error:
        return list(error.problems)
    return []
