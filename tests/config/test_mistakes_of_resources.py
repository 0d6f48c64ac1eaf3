"""The same for what every resource has."""

import pytest

from autoscaler.errors import Problem
from tests.config.example import edited, problems

RESOURCE = "autoscalers[0].resources[0]"
MOST = "max_instances: 3"
QUEUES = "queues: [cpu, default]"


@pytest.mark.parametrize(
    ("old", "new", "field", "value", "remedy"),
    [
        pytest.param(
            "name: cpu",
            "name: gpu:large",
            f"{RESOURCE}.name (line 8)",
            "gpu:large",
            "tags are made of it: use a-z, 0-9, and - _ between them, 40 at most, like gpu-large",
            id="a resource's name has no colon",
        ),
        pytest.param(
            "provider: process",
            "provider: proces",
            f"{RESOURCE}.provider (line 9)",
            "proces",
            "did you mean process? It is one of: process, ec2, gce",
            id="an unknown provider lists the known ones",
        ),
        pytest.param(
            "provider: process",
            "provider: kubernetes\n        namespace: ml",
            f"{RESOURCE}.provider (line 9)",
            "kubernetes",
            "comes with the Kubernetes host; so far: process, ec2, gce",
            id="a provider that is still to come says so, and its keys are not blamed",
        ),
        pytest.param(
            "provider: process",
            "",
            f"{RESOURCE}.provider (line 8)",
            "",
            "is missing: provider: process (where its machines start)",
            id="a missing key is shown as it is written, at the line of what should hold it",
        ),
        pytest.param(
            QUEUES,
            "queues: []",
            f"{RESOURCE}.queues (line 10)",
            "[]",
            "is empty: write at least one",
            id="a resource without queues",
        ),
        pytest.param(
            QUEUES,
            "queues:",
            f"{RESOURCE}.queues (line 10)",
            "",
            "is missing: queues: [default] (names or ids; its agents pull in this order)",
            id="a key without a value counts as missing",
        ),
        pytest.param(
            QUEUES,
            "queues: default",
            f"{RESOURCE}.queues (line 10)",
            "default",
            "write a list: [default]",
            id="one queue is a list too",
        ),
        pytest.param(
            QUEUES,
            "queues: [default, cpu, default]",
            f"{RESOURCE}.queues (line 10)",
            "",
            "default stands here twice: name each queue once",
            id="a queue that is named twice",
        ),
        pytest.param(
            QUEUES,
            "queues: [default, q]",
            f"{RESOURCE}.queues[1] (line 10)",
            "q",
            "a queue's name has at least 3 characters: write its name or its id",
            id="a queue's name that ClearML would refuse",
        ),
        pytest.param(
            QUEUES,
            "queues: ['default ']",
            f"{RESOURCE}.queues[0] (line 10)",
            "default ",
            "take out spaces at its ends and what cannot be seen",
            id="a queue's name with a space at its end",
        ),
        pytest.param(
            MOST,
            "max_instances: -1",
            f"{RESOURCE}.max_instances (line 11)",
            "-1",
            "at least 0",
            id="a negative maximum",
        ),
        pytest.param(
            MOST,
            "max_instances: 1000000",
            f"{RESOURCE}.max_instances (line 11)",
            "1000000",
            "at most 100000",
            id="a maximum beyond reason",
        ),
        pytest.param(
            MOST,
            'max_instances: "3"',
            f"{RESOURCE}.max_instances (line 11)",
            "3",
            "write a whole number, like 3",
            id="a number in quotes is text",
        ),
        pytest.param(
            MOST,
            "max_instances: 2.5",
            f"{RESOURCE}.max_instances (line 11)",
            "2.5",
            "write a whole number, like 3",
            id="half a machine",
        ),
        pytest.param(
            MOST,
            "max_instances: 3\n        min_instances: 4",
            f"{RESOURCE}.min_instances (line 12)",
            "4",
            "more than max_instances (3): lower this, or raise that",
            id="a minimum above the maximum",
        ),
        pytest.param(
            MOST,
            "max_instances: 3\n        slots: 0",
            f"{RESOURCE}.slots (line 12)",
            "0",
            "at least 1",
            id="a machine without an agent",
        ),
        pytest.param(
            MOST,
            "max_instances: 3\n        hourly_price: cheap",
            f"{RESOURCE}.hourly_price (line 12)",
            "cheap",
            "write a number, like 0.35",
            id="a price is a number",
        ),
        pytest.param(
            MOST,
            "max_instances: 3\n        hourly_price: 1.0e+999",
            f"{RESOURCE}.hourly_price (line 12)",
            "inf",
            "write a number, like 0.35",
            id="a price is finite",
        ),
    ],
)
def test_a_mistake(old: str, new: str, field: str, value: str, remedy: str) -> None:
    assert problems(edited(old, new)) == [Problem(field, value, remedy)]
