"""Whatever an operator writes arrives as it was written, and no shell on its way runs it."""

import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from clearml_agent.external.pyhocon import ConfigFactory
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from autoscaler.machine.startup import render_startup
from tests.machine.boot_bench import BootBench

PIECES = (
    *(
        "'",
        '"',
        "$",
        "`",
        "\\",
        "\n",
        "\t",
        "\r",
        " ",
        ";",
        "&",
        "|",
        "<",
        ">",
        "(",
        ")",
        "{",
        "}",
    ),
    *(
        "$(touch canary)",
        "`touch canary`",
        "; touch canary;",
        "\ntouch canary\n",
        "' \n touch canary",
    ),
    *(
        "\nEND\n",
        "END",
        "\nEND\ntouch canary\n",
        "%s",
        "%i",
        "{folder}",
        "${HOME}",
        "$0",
        "#",
        "//",
    ),
    *(
        "é",
        "漢字",
        "😀",
        "\u2028",
        "\x7f",
        "\x1b[2J",
        "x" * 200,
        "-",
        "--gpus",
        "~",
        "*",
        "?",
        "!",
    ),
)
WORST = "".join(PIECES)
MARK = "c2VjcmV0"
HOSTILE = st.lists(st.sampled_from(PIECES) | st.characters(exclude_characters="\0", codec="utf-8"))
VALUES = HOSTILE.map("".join).filter(lambda text: bool(text.strip("\r\n")))

LITERAL = (
    *("prefix", "resource", "type", "instance", "queue", "docker", "argument", "variable"),
    *("api_server", "web_server", "files_server", "git_user", "git_host", "region", "bucket"),
    *("project", "account", "registry", "user", "no_proxy", "hosts", "ca", "conf", "script"),
    *("docker_argument", "filter"),
)
SECRET = (
    *("access_key", "secret_key", "git_password", "ssh_key", "s3_key", "s3_secret", "google"),
    *("azure_key", "registry_password", "http_proxy", "secret_variable"),
)


@pytest.mark.slow
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.fixed_dictionaries(dict.fromkeys((*LITERAL, *SECRET), VALUES)))
@example(dict.fromkeys((*LITERAL, *SECRET), WORST))
def test_every_value_arrives_and_nothing_of_it_runs(values: dict[str, str]) -> None:
    arrives(values)


def test_the_worst_of_values_arrives() -> None:
    arrives(dict.fromkeys((*LITERAL, *SECRET), WORST))


def arrives(values: dict[str, str]) -> None:
    # an editor ends a file with an end of line, so a file's last ones belong to no secret
    values |= {name: marked(values[name].rstrip("\r\n")) for name in SECRET}
    with TemporaryDirectory() as root:
        bench = BootBench(Path(root))
        said = bench.run(rendered(bench, values))
        assert "boot-failed" not in said
        assert [*Path(root).rglob("canary"), *Path("/").glob("canary")] == []
        seen = bench.told("agent")[0]
        of_the_agent(values, seen)
        of_its_configuration(values, seen["conf"])
        of_the_home(values, bench.home)
        assert _bytes(bench.folder / "init-script") == "exit 0\n" + values["script"]
        assert _bytes(bench.folder / "ca.pem").endswith(f"\n{values['ca'].rstrip()}\n")
        assert [name for name in SECRET if values[name] in said] == []
        assert MARK not in said, "not even a part of a secret"


def marked(secret: str) -> str:
    """It has a part that stands in no other text, so that it is known wherever it appears."""
    middle = len(secret) // 2
    return f"{secret[:middle]}{MARK}{secret[middle:]}"


