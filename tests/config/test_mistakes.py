"""Each mistake of an operator: which key, what was found, what to do about it."""

import pytest

from autoscaler.errors import Problem
from tests.config.example import SECOND, SOUND, edited, problems

AUTOSCALER = "autoscalers[0]"
RESOURCE = "autoscalers[0].resources[0]"
PREFIX = "workers_prefix: dynamic_team"
MOST = "max_instances: 3"
QUEUES = "queues: [cpu, default]"


def test_a_sound_configuration_has_no_problem() -> None:
    assert problems(SOUND) == []


@pytest.mark.parametrize(
    ("old", "new", "field", "value", "remedy"),
    [
        pytest.param(
            "deployment: lab",
            "deployment: Lab Two",
            "deployment (line 1)",
            "Lab Two",
            "tags are made of it: use a-z, 0-9, and - _ between them, 40 at most, like lab-two",
            id="a deployment that is no tag gets one proposed",
        ),
        pytest.param(
            "deployment: lab",
            "deployment: 7",
            "deployment (line 1)",
            "7",
            'put it in quotes, so that it is text: "7"',
            id="a number for a name needs quotes",
        ),
        pytest.param(
            "deployment: lab",
            "deployment: [lab]",
            "deployment (line 1)",
            "a list",
            "write text, not a list",
            id="a list for a name is not text",
        ),
        pytest.param(
            "deployment: lab",
            "on_shutdown: idel",
            "on_shutdown (line 1)",
            "idel",
            "did you mean idle? It is one of: leave, idle, all",
            id="a choice with a slip of the pen is recognised",
        ),
        pytest.param(
            "deployment: lab",
            "on_shutdown: nothing",
            "on_shutdown (line 1)",
            "nothing",
            "one of: leave, idle, all",
            id="a choice that does not exist lists those that do",
        ),
        pytest.param(
            "deployment: lab",
            "state: ''",
            "state (line 1)",
            "",
            "name a file or a folder",
            id="a path is not empty",
        ),
        pytest.param(
            "deployment: lab",
            "wrokdir: x",
            "wrokdir (line 1)",
            "",
            "unknown key: did you mean workdir?",
            id="an unknown key gets the one that was meant",
        ),
        pytest.param(
            "deployment: lab",
            "zzz: x",
            "zzz (line 1)",
            "",
            "unknown key; known here: deployment, clearml, polling_interval, max_instances, "
            "on_shutdown, state, workdir, autoscalers",
            id="an unknown key like no other lists the known ones",
        ),
        pytest.param(
            "deployment: lab",
            "max_idle: 15m",
            "max_idle (line 1)",
            "",
            "belongs to an autoscaler or to a resource",
            id="a key in the wrong place is told its place",
        ),
        pytest.param(
            "deployment: lab",
            "<<: {a: b}",
            '"<<" (line 1)',
            "",
            "merge keys are not read: write the keys out",
            id="merge keys are not read",
        ),
        pytest.param(
            PREFIX,
            "polling_interval: 60s",
            f"{AUTOSCALER}.polling_interval (line 6)",
            "",
            "belongs at the top, beside autoscalers",
            id="one polling interval holds for the whole deployment",
        ),
        pytest.param(
            PREFIX,
            "max_idle: 15",
            f"{AUTOSCALER}.max_idle (line 6)",
            "15",
            "say the unit: 15s, 15m or 15h",
            id="a bare number is no duration",
        ),
        pytest.param(
            PREFIX,
            "maxIdleTimeMin: 15",
            f"{AUTOSCALER}.maxIdleTimeMin (line 6)",
            "",
            "unknown key: did you mean max_idle?",
            id="ClearML's own word for a key is understood",
        ),
        pytest.param(
            PREFIX,
            "max-idle: 15m",
            f"{AUTOSCALER}.max-idle (line 6)",
            "",
            "unknown key: did you mean max_idle?",
            id="a hyphen for an underscore is understood",
        ),
        pytest.param(
            PREFIX,
            "policy: adaptive",
            f"{AUTOSCALER}.policy (line 6)",
            "adaptive",
            "write simple: it is the only one so far",
            id="a policy that does not exist yet",
        ),
        pytest.param(
            PREFIX,
            "workers_prefix: team:one",
            f"{AUTOSCALER}.workers_prefix (line 6)",
            "team:one",
            "a colon separates the parts of a worker's id: leave it out here",
            id="a prefix with a colon would be a prefix of another's workers",
        ),
        pytest.param(
            PREFIX,
            "workers_prefix: team one",
            f"{AUTOSCALER}.workers_prefix (line 6)",
            "team one",
            "worker ids are made of it: letters, digits, and - _ . between them, 60 at most",
            id="a prefix with a space is no part of a worker's id",
        ),
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
            "write process: it is the only one so far",
            id="an unknown provider lists the known ones",
        ),
        pytest.param(
            "provider: process",
            "provider: ec2\n        ami: ami-1",
            f"{RESOURCE}.provider (line 9)",
            "ec2",
            "comes with the AWS host; so far: process",
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
            "max_instances: 3\n        cpu_only: yes",
            f"{RESOURCE}.cpu_only (line 12)",
            "yes",
            "write true or false",
            id="a switch is true or false",
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
        pytest.param(
            "clearml:\n  api: https://api.clear.ml",
            "clearml: https://api.clear.ml",
            "clearml (line 2)",
            "https://api.clear.ml",
            "write keys and values here: api, web, files, …",
            id="text where keys are due",
        ),
    ],
)
def test_a_mistake(old: str, new: str, field: str, value: str, remedy: str) -> None:
    assert problems(edited(old, new)) == [Problem(field, value, remedy)]


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
