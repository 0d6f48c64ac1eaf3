"""`doctor` looks at what machines need, in ClearML and in the cloud, and changes nothing."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from autoscaler.adapters.aws.clients import Clients, forget_session
from autoscaler.world.clearml.users import Credentials
from autoscaler.world.server import StandIn
from tests.adapters.aws.doctor.account import CONFIG, Account, sound_account
from tests.cli.conftest import KEYS, Run
from tests.cli.lab import write_config
from tests.real.aws import REGION
from tests.real.fake_stacks import fake_stacks
from tests.real.state_table import table


@pytest.fixture
def ready(tmp_path: Path, standin: StandIn) -> StandIn:
    """The server has all the queues that the configuration names."""
    write_config(tmp_path, api=standin.url)
    for name in ("fast", "gpu"):
        standin.world.queues.create(name)
    return standin


def lines(run: Run, *flags: str, **environment: str) -> dict[str, dict[str, str]]:
    """By what was looked at."""
    told = json.loads(run("doctor", *flags, "--json", env={**KEYS, **environment}).stdout)
    return {line["check"]: line for line in told["lines"]}


def test_processes_need_little(run: Run, ready: StandIn) -> None:
    result = run("doctor", env=KEYS)

    assert result.exit_code == 0
    assert f"✓ server           {ready.url}: API 2." in result.stdout
    assert "✓ machines process nothing keeps them from starting" in result.stdout
    assert "It would work; 1 warning." in result.stdout


@pytest.mark.usefixtures("ready")
def test_agents_that_are_the_autoscaler_s_own_user_are_a_warning(run: Run) -> None:
    told = lines(run)

    assert told["user"]["verdict"] == "ok"
    assert "role" not in told["user"]["remedy"]
    assert told["agents"]["verdict"] == "warning"
    assert told["agents"]["field"] == "clearml.agent_access_key"
    assert "give agents their own user" in told["agents"]["remedy"]


@pytest.mark.parametrize(
    ("role", "verdict"), [("user", "ok"), ("admin", "warning"), ("superuser", "warning")]
)
def test_agents_are_best_a_plain_user(
    run: Run, ready: StandIn, tmp_path: Path, role: str, verdict: str
) -> None:
    ready.world.users.give_key(
        ready.world.users.add("bots", role=role), Credentials("agent", "agents-secret")
    )
    with_agents(tmp_path)

    told = json.loads(
        run("doctor", "--json", env={**KEYS, "A": "agent", "S": "agents-secret"}).stdout
    )

    (agents,) = [line for line in told["lines"] if line["check"] == "agents"]
    assert agents["verdict"] == verdict
    assert "bots" in agents["found"] + agents["value"]


def test_agents_whose_login_is_refused_are_an_error(
    run: Run, ready: StandIn, tmp_path: Path
) -> None:
    with_agents(tmp_path)

    told = lines(run, A="agent", S="no such secret")["users"]

    assert ready.log.of("auth.login")
    assert (told["verdict"], told["field"]) == ("error", "clearml.agent_access_key")
    assert told["value"] == "env:A"


def with_agents(folder: Path) -> None:
    path = folder / "autoscaler.yaml"
    keys = "clearml:\n  agent_access_key: env:A\n  agent_secret_key: env:S\n"
    path.write_text(path.read_text().replace("clearml:\n", keys))


def test_a_guest_may_not_work_with_queues(run: Run, ready: StandIn) -> None:
    ready.world.users.give_key(
        ready.world.users.add("visitor", role="guest"), Credentials("key", "secret")
    )

    told = lines(run)

    assert (told["user"]["verdict"], told["user"]["value"]) == ("error", "visitor")
    assert told["user"]["field"] == "clearml.access_key"


def test_a_queue_that_does_not_exist_is_an_error(
    run: Run, tmp_path: Path, standin: StandIn
) -> None:
    write_config(tmp_path, api=standin.url)

    assert lines(run)["queue gpu"]["verdict"] == "error"


def test_what_hangs_on_a_missing_login_is_not_looked_at(run: Run, ready: StandIn) -> None:
    result = run("doctor")

    assert result.exit_code == 2
    for check in ("server", "queues", "users"):
        assert f"- {check}" in result.stdout
    assert "2 to mend." in result.stdout
    assert len(ready.log) == 0


def test_a_configuration_that_is_wrong_is_all_that_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "autoscaler.yaml").write_text("autoscalers: none\n")

    told = json.loads(run("doctor", "--json").stdout)

    assert {(line["check"], line["verdict"]) for line in told["lines"]} == {
        ("configuration", "error")
    }


@pytest.mark.parametrize(
    ("budget", "verdict"),
    [
        pytest.param("budget: {day: 10}", "error", id="a budget"),
        pytest.param(
            "budget: {day: 10, allow_unknown_prices: true}", "ok", id="one that needs no prices"
        ),
        pytest.param("queue_budgets: [{name: gpu, day: 5}]", "error", id="one of its queue"),
        pytest.param("queue_budgets: [{name: fast, day: 5}]", "ok", id="one of another queue"),
    ],
)
@pytest.mark.usefixtures("ready")
def test_a_budget_needs_prices(run: Run, tmp_path: Path, budget: str, verdict: str) -> None:
    path = tmp_path / "autoscaler.yaml"
    path.write_text(f"{budget}\n{path.read_text()}")

    found = lines(run)["prices"]

    assert found["verdict"] == verdict
    if verdict == "error":
        assert found["resource"] == "team/gpu"
        assert found["field"] == "autoscalers[team].resources[gpu].hourly_price"
        assert "autoscaler prices refresh" in found["remedy"]


@pytest.mark.usefixtures("ready")
def test_a_webhook_whose_address_is_missing_is_found(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "autoscaler.yaml"
    path.write_text(f"webhook: env:NO_SUCH_VARIABLE\n{path.read_text()}")

    assert (lines(run)["webhook"]["verdict"], lines(run)["webhook"]["field"]) == (
        "error",
        "webhook",
    )


@pytest.fixture
def account(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, standin: StandIn
) -> Iterator[Account]:
    """On AWS, with a configuration for it in the folder."""
    forget_session()
    with sound_account(monkeypatch) as account:
        standin.world.queues.create("work")
        bots = standin.world.users.add("bots")
        standin.world.users.give_key(bots, Credentials("x", "s"))
        account.changed = True
        account.text = CONFIG.replace("https://api.clear.ml", standin.url)
        (tmp_path / "autoscaler.yaml").write_text(account.text.format(**account.names))
        yield account


@pytest.mark.usefixtures("account")
def test_machines_on_ec2_are_looked_at_from_this_computer(run: Run) -> None:
    result = run("doctor", env=KEYS)

    assert result.exit_code == 0
    assert "All is well." in result.stdout
    assert "\nteam/gpu\n✓ types" in result.stdout
    assert "✓ agents                         bots, user" in result.stdout
    assert f"✓ quota {REGION} spot g      32 of 64 vCPUs" in result.stdout


def test_one_thing_that_is_wrong_is_told_with_its_remedy(run: Run, account: Account) -> None:
    account.ec2.delete_key_pair(KeyName="ops")

    result = run("doctor", env=KEYS)

    assert result.exit_code == 2
    assert "✗ key pair" in result.stdout
    assert "- launch           not looked at: first mend key pair" in result.stdout
    assert "1 to mend." in result.stdout


@pytest.mark.usefixtures("account")
def test_a_stack_that_is_not_there_does_not_keep_it_from_looking(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fake_stacks({}) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFORMATION", url)
        told = lines(run, "--host", "aws")

    assert (told["table"]["verdict"], told["table"]["field"]) == ("error", "--host")
    assert told["prices"]["verdict"] == "skipped"
    assert told["launch"]["verdict"] == "ok"


@pytest.mark.usefixtures("account")
def test_what_is_deployed_is_looked_at(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with table(Clients().dynamodb()) as name:
        stacks = {"clearml-autoscaler-lab": {"TableName": name, "TopicArn": "arn:t"}}
        with fake_stacks(stacks) as url:
            monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFORMATION", url)
            told = lines(run, "--host", "aws")

    assert told["table"]["found"] == "0 rows"
    assert told["prices"]["verdict"] == "ok"
