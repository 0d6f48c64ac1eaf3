"""Keys and tokens: what lets a caller in."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from autoscaler.world.clearml import ClearML, RefusedError
from tests.world.model import Caller, basic

if TYPE_CHECKING:
    from tests.world.model import Clock

WHO = "users.get_current_user"


def subcode_for(world: ClearML, authorization: str) -> tuple[int, int]:
    return Caller(world, {"authorization": authorization}).refusal(WHO)


@pytest.mark.parametrize(
    ("authorization", "subcode"),
    [
        pytest.param("", 20, id="nothing at all"),
        pytest.param("Digest x", 21, id="a scheme of another kind"),
        pytest.param("Basic ***", 21, id="keys that are not base64"),
        pytest.param(basic("who", "knows"), 22, id="keys that nobody has"),
        pytest.param("Bearer bad", 30, id="a token without segments"),
        pytest.param("Bearer a.b.c", 30, id="a token that somebody else signed"),
    ],
)
def test_it_does_not_let_in(authorization: str, subcode: int, world: ClearML) -> None:
    assert subcode_for(world, authorization) == (401, subcode)


def test_keys_open_every_endpoint(world: ClearML) -> None:
    keys = world.users.give_key(world.user)

    assert subcode_for(world, basic(keys.access_key, keys.secret_key)) == (200, 0)
    assert subcode_for(world, basic(keys.access_key, "wrong")) == (401, 22)
    world.users.revoke_key(keys.access_key)
    assert subcode_for(world, basic(keys.access_key, keys.secret_key)) == (401, 22)


def test_a_token_ends_in_its_last_second(world: ClearML, clock: Clock) -> None:
    caller = Caller(
        world, {"authorization": "Bearer " + world.users.login(world.user, timedelta(hours=1))}
    )
    clock.advance(minutes=59, seconds=59)
    assert caller.refusal(WHO) == (200, 0)
    clock.advance(seconds=1)
    assert caller.refusal(WHO) == (401, 30)


def test_revoked_tokens_end_at_once_and_new_ones_work(world: ClearML, caller: Caller) -> None:
    world.users.revoke_tokens()

    assert caller.refusal(WHO) == (401, 30)
    assert Caller(world).refusal(WHO) == (200, 0)


def test_a_token_lives_a_year_at_most(world: ClearML) -> None:
    world.users.login(world.user, timedelta(days=365))
    with pytest.raises(RefusedError) as refused:
        world.users.login(world.user, timedelta(days=365, seconds=1))

    assert refused.value.subcode == 12


def test_a_user_can_have_further_keys_unless_the_configuration_fixes_him(world: ClearML) -> None:
    added = world.users.add("agents")
    theirs = Caller(world, {"authorization": f"Bearer {world.users.login(added)}"})

    keys = theirs.ask("auth.create_credentials", label="x")["credentials"]
    assert world.users.by_key(keys["access_key"], keys["secret_key"]) == added
    assert Caller(world).refusal("auth.create_credentials") == (400, 301)
