"""What a machine is told at its start."""

import gzip
import json
from base64 import b64decode
from typing import Any

from tests.adapters.gcp.compute_engine.bench import QUEUE, Patch, rendered


def told(document: dict[str, Any]) -> dict[str, Any]:
    items = {each["key"]: each["value"] for each in document["request"]["metadata"]["items"]}
    packed = items["startup-script"].partition('>"$script"\n')[2].partition("END\n")[0]
    text = gzip.decompress(b64decode(packed)).decode()
    line = next(each for each in text.splitlines() if each.startswith('{"startup":'))
    startup: dict[str, Any] = json.loads(line)["startup"]
    return startup


def test_what_a_machine_does_is_told_to_it_without_a_secret(monkeypatch: Patch) -> None:
    found = rendered(
        monkeypatch,
        "types: [g2-standard-24]",
        "slots: 2",
        "gpus: ['0', '1']",
        "max_idle: 5m",
        "max_lifetime: 12h",
        "machine:",
        "  image: my/image:1 --ipc=host",
        "  init_script: |",
        "    echo hello",
        "  clearml_conf: 'agent.x: 1'",
        "  bashrc: false",
        "  git: {user: bot, password: 'gcp-secret:git', host: example.org}",
        "  storage: {google_project: models, google_credentials: 'gcp-secret:models'}",
        "  registries: [{address: europe-west4-docker.pkg.dev}]",
        "  environment: {HF_TOKEN: 'gcp-secret:projects/ml-team-1/secrets/hf#token', TZ: UTC}",
        "  agent_version: 3.0.2",
        "  agent_args: [--order-fairness]",
        "  logs: machines",
    )
    startup = told(found)
    boot, guard = startup["boot"], startup["guard"]
    assert boot["login"]["secret_key"] == {"ref": "gcp-secret:agent-secret"}
    assert boot["docker"] == "my/image:1 --ipc=host"
    assert (boot["init_script"], boot["conf"]) == ("echo hello\n", "agent.x: 1")
    assert (boot["bashrc"], boot["slots"], boot["gpus"]) == (False, 2, ["0", "1"])
    assert boot["git"]["password"] == {"ref": "gcp-secret:git"}
    assert boot["storage"]["google_credentials"] == {"ref": "gcp-secret:models"}
    hugging = {"ref": "gcp-secret:projects/ml-team-1/secrets/hf#token"}
    assert boot["environment"] == {"HF_TOKEN": hugging, "TZ": "UTC"}
    assert boot["agent"]["version"] == "3.0.2"
    assert boot["arguments"] == ["--order-fairness"]
    assert boot["logs"] == "machines"
    assert (guard["source"], guard["queues"], guard["life"]) == ("gce", [QUEUE], 12 * 3600)
    assert startup["parcel"]["parts"] == []  # there is room for the guard itself


def test_the_worker_is_called_as_the_machine_calls_itself(monkeypatch: Patch) -> None:
    """The machine puts it together of the prefix, the resource, its type and its name."""
    found = rendered(monkeypatch, "types: [n2-custom-8-16384]", "cpu_only: true")
    boot = told(found)["boot"]
    assert f"{boot['prefix']}:{boot['resource']}" == found["request"]["description"]
    assert boot["type"] == ""
