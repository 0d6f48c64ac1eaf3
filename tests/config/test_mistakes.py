"""Each mistake of an operator: which key, what was found, what to do about it."""

import pytest

from autoscaler.errors import Problem
from tests.config.example import SOUND, edited, problems

AUTOSCALER = "autoscalers[0]"
PREFIX = "workers_prefix: dynamic_team"


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
            "budget, queue_budgets, on_lost, max_requeues, lost_tasks, timezone, aws, gcp, "
            "machine, webhook, on_shutdown, state, workdir, autoscalers",
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
            "policy: adaptative",
            f"{AUTOSCALER}.policy (line 6)",
            "adaptative",
            "did you mean adaptive? It is one of: adaptive, simple",
            id="a policy that does not exist",
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
