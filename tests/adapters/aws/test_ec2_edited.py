"""A launch that somebody edited in the table, fingerprint and all: nothing starts by it."""

from hashlib import sha256

import pytest

from autoscaler.core.ledger import Launch, Ref, Request
from tests.adapters.aws.fake_ec2 import Trouble
from tests.adapters.aws.test_ec2_stories import ONE, SPOT, Play

AMI, PROFILE = '"ImageId":"resolve:ssm:', '"IamInstanceProfile":{"Name":"clearml-worker"}'
EDITS = [
    pytest.param(AMI, '"ImageId":"ami-0bad', id="another image"),
    pytest.param(PROFILE, '"IamInstanceProfile":{"Name":"admin"}', id="another profile"),
    pytest.param('"UserData":"', '"UserData":"AAAA', id="another startup script"),
    pytest.param("g5.xlarge", "p5.48xlarge", id="another type"),
]


def edit(play: Play, old: str, new: str) -> None:
    """The stored request of the launch, and its fingerprint on the launch's row."""
    launch = play.launch()
    request = play.state.read(Ref("request", f"{launch.key}.1"))
    assert isinstance(request, Request)
    assert old in request.body
    body = request.body.replace(old, new)
    sha = sha256(body.encode()).hexdigest()
    play.state.commit(
        put=[
            request.model_copy(update={"body": body}),
            launch.model_copy(update={"request_sha": sha}),
        ]
    )


@pytest.mark.parametrize(
    ("text", "call"),
    [
        pytest.param(ONE, "RunInstances", id="one type"),
        pytest.param(SPOT, "CreateFleet", id="a fleet"),
    ],
)
@pytest.mark.parametrize(("old", "new"), EDITS)
def test_a_call_that_is_sent_again_is_compared_with_the_configuration(
    monkeypatch: pytest.MonkeyPatch, text: str, call: str, old: str, new: str
) -> None:
    with Play(monkeypatch, text) as play:
        play.bench.cloud.troubles.append(Trouble(call, "InternalError", 500))
        play.enqueue("work")
        play.play()
        edit(play, old, new)

        play.minutes(3)

        for box in play.bench.cloud.boxes.values():
            asked = str(box.asked).replace("'", '"').replace(": ", ":")
            assert new not in asked
            assert box.type != "p5.48xlarge"
        assert play.launch_calls[0] == call


def test_an_offering_that_the_configuration_does_not_have_is_not_bought(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Play(monkeypatch, ONE) as play:
        play.bench.cloud.troubles.append(Trouble("RunInstances", "InternalError", 500))
        play.enqueue("work")
        play.play()
        launch: Launch = play.launch()
        play.state.commit(put=[launch.model_copy(update={"offering": "p5.48xlarge::on-demand"})])

        play.minutes(3)

        assert {box.type for box in play.bench.cloud.boxes.values()} <= {"g5.xlarge"}
