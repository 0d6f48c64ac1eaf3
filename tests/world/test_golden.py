"""67 calls that the real server was asked: the stand-in answers every one the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from autoscaler.world.server import StandIn
from tests.world.replay import Outcome, Replay

if TYPE_CHECKING:
    from collections.abc import Iterator

CALLS: list[dict[str, Any]] = [
    json.loads(line) for line in Path(__file__).with_name("golden.jsonl").read_text().splitlines()
]


@pytest.fixture(scope="module")
def outcomes() -> Iterator[list[tuple[Outcome, Outcome]]]:
    with StandIn() as standin:
        replay = Replay(standin)
        yield [replay.run(call) for call in CALLS]


def _sentence(call: dict[str, Any]) -> str:
    subcode = call["response"]["meta"]["result_subcode"]
    return f"{call['path']} answers {call['status']}/{subcode}"


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(number, id=f"{number + 1:02} {_sentence(call)}")
        for number, call in enumerate(CALLS)
    ],
)
def test_the_answer_is_the_recorded_one(
    number: int, outcomes: list[tuple[Outcome, Outcome]]
) -> None:
    recorded, answered = outcomes[number]
    assert answered == recorded
