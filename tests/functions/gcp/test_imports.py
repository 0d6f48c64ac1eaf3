"""What a cold start may load: every package here costs each new instance its import."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.functions.gcp.lab import configuration
from tests.real.functions_framework import FUNCTIONS, ROOT

MAY = {
    "autoscaler",
    "functions",
    "pydantic",
    "pydantic_core",
    "annotated_types",
    "typing_extensions",
    "typing_inspection",
}
# All that Google's clients bring; none of it is loaded before the first request.
CLIENTS = {
    "google",
    "grpc",
    "grpc_status",
    "proto",
    "cryptography",
    "OpenSSL",
    "certifi",
    "charset_normalizer",
    "idna",
    "requests",
    "simplejson",
    "urllib3",
    "cython_runtime",
}
APIS = {
    "poller": {"google.cloud.firestore_v1", "google.pubsub_v1"},
    "launcher": {"google.cloud.firestore_v1", "google.pubsub_v1"},
    "reaper": {"google.cloud.firestore_v1"},
    "watcher": {"google.cloud.firestore_v1", "google.pubsub_v1"},
}
NEVER = {
    "google.cloud.compute_v1": "a second and 148 MiB, which only a launch or an end is worth",
    "google.cloud.secretmanager_v1": "nobody reads a secret before it is needed",
    "google.cloud.logging": "lines on standard output are entries by themselves",
    "google.cloud.pubsub_v1": "collects messages in threads, which a sleeping function stops",
    "boto3": "another host's",
    "botocore": "another host's",
    "aws_lambda_powertools": "another host's",
    "clearml": "its API is plain HTTP",
    "yaml": "the configuration is packaged as JSON",
    "rich": "for people at a terminal",
    "typer": "for people at a terminal",
    "sqlite3": "another host's table",
    "psutil": "another compute's machines",
}
FOREIGN = ("autoscaler.cli", "autoscaler.world", "autoscaler.adapters.memory")


def loaded(function: str, folder: Path) -> dict[str, Any]:
    config = folder / "autoscaler.json"
    config.write_text(json.dumps(configuration("https://api.clear.ml")))
    nowhere = "127.0.0.1:9"
    environment = {
        "PATH": os.environ["PATH"],  # noqa: TID251  where Python is
        "GOOGLE_CLOUD_PROJECT": "lab-project",
        "DATABASE": "state",
        "PREFIX": "lab",
        "CONFIG": str(config),
        "FIRESTORE_EMULATOR_HOST": nowhere,
        "PUBSUB_EMULATOR_HOST": nowhere,
    }
    ran = subprocess.run(  # noqa: S603  our own arguments
        [sys.executable, "-m", "tests.functions.gcp.loaded", function],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
    )
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])  # after what its log says
    return found


def strangers(modules: list[str], may: set[str]) -> set[str]:
    roots = {name.partition(".")[0] for name in modules}
    return {name for name in roots - may - set(sys.stdlib_module_names) if name[0] != "_"}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_cold_start_loads_what_the_function_needs_and_nothing_else(
    function: str, tmp_path: Path
) -> None:
    told = loaded(function, tmp_path)
    imported, made = told["import"]["modules"], told["made"]["modules"]
    assert not strangers(imported, MAY), "the server divides after this: no client may be there"
    assert not strangers(made, MAY | CLIENTS)
    assert not {name: why for name, why in NEVER.items() if name in made}
    assert {each for apis in APIS.values() for each in apis if each in made} == APIS[function]
    assert not [name for name in made if name.startswith(FOREIGN)]
