"""What functions on Google Cloud could not use is told before it is deployed."""

import pytest

from autoscaler.config import parse
from autoscaler.config.document import compose
from autoscaler.config.on_gcp import clouds_of, misfits

GCE = """\
deployment: {name}
clearml:
  api: https://api.clear.ml
  access_key: {secret}
  secret_key: {secret}
  agent_access_key: gcp-secret:agents#access_key
  agent_secret_key: gcp-secret:agents#secret_key
{top}
autoscalers:
  - name: team
    resources:
      - name: gpu
        provider: gce
        queues: [gpu]
        types: [g2-standard-4]
        zones: [europe-west4-a]
        machine_image: ml
        max_instances: 1
"""
EC2 = """\
      - name: ours
        provider: ec2
        queues: [gpu]
        types: [g5.xlarge]
        max_instances: 1
        ami: ssm:/team/image
        aws: {aws}
"""
PROCESS = """\
      - {{name: here, provider: process, queues: [gpu], max_instances: 1}}
"""
AGENTS = "agent_access_key: 'ssm:/agents#access_key', agent_secret_key: 'ssm:/agents#secret_key'"
WHERE = "region: eu-west-1, instance_profile: workers"
ROLE = "role: 'arn:aws:iam::123456789012:role/launcher'"
KEYS = "access_key: 'gcp-secret:aws#key', secret_key: 'gcp-secret:aws#secret'"
FITS = {"name": "team", "secret": "gcp-secret:clearml", "top": ""}


def problems(text: str, **changes: str) -> list[str]:
    written = text.format(**{**FITS, **changes})
    return [str(each) for each in misfits(parse(written), compose(written).data)]


def aws(*said: str) -> str:
    return GCE + EC2.replace("{aws}", "{{" + ", ".join((AGENTS, *said)) + "}}")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(GCE, id="machines of Google"),
        pytest.param(aws(WHERE, ROLE), id="machines of AWS, by a role"),
        pytest.param(aws(WHERE, KEYS), id="machines of AWS, by keys"),
        pytest.param(aws(WHERE, KEYS, ROLE, "external_id: x"), id="by a role that keys take on"),
    ],
)
def test_what_fits(text: str) -> None:
    assert problems(text) == []


@pytest.mark.parametrize(
    ("text", "changes", "told"),
    [
        pytest.param(GCE, {"name": "a_team"}, "names accounts", id="a name of no account"),
        pytest.param(GCE, {"name": "t" * 18}, "at most 17", id="a name that is too long"),
        pytest.param(
            GCE + PROCESS, {}, "team/here.provider = process", id="machines as processes"
        ),
        pytest.param(
            GCE, {"secret": "ssm:/team/login"}, "no secrets of AWS's", id="a secret of AWS's"
        ),
        pytest.param(GCE, {"secret": "env:LOGIN"}, "neither variables nor files", id="a variable"),
        pytest.param(
            GCE,
            {"top": "webhook: secretsmanager:hook"},
            "webhook = secretsmanager:hook",
            id="a webhook that AWS keeps",
        ),
        pytest.param(aws(ROLE, "instance_profile: w"), {}, "aws.region", id="no region of AWS"),
        pytest.param(aws(WHERE), {}, "aws.role: functions on Google Cloud have", id="no role"),
        pytest.param(
            aws(WHERE, ROLE, "external_id: x"), {}, "aws.external_id", id="what nobody asks for"
        ),
        pytest.param(
            aws("region: eu-west-1", ROLE), {}, "aws.instance_profile", id="no instance profile"
        ),
    ],
)
def test_what_does_not_fit(text: str, changes: dict[str, str], told: str) -> None:
    found = problems(text, **changes)
    assert found
    assert all(told in each for each in found if "secret_key" not in each)


def test_agents_keys_that_aws_keeps_are_told_where_they_belong() -> None:
    ours = "gcp-secret:agents#"
    text = aws(WHERE, ROLE).replace(ours, "ssm:/agents#")
    text = text.replace(
        "        max_instances: 1\n",
        (
            "        max_instances: 1\n"
            f"        gcp: {{{{agent_access_key: '{ours}a', agent_secret_key: '{ours}b'}}}}\n"
        ),
        1,
    )
    assert [each.partition(" = ")[0] for each in problems(text)] == [
        "clearml.agent_access_key",
        "clearml.agent_secret_key",
    ]
    assert all("write what machines of AWS read below aws" in each for each in problems(text))


def test_functions_need_aws_s_client_where_they_start_its_machines() -> None:
    assert clouds_of(parse(GCE.format(**FITS))) == frozenset()
    assert clouds_of(parse(aws(WHERE, ROLE).format(**FITS))) == {"ec2"}
