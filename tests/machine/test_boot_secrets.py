"""Where secrets come from, where they land, and that they are seen nowhere else."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autoscaler.machine.boot.journal import BootError
from autoscaler.machine.boot.secrets import refresh
from autoscaler.machine.startup import StartupSpec
from tests.machine import boot_metadata as metadata
from tests.machine.boot_bench import BootBench
from tests.machine.boot_metadata import FakeMetadata, fake_metadata
from tests.machine.fake_secrets import REGISTRY_PASSWORD, FakeSecrets, fake_secrets

pytestmark = pytest.mark.slow

PLANTED = "planted-secret-0123456789"
ECR = "1234.dkr.ecr.eu-west-1.amazonaws.com"
SERVER = "http://127.0.0.1:9"
BY_CLOUD = {
    "ec2": {"access_key": "ssm:/team/access", "secret_key": "secretsmanager:team/agents#secret"},
    "gce": {"access_key": "gcp-secret:access", "secret_key": "gcp-secret:agents#secret"},
}


def login(secret: str, **changed: str) -> str:
    """As it is kept."""
    return json.dumps({"secret": secret, "other": "x", "api_server": SERVER, **changed})


class CloudBench(BootBench):
    """A machine in a cloud; its secrets are kept there."""

    def __init__(self, root: Path, service: FakeMetadata, store: FakeSecrets) -> None:
        super().__init__(root)
        self.service, self.store = service, store
        for kind in ("ssm:/team/access", "gcp-secret:access"):
            store.kept[kind] = "an-access-key"
        store.kept["ssm:/team/api_server"] = SERVER
        for kind in ("secretsmanager:team/agents", "gcp-secret:agents"):
            store.kept[kind] = login(PLANTED)

    def cloud(self, source: str, **changed: Any) -> StartupSpec:
        settings: dict[str, Any] = {
            "source": source,
            "metadata": self.service.url,
            "endpoints": self.store.endpoints,
            "login": {**BY_CLOUD[source], "api_server": SERVER},
        }
        return self.spec(**{**settings, **changed})


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[CloudBench]:
    with fake_metadata() as service, fake_secrets() as store:
        yield CloudBench(tmp_path, service, store)


@pytest.mark.parametrize(
    ("source", "worker"),
    [
        pytest.param("ec2", "team:cpu:g5.xlarge:i-0abc", id="EC2 by its instance id"),
        pytest.param("gce", "team:cpu:n1-standard-8:team-gpu-1", id="Compute Engine by its name"),
    ],
)
def test_a_machine_names_itself_and_reads_its_login_in(
    source: str, worker: str, bench: CloudBench
) -> None:
    said = bench.boot(bench.cloud(source))
    seen = bench.told("agent")[0]["env"]
    assert seen["CLEARML_WORKER_ID"] == worker
    assert (seen["CLEARML_API_ACCESS_KEY"], seen["CLEARML_API_SECRET_KEY"]) == (
        "an-access-key",
        PLANTED,
    )
    assert PLANTED not in said


def test_compute_engine_shows_the_phases_from_outside(bench: CloudBench) -> None:
    bench.boot(bench.cloud("gce"))
    told = json.loads(bench.service.told["clearml-autoscaler/phases"])
    assert [one["phase"] for one in told][-2:] == ["agent", "guard"]


def test_a_role_may_come_late_and_a_service_be_busy(bench: CloudBench) -> None:
    bench.service.late, bench.store.busy = 2, 1
    assert "boot-failed" not in bench.boot(bench.cloud("ec2", patience=20))


@pytest.mark.parametrize(
    ("source", "reference", "told"),
    [
        pytest.param("ec2", "ssm:/nope", "HTTP 400 AccessDeniedException", id="by SSM"),
        pytest.param(
            "ec2", "secretsmanager:nope", "HTTP 400 AccessDeniedException", id="by Secrets Manager"
        ),
        pytest.param("gce", "gcp-secret:nope", "HTTP 404 NOT_FOUND", id="by Secret Manager"),
        pytest.param(
            "ec2",
            "secretsmanager:team/agents#nope",
            "its text is no JSON object with this key",
            id="because it has no such member",
        ),
    ],
)
def test_a_refused_secret_ends_the_machine_with_its_name_and_nothing_else(
    source: str, reference: str, told: str, bench: CloudBench
) -> None:
    said = bench.boot(bench.cloud(source, conf={"ref": reference}))
    expected = f'boot-failed phase="secrets" reason="secret {reference}: {told}"\n'
    assert expected in said
    assert said.endswith(expected)
    assert PLANTED not in said
    assert len(bench.told("shutdown")) == 1


def test_a_secret_that_holds_several_is_read_once(bench: CloudBench) -> None:
    reference = BY_CLOUD["ec2"]["secret_key"]
    bench.boot(bench.cloud("ec2", environment={"A": {"ref": reference}}))
    assert bench.store.asked.count("secretsmanager.GetSecretValue") == 1


def test_nothing_printed_holds_a_secret_and_nobody_else_reads_the_files(bench: CloudBench) -> None:
    key = "-----BEGIN KEY-----\nplanted-line-1\nplanted-line-2\n-----END KEY-----"
    spec = bench.cloud(
        "ec2",
        init_script="env; cat $HOME/.ssh/id_rsa; echo partly: $CLEARML_API_SECRET_KEY.",
        git={"user": "me", "password": "ssm:/git", "ssh_key": "ssm:/key"},
        **bench.kept_by_systemd(),
    )
    bench.store.kept.update({"ssm:/git": "planted-git-password", "ssm:/key": key})
    said = bench.boot(spec)
    assert "partly: ********." in said
    hidden = [PLANTED, "an-access-key", "planted", metadata.ROLE_SECRET, metadata.ROLE_SESSION]
    assert [one for one in hidden if one in said] == []
    assert "planted" not in "".join((bench.folder / "phases.json").read_text())
    assert PLANTED not in (bench.folder / "machine.json").read_text()
    assert bench.open_files() == []
    assert (bench.home / ".ssh" / "id_rsa").read_text() == key + "\n"


def test_secrets_are_nowhere_in_the_rendered_script(bench: CloudBench) -> None:
    bench.boot(bench.cloud("ec2"))
    assert "secretsmanager:team/agents#secret" in (bench.root / "user-data").read_text()
    assert PLANTED not in (bench.root / "user-data").read_text()


def test_a_rotated_secret_takes_the_place_of_the_old_one(bench: CloudBench) -> None:
    bench.store.kept["ssm:/conf"] = "a: 1"
    spec = bench.cloud("ec2", conf={"ref": "ssm:/conf"}, home=str(bench.home))
    bench.boot(spec.model_copy(update=bench.kept_by_systemd()))
    bench.store.kept["secretsmanager:team/agents"] = login("the-new-one")
    bench.store.kept["ssm:/conf"] = "a: 2"
    answer = refresh(bench.folder)
    assert answer["CLEARML_API_SECRET_KEY"] == "the-new-one"
    assert bench.json("login.json") == answer
    assert (bench.folder / "slot0" / "clearml.conf").read_text().endswith("\na: 2\n")
    assert bench.open_files() == []


def test_a_rotation_that_fails_leaves_the_old_one(bench: CloudBench) -> None:
    bench.boot(bench.cloud("ec2", home=str(bench.home)))
    before = bench.json("login.json")
    del bench.store.kept["ssm:/team/access"]
    with pytest.raises(BootError, match="AccessDenied"):
        refresh(bench.folder)
    assert bench.json("login.json") == before


@pytest.mark.parametrize(
    ("source", "kept", "told"),
    [
        pytest.param(
            "ec2",
            {"secretsmanager:team/agents": login(PLANTED, api_server="https://theirs")},
            "secret secretsmanager:team/agents#secret: it is for https://theirs, and is not sent"
            f" to {SERVER}",
            id="beside it, in its object",
        ),
        pytest.param(
            "ec2",
            {"ssm:/team/api_server": "http://127.0.0.1:10"},
            f"secret ssm:/team/access: it is for http://127.0.0.1:10, and is not sent to {SERVER}",
            id="beside it, in its folder",
        ),
        pytest.param(
            "ec2",
            {"secretsmanager:team/agents": json.dumps({"secret": PLANTED})},
            "secret secretsmanager:team/agents#secret: it is kept without its api_server, and is"
            f" not sent to {SERVER}",
            id="nowhere",
        ),
        pytest.param(
            "gce",
            {"gcp-secret:agents": login(PLANTED, api_server="https://theirs")},
            "secret gcp-secret:agents#secret: it is for https://theirs, and is not sent"
            f" to {SERVER}",
            id="beside it, on Google Cloud",
        ),
    ],
)
def test_a_login_of_another_server_ends_the_machine_before_anybody_has_it(
    source: str, kept: dict[str, str], told: str, bench: CloudBench
) -> None:
    bench.store.kept.update(kept)
    said = bench.boot(bench.cloud(source, init_script="echo ran"))
    assert said.endswith(f'boot-failed phase="secrets" reason="{told}"\n')
    assert PLANTED not in said
    assert "\nran\n" not in said
    assert not (bench.folder / "login.json").exists()
    assert bench.told("agent") == []
    assert len(bench.told("shutdown")) == 1


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        pytest.param("HTTPS://api.clear.ml:443/ ", "https://api.clear.ml", id="said otherwise"),
        pytest.param("https://h/v/", "https://h:443/v", id="with a path"),
    ],
)
def test_the_same_server_may_be_written_otherwise(kept: str, told: str, bench: CloudBench) -> None:
    bench.store.kept["ssm:/team/api_server"] = kept
    bench.store.kept["secretsmanager:team/agents"] = login(PLANTED, api_server=kept)
    spec = bench.cloud("ec2", login={**BY_CLOUD["ec2"], "api_server": told})
    assert "boot-failed" not in bench.boot(spec)


def test_a_rotation_does_not_send_the_login_elsewhere_either(bench: CloudBench) -> None:
    spec = bench.cloud("ec2", home=str(bench.home))
    bench.boot(spec.model_copy(update=bench.kept_by_systemd()))
    before = bench.json("login.json")
    bench.store.kept["secretsmanager:team/agents"] = login("new", api_server="https://theirs")
    with pytest.raises(BootError, match="https://theirs, and is not sent"):
        refresh(bench.folder)
    assert bench.json("login.json") == before


@pytest.mark.parametrize(
    ("source", "address", "given"),
    [
        pytest.param("ec2", ECR, ("AWS", REGISTRY_PASSWORD), id="ECR by its role"),
        pytest.param(
            "gce",
            "europe-docker.pkg.dev",
            ("oauth2accesstoken", metadata.ACCOUNT_TOKEN),
            id="Artifact Registry by its service account",
        ),
    ],
)
def test_docker_asks_for_a_fresh_login_of(
    source: str, address: str, given: tuple[str, str], bench: CloudBench
) -> None:
    said = bench.boot(bench.cloud(source, registries=[{"address": address}]))
    config = json.loads((bench.home / ".docker" / "config.json").read_text())
    helper = "docker-credential-" + config["credHelpers"][address]
    path = bench.told("agent")[0]["env"]["PATH"]
    answer = json.loads(bench.run(f"PATH={path}; echo {address} | {helper} get"))
    assert answer == {"ServerURL": address, "Username": given[0], "Secret": given[1]}
    assert given[1] not in said + json.dumps(config)


def test_a_registry_that_refuses_the_role_is_known_before_a_task_comes(bench: CloudBench) -> None:
    spec = bench.cloud(
        "ec2", registries=[{"address": ECR}], endpoints={"ecr": "http://127.0.0.1:9"}
    )
    spec = spec.model_copy(
        update={"endpoints": {**bench.store.endpoints, "ecr": bench.service.url + "/"}}
    )
    assert f'reason="registry {ECR}: HTTP 501' in bench.boot(spec)


def test_docker_keeps_what_it_knew_and_learns_logins_and_proxies(bench: CloudBench) -> None:
    path = bench.home / ".docker" / "config.json"
    path.parent.mkdir()
    path.write_text(json.dumps({"auths": {"a.io": {"auth": "old"}}, "detachKeys": "x"}))
    bench.store.kept["ssm:/registry"] = 'pa"ss$:`x`'
    bench.boot(
        bench.cloud(
            "ec2",
            registries=[{"address": "b.io", "user": "me", "password": "ssm:/registry"}],
            proxy={"https": "http://proxy:3128", "no": "10.0.0.0/8"},
        )
    )
    config = json.loads(path.read_text())
    assert config["auths"].keys() == {"a.io", "b.io"}
    assert base64.b64decode(config["auths"]["b.io"]["auth"]).decode() == 'me:pa"ss$:`x`'
    assert config["detachKeys"] == "x"
    assert config["proxies"]["default"] == {
        "httpsProxy": "http://proxy:3128",
        "noProxy": "10.0.0.0/8",
    }
    seen = bench.told("agent")[0]["env"]
    assert seen["https_proxy"] == seen["HTTPS_PROXY"] == "http://proxy:3128"


def test_the_metadata_service_is_reached_past_a_proxy_and_a_store_through_it(
    bench: CloudBench,
) -> None:
    said = bench.boot(bench.cloud("ec2", proxy={"http": "http://127.0.0.1:9"}))
    assert 'phase name="launched"' in said
    assert 'boot-failed phase="secrets"' in said
    assert bench.store.asked == []
