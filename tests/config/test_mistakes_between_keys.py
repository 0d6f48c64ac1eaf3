"""Mistakes that no key shows alone, and many at once."""

import pytest

from autoscaler.errors import Problem
from tests.config.example import SECOND, SOUND, edited, problems

RESOURCE = "autoscalers[0].resources[0]"
PREFIX = "workers_prefix: dynamic_team"
MOST = "max_instances: 3"
QUEUES = "queues: [cpu, default]"


@pytest.mark.parametrize(
    ("text", "field", "value", "remedy"),
    [
        pytest.param(
            SOUND
            + SECOND.replace("night", "team").replace("    res", "    workers_prefix: x\n    res"),
            "autoscalers[1].name (line 12)",
            "team",
            "two autoscalers with one name: autoscalers[0] has it already",
            id="two autoscalers with one name",
        ),
        pytest.param(
            SOUND + SECOND.replace("night", "night\n    workers_prefix: Dynamic_Team"),
            "autoscalers[1].workers_prefix (line 13)",
            "Dynamic_Team",
            "two autoscalers with one prefix would stop each other's machines: "
            "autoscalers[0] has it",
            id="two autoscalers with one prefix, whatever their letters' case",
        ),
        pytest.param(
            SOUND.replace("dynamic_team", "dynamic_night") + SECOND,
            "autoscalers[1].workers_prefix (line 12)",
            "dynamic_night",
            "two autoscalers with one prefix would stop each other's machines: "
            "autoscalers[0] has it",
            id="a prefix that another one gets by default",
        ),
        pytest.param(
            SOUND + SECOND[SECOND.index("      - name") :].replace("gpu", "cpu"),
            "autoscalers[0].resources[1].name (line 12)",
            "cpu",
            "two resources with one name: autoscalers[0].resources[0] has it already",
            id="two resources with one name",
        ),
        pytest.param(
            SOUND.replace(PREFIX, "max_instances: 1") + "        min_instances: 2\n",
            "autoscalers[0].max_instances (line 6)",
            "1",
            "its resources keep 2 up (min_instances): raise this, or lower those",
            id="minimums that an autoscaler's maximum forbids",
        ),
        pytest.param(
            "max_instances: 1\n" + SOUND + "        min_instances: 2\n",
            "max_instances (line 1)",
            "1",
            "its resources keep 2 up (min_instances): raise this, or lower those",
            id="minimums that the deployment's maximum forbids",
        ),
        pytest.param(
            SOUND[: SOUND.index("autoscalers")] + "autoscalers: []\n",
            "autoscalers (line 4)",
            "[]",
            "is empty: write at least one",
            id="a configuration without autoscalers",
        ),
        pytest.param(
            SOUND[: SOUND.index("      - name: cpu")].replace("resources:", "resources: []"),
            "autoscalers[0].resources (line 7)",
            "[]",
            "is empty: write at least one",
            id="an autoscaler without resources",
        ),
    ],
)
def test_a_mistake_between_keys(text: str, field: str, value: str, remedy: str) -> None:
    assert problems(text) == [Problem(field, value, remedy)]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    text = edited(QUEUES, "queues: []").replace(MOST, "max_instances: -1\n        slotz: 2")
    text = text.replace("https://api", "https://app") + SECOND.replace("night", "team")

    assert [problem.field for problem in problems(text)] == [
        "clearml.api (line 3)",
        f"{RESOURCE}.queues (line 10)",
        f"{RESOURCE}.max_instances (line 11)",
        f"{RESOURCE}.slotz (line 12)",
        "autoscalers[1].name (line 13)",
    ]
