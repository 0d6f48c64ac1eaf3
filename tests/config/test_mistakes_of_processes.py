"""The same for provider `process`."""

import pytest

from autoscaler.errors import Problem
from tests.config.example import edited, problems

RESOURCE = "autoscalers[0].resources[0]"
MOST = "max_instances: 3"


@pytest.mark.parametrize(
    ("old", "new", "field", "value", "remedy"),
    [
        pytest.param(
            MOST,
            "max_instances: 3\n        cpu_only: yes",
            f"{RESOURCE}.cpu_only (line 12)",
            "yes",
            "write true or false",
            id="a switch is true or false",
        ),
        pytest.param(
            MOST,
            "max_instances: 3\n        gpus: ['0;1', 1, all]",
            f"{RESOURCE}.gpus[0] (line 12)",
            "0;1",
            "the GPUs of one slot as the agent takes them: 0 or 0,1 or all",
            id="GPUs that the agent would not understand",
        ),
        pytest.param(
            MOST,
            "max_instances: 3\n        gpus: [0, 1]",
            f"{RESOURCE}.gpus (line 12)",
            "",
            "2 for 3 slots: name one for each, or lower max_instances",
            id="fewer GPUs than slots of all machines",
        ),
        pytest.param(
            MOST,
            "max_instances: 3\n        gpus: [0, 1, 2]\n        cpu_only: true",
            f"{RESOURCE}.cpu_only (line 13)",
            "true",
            "gpus are named as well: keep one of the two",
            id="GPUs for agents that see none",
        ),
        pytest.param(
            MOST,
            "max_instances: 3\n        image: a\n        task_python: b",
            f"{RESOURCE}.task_python (line 13)",
            "",
            "tasks in an image use the image's Python: keep one of the two",
            id="a Python for tasks that bring their own",
        ),
        pytest.param(
            MOST,
            "max_instances: 3\n        agent_args: ['--queue=gpu']",
            f"{RESOURCE}.agent_args[0] (line 12)",
            "",
            "--queue is not for here: write queues",
            id="an argument of the agent that has a key of its own",
        ),
        pytest.param(
            MOST,
            "max_instances: 3\n        environment: [A=1]",
            f"{RESOURCE}.environment (line 12)",
            "",
            "write names and values here, like NAME: value",
            id="an environment is no list",
        ),
        pytest.param(
            MOST,
            "max_instances: 3\n        environment: {CLEARML_WORKER_ID: x}",
            f"{RESOURCE}.environment.CLEARML_WORKER_ID (line 12)",
            "",
            "the autoscaler sets this itself, from clearml and workers_prefix",
            id="a variable that the autoscaler sets",
        ),
        pytest.param(
            MOST,
            "max_instances: 3\n        environment: {MY-VAR: x}",
            f"{RESOURCE}.environment.MY-VAR (line 12)",
            "",
            "a variable's name has letters, digits and _ only",
            id="a variable with a name that no shell takes",
        ),
    ],
)
def test_a_mistake(old: str, new: str, field: str, value: str, remedy: str) -> None:
    assert problems(edited(old, new)) == [Problem(field, value, remedy)]
