"""A task as ClearML's own SDK makes it of the settings of its autoscaler."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from autoscaler.config import parse
from autoscaler.config.importing import of_settings, of_task, of_text
from tests.config.importing.examples import FILE

pytestmark = pytest.mark.slow  # to import the SDK takes three seconds

API = "https://api.clear.ml"
# what ClearML's example does with its file; offline, the SDK writes down what it would send
SCRIPT = """\
import json, sys
from clearml import Task
Task.set_offline(True)
settings = json.loads(sys.argv[1])
task = Task.init(
    "DevOps", "AWS Auto-Scaler", Task.TaskTypes.service, reuse_last_task_id=False,
    auto_connect_frameworks=False, auto_connect_arg_parser=False, auto_resource_monitoring=False,
)
task.connect(settings["hyper_params"])
task.connect_configuration(settings["configurations"])
task.close()
"""


@pytest.fixture
def task(tmp_path: Path) -> dict[str, Any]:
    command = [sys.executable, "-c", SCRIPT, json.dumps(yaml.safe_load(FILE))]
    environment = {"HOME": str(tmp_path), "CLEARML_CACHE_DIR": str(tmp_path)}
    subprocess.run(  # noqa: S603  our own arguments
        command,
        env={"PATH": os.environ["PATH"], **environment},  # noqa: TID251  to find git
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    (session,) = (tmp_path / "offline").glob("*.zip")
    with zipfile.ZipFile(session) as file:
        found: dict[str, Any] = json.loads(file.read("task.json"))
    return found


def test_a_task_means_what_its_file_means(task: dict[str, Any]) -> None:
    of_its_file = of_text(FILE, "aws_autoscaler.yaml", name="x", api=API)

    found = of_settings(of_task(task), "task", name="x", api=API)

    assert parse(found.text) == parse(of_its_file.text)
    assert [each.reference for each in found.secrets] == [
        each.reference for each in of_its_file.secrets
    ]
    assert (found.left, found.problems) == ([], ())
