"""A row of the configuration that was edited by hand to point ClearML elsewhere gets no login."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from autoscaler.config import Ec2Section, parse
from autoscaler.config.stored import joined, read
from autoscaler.errors import ConfigError
from autoscaler.hosts.startup import startup_spec
from autoscaler.machine.startup import StartupSpec
from autoscaler.world.server import StandIn
from tests.contracts.topic_contract import pointer
from tests.functions.lab import Context, Lab, Loader, every_minute, record
from tests.functions.stored import edit, in_table, push
from tests.machine.boot_bench import QUICK, BootBench
from tests.machine.boot_metadata import fake_metadata
from tests.machine.fake_secrets import fake_secrets

CONTEXT = Context()
REFUSED = "it is for {}, so it is not sent to clearml.api = {}"


@pytest.fixture
def theirs() -> Iterator[StandIn]:
    with StandIn() as server:
        yield server


@pytest.fixture
def edited(here: Lab, theirs: StandIn, monkeypatch: pytest.MonkeyPatch) -> Lab:
    push(in_table(here))
    edit(here, here.clearml.url, theirs.url, key="*")
    for name in ("CONFIG", "PACKAGED"):
        monkeypatch.setenv(name, here.environment[name])
    return here


def test_the_poller_refuses(edited: Lab, theirs: StandIn, load: Loader) -> None:
    told = REFUSED.format(edited.clearml.url, theirs.url)
    with pytest.raises(ConfigError, match=told):
        load("poller").handler(every_minute(), CONTEXT)
    assert len(theirs.log) == 0


def test_the_reaper_refuses(
    here: Lab,
    theirs: StandIn,
    load: Loader,
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
) -> None:
    here.enqueue()
    load("poller").handler(every_minute(), CONTEXT)
    load("launcher").handler(here.taken("launch"), CONTEXT)
    (row,) = here.instances()
    here.state.commit(put=[row.model_copy(update={"phase": "TERMINATING"})])
    request.getfixturevalue("edited")
    reap = pointer(row.key).model_copy(update={"kind": "reap"}).model_dump_json()

    answer = load("reaper").handler({"Records": [record(reap, "m", "reap")]}, CONTEXT)

    assert answer["batchItemFailures"]
    assert REFUSED.format(here.clearml.url, theirs.url) in capsys.readouterr().out
    assert len(theirs.log) == 0
    assert load.cloud.living()


@pytest.mark.slow
def test_a_machine_that_was_started_by_it_refuses(
    edited: Lab, theirs: StandIn, tmp_path: Path
) -> None:
    """The launcher reads no secret: it hands the address on, and the machine compares."""
    with fake_metadata() as metadata, fake_secrets() as store:
        kept = ("access_key", "secret_key")
        store.kept = {f"ssm:/lab/{key}": f"planted-{key}" for key in kept}
        store.kept["ssm:/lab/api_server"] = edited.clearml.url
        around = {"metadata": metadata.url, "endpoints": store.endpoints, "guard": QUICK}
        spec = ordered(edited).model_copy(update={**around, "keeper": "processes"})

        bench = BootBench(tmp_path)
        said = bench.boot(spec)

        assert f"it is for {edited.clearml.url}, and is not sent to {theirs.url}" in said
        assert 'boot-failed phase="secrets"' in said
        assert not [key for key in kept if f"planted-{key}" in said]
        assert bench.told("shutdown")
        assert len(theirs.log) == 0


def ordered(here: Lab) -> StartupSpec:
    """What the launcher tells machines, by the configuration in the table."""
    config = parse(joined(read(here.state.read)))
    (owner,) = config.autoscalers
    (section,) = owner.resources
    assert isinstance(section, Ec2Section)
    return startup_spec(config, owner, section, source="ec2")
