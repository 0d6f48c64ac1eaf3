"""Secrets are named, never written, and never shown."""

from pathlib import Path

import pytest

from autoscaler.config import Keys, ProcessSection, parse
from autoscaler.errors import ConfigError
from tests.config.example import edited, problems

API = "https://api.clear.ml"
MOST = "max_instances: 3"
HUSH = "hunter2"
HOW = "env:NAME, file:/path, ssm:/path, secretsmanager:name or gcp-secret:name"


@pytest.mark.parametrize(
    ("reference", "remedy"),
    [
        pytest.param(
            HUSH,
            f"a secret is named here, never written: {HOW}",
            id="a literal secret is refused",
        ),
        pytest.param(
            "ssm:clearml/key",
            "name a parameter from its first slash on, like ssm:/clearml/git-password",
            id="a parameter without its first slash",
        ),
        pytest.param(
            "'ssm:/clearml/my key'",
            "name a parameter from its first slash on, like ssm:/clearml/git-password",
            id="a parameter with a space in its name",
        ),
        pytest.param(
            "'secretsmanager:'",
            "name the secret, like secretsmanager:clearml/git#password",
            id="a secret of the Secrets Manager without a name",
        ),
        pytest.param(
            "gcp-secret:clearml/key",
            "name the secret, like gcp-secret:clearml-git#password, or"
            " gcp-secret:projects/P/secrets/S",
            id="a secret of Google's has no folder",
        ),
        pytest.param(
            "gcp-secret:key/versions/3",
            "name the secret, like gcp-secret:clearml-git#password, or"
            " gcp-secret:projects/P/secrets/S",
            id="a version stands in the whole path of a secret only",
        ),
        pytest.param(
            "${KEY}",
            "write env:NAME in place of $NAME",
            id="a shell's way to name a variable",
        ),
        pytest.param(
            "env:MY KEY",
            "name an environment variable: env:NAME (letters, digits and _)",
            id="a variable's name with a space",
        ),
        pytest.param(
            "'file:'",
            "name the file that holds the secret: file:/path",
            id="a file without a name",
        ),
        pytest.param(
            "file:~nobody-of-this-name/key",
            "there is no such home folder: write the whole path",
            id="the home of a stranger",
        ),
        pytest.param("12345678", "write text: put it in quotes", id="a number is no reference"),
    ],
)
def test_what_is_no_reference_is_not_repeated(reference: str, remedy: str) -> None:
    (problem,) = problems(edited(API, f"{API}\n  secret_key: {reference}"))

    assert (problem.field, problem.value) == ("clearml.secret_key (line 4)", "")
    assert problem.remedy == remedy


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(API, f"{API}\n  secret_key: {HUSH}", id="as the secret key"),
        pytest.param(API, f"{API}\n  secret_key: ${HUSH}", id="as the secret key, with a dollar"),
        pytest.param(API, f"{API}\n  access_key: [{HUSH}]", id="as a list"),
        pytest.param(API, f"{API}\n  secret_key: {{a: {HUSH}}}", id="as keys and values"),
        pytest.param(API, f"{API}\n  password: {HUSH}", id="under an unknown key"),
        pytest.param(API, f"{API}\n  secret_key: *{HUSH}", id="behind YAML's sign of an alias"),
        pytest.param(API, f"{API}\n  secret_key: !{HUSH} x", id="behind YAML's sign of a tag"),
        pytest.param(API, f"{API}\n  secret_key: '{HUSH}", id="in quotes that do not close"),
        pytest.param(API, f"{API}\n  proxy: http://me:{HUSH}@proxy:3128", id="in the proxy"),
        pytest.param(API, f"https://me:{HUSH}@api.clear.ml", id="in the address"),
        pytest.param(
            MOST, f"{MOST}\n        environment: {{HF_TOKEN: {HUSH}}}", id="in the environment"
        ),
        pytest.param(
            MOST, f"{MOST}\n        environment: ['HF_TOKEN={HUSH}']", id="in a list of settings"
        ),
        pytest.param(
            MOST,
            f"{MOST}\n        agent_args: ['--git-pass={HUSH}']",
            id="in the agent's arguments",
        ),
    ],
)
def test_a_secret_is_refused_and_never_shown(old: str, new: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(edited(old, new))

    assert HUSH not in str(caught.value)
    assert caught.value.__cause__ is None


def test_agents_use_the_autoscalers_keys_unless_they_have_their_own() -> None:
    shared = parse(edited(API, API)).clearml
    own = parse(
        edited(API, f"{API}\n  agent_access_key: env:A\n  agent_secret_key: env:B")
    ).clearml

    assert shared.keys_of_agents == shared.keys_of_autoscaler
    assert shared.keys_of_agents == Keys(
        "env:CLEARML_API_ACCESS_KEY", "env:CLEARML_API_SECRET_KEY"
    )
    assert own.keys_of_agents == Keys("env:A", "env:B")


def test_half_of_the_agents_keys_is_a_mistake() -> None:
    (problem,) = problems(edited(API, f"{API}\n  agent_secret_key: env:B"))

    assert problem.field == "clearml.agent_secret_key (line 4)"
    assert problem.remedy == "agent_access_key is missing: write both or neither"


def test_files_of_secrets_are_found_from_the_configurations_folder(tmp_path: Path) -> None:
    text = edited(API, f"{API}\n  secret_key: file:secret.txt\n  proxy: file:/etc/proxy")
    text = text.replace(MOST, f"{MOST}\n        environment: {{TOKEN: file:t, TZ: UTC}}")

    config = parse(text, folder=tmp_path)

    assert config.clearml.secret_key == f"file:{tmp_path}/secret.txt"
    assert config.clearml.proxy == "file:/etc/proxy"
    resource = config.by_key["team/cpu"]
    assert isinstance(resource, ProcessSection)
    assert resource.environment == {"TOKEN": f"file:{tmp_path}/t", "TZ": "UTC"}