def rendered(bench: BootBench, values: Mapping[str, str]) -> str:
    secret = {name: bench.secret(name, values[name]) for name in SECRET}
    servers = ("api_server", "web_server", "files_server", "access_key", "secret_key")
    given = {**values, **secret}
    s3 = {
        "key": {"ref": secret["s3_key"]},
        "secret": secret["s3_secret"],
        "region": given["region"],
    }
    azure = {"account_name": given["account"], "account_key": secret["azure_key"]}
    login = {"address": given["registry"], "user": given["user"]}
    spec = bench.spec(
        prefix=given["prefix"],
        instance=given["instance"],
        login={name: given[name] for name in servers},
        docker=given["docker"],
        docker_arguments=[given["docker_argument"]],
        docker_args_filters=[given["filter"]],
        arguments=[given["argument"]],
        git={
            "user": given["git_user"],
            "password": secret["git_password"],
            "host": given["git_host"],
            "ssh_key": secret["ssh_key"],
            "known_hosts": given["hosts"],
        },
        storage={
            "s3": [s3, {**s3, "bucket": given["bucket"]}],
            "google_project": given["project"],
            "google_credentials": secret["google"],
            "azure": [azure],
        },
        registries=[{**login, "password": secret["registry_password"]}],
        proxy={"http": {"ref": secret["http_proxy"]}, "no": given["no_proxy"]},
        ca=given["ca"],
        environment={"A": given["variable"], "B": {"ref": secret["secret_variable"]}},
        conf=given["conf"],
        init_script="exit 0\n" + given["script"],
    )
    order: dict[str, Any] = {"resource": given["resource"], "queue_ids": [given["queue"]]}
    return render_startup(spec, **order, type=given["type"])


def of_the_agent(values: Mapping[str, str], seen: Mapping[str, Any]) -> None:
    queue, image, argument = values["queue"], values["docker"], values["argument"]
    assert seen["argv"] == [
        *("daemon", "--foreground", "--queue", queue, "--cpu-only"),
        *("--docker", image, argument),
    ]
    worker = [values[part] for part in ("prefix", "resource", "type", "instance")]
    assert {
        "CLEARML_WORKER_ID": ":".join(worker),
        "CLEARML_API_HOST": values["api_server"],
        "CLEARML_WEB_HOST": values["web_server"],
        "CLEARML_FILES_HOST": values["files_server"],
        "CLEARML_API_ACCESS_KEY": values["access_key"],
        "CLEARML_API_SECRET_KEY": values["secret_key"],
        "CLEARML_AGENT_GIT_USER": values["git_user"],
        "CLEARML_AGENT_GIT_PASS": values["git_password"],
        "CLEARML_AGENT_GIT_HOST": values["git_host"],
        "HTTP_PROXY": values["http_proxy"],
        "http_proxy": values["http_proxy"],
        "no_proxy": values["no_proxy"],
        "A": values["variable"],
        "B": values["secret_variable"],
    }.items() <= seen["env"].items()


def of_its_configuration(values: Mapping[str, str], text: str) -> None:
    """Read with the agent's own parser, but for the operator's text: that is no HOCON here."""
    end = f"\n{values['conf']}\n"
    assert text.endswith(end)
    conf = ConfigFactory.parse_string(text.removesuffix(end))
    assert conf.get("agent.docker_args_filters") == [values["filter"]]
    assert conf.get("agent.extra_docker_arguments")[-1] == values["docker_argument"]
    s3 = {"key": values["s3_key"], "secret": values["s3_secret"], "region": values["region"]}
    assert {name: conf.get(f"sdk.aws.s3.{name}") for name in s3} == s3
    place = dict(conf.get("sdk.aws.s3.credentials")[0])
    assert {name: place[name] for name in (*s3, "bucket")} == {**s3, "bucket": values["bucket"]}
    assert conf.get("sdk.google.storage.project") == values["project"]
    assert conf.get("sdk.google.storage.credentials_json") == values["google"]
    azure = conf.get("sdk.azure.storage.containers")[0]
    assert (azure["account_name"], azure["account_key"]) == (
        values["account"],
        values["azure_key"],
    )


def of_the_home(values: Mapping[str, str], home: Path) -> None:
    assert _bytes(home / ".ssh" / "id_rsa") == values["ssh_key"].rstrip("\n") + "\n"
    assert _bytes(home / ".ssh" / "known_hosts") == values["hosts"].rstrip("\n") + "\n"
    config = json.loads(_bytes(home / ".docker" / "config.json"))
    assert config["auths"].keys() == {values["registry"]}


def _bytes(path: Path) -> str:
    return path.read_bytes().decode()
