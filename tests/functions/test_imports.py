"""What a cold start may load: every package here costs each new environment its import."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.functions.lab import FUNCTIONS, configuration
from tests.real.aws import CREDENTIALS
from tests.real.lambda_runtime import ROOT

MAY = {
    "autoscaler",
    "functions",
    "aws_lambda_powertools",  # the logger and, in the poller, metrics
    "jmespath",
    "pydantic",
    "pydantic_core",
    "annotated_types",
    "typing_extensions",
    "typing_inspection",
    "botocore",
    "dateutil",
    "six",
    "certifi",  # where it is installed, botocore asks it
    "urllib3",  # botocore's own; ClearML's client shares it
}
NEVER = {
    "boto3": "botocore makes the same clients without boto3's resources",
    "s3transfer": "comes with boto3",
    "aws_xray_sdk": "the tracer costs more than all the rest",
    "clearml": "its API is plain HTTP",
    "yaml": "the configuration is packaged as JSON",
    "rich": "for people at a terminal",
    "typer": "for people at a terminal",
    "sqlite3": "another host's table",
    "psutil": "another compute's machines",
}
FOREIGN = ("autoscaler.cli", "autoscaler.world", "autoscaler.adapters.memory")


def loaded(function: str, folder: Path) -> list[str]:
    config = folder / "autoscaler.json"
    config.write_text(json.dumps(configuration("https://api.clear.ml")))
    arn = "arn:aws:sns:eu-central-1:123456789012:messages"
    environment = {**CREDENTIALS, "TABLE": "state", "TOPIC_ARN": arn, "CONFIG": str(config)}
    ran = subprocess.run(  # noqa: S603  our own arguments
        [sys.executable, "-m", "tests.functions.loaded", f"functions.aws.{function}"],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
    )
    modules: list[str] = json.loads(ran.stdout)["modules"]
    return modules


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_cold_start_loads_what_the_function_needs_and_nothing_else(
    function: str, tmp_path: Path
) -> None:
    modules = loaded(function, tmp_path)
    roots = {name.partition(".")[0] for name in modules}
    strangers = {name for name in roots - MAY - set(sys.stdlib_module_names) if name[0] != "_"}
    assert not {name: why for name, why in NEVER.items() if name in roots}
    assert not strangers
    assert not [name for name in modules if name.startswith(FOREIGN)]
