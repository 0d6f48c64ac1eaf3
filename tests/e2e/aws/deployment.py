"""The deployment as an operator makes it: package, deploy, read the outputs."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import monotonic
from typing import Any

from infra.package.__main__ import build
from infra.package.archive import Archive
from infra.package.settings import read
from tests.e2e.aws.local_cloud import LocalCloud
from tests.infra.rendered import OSLS, service_folder

_HERE = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"


@dataclass(frozen=True)
class Deployment:
    """`deploy_s`: how long `osls deploy` took."""

    name: str
    cloud: LocalCloud
    archive: Archive
    deploy_s: float

    @property
    def stack(self) -> str:
        return f"clearml-autoscaler-{self.name}"

    @cached_property
    def outputs(self) -> Mapping[str, str]:
        (stack,) = self.cloud.client("cloudformation").describe_stacks(StackName=self.stack)[
            "Stacks"
        ]
        return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}

    @cached_property
    def resources(self) -> Mapping[str, str]:
        """Physical ids of the stack's resources, by their names in the template."""
        pages = self.cloud.client("cloudformation").get_paginator("list_stack_resources")
        found = [
            one
            for page in pages.paginate(StackName=self.stack)
            for one in page["StackResourceSummaries"]
        ]
        return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found}

    def rows(self, section: str) -> list[dict[str, Any]]:
        """Rows of the table, attributes as DynamoDB writes them."""
        answer = self.cloud.client("dynamodb").query(
            TableName=self.outputs["TableName"],
            KeyConditionExpression="#section = :section",
            ExpressionAttributeNames={"#section": "section"},
            ExpressionAttributeValues={":section": {"S": section}},
            ConsistentRead=True,
        )
        found: list[dict[str, Any]] = answer["Items"]
        return found


def deploy(cloud: LocalCloud, configuration: Path) -> Deployment:
    """Two steps, as the page on deploying says. Raises RuntimeError with what the tool said."""
    settings = read(configuration)
    folder = service(cloud)
    service_folder(folder)
    archive, _ = build(settings, folder / "build" / "aws", architecture=_HERE)
    begun = monotonic()
    done = osls(cloud, folder, "deploy")
    if done.returncode:
        raise RuntimeError(f"osls deploy: {done.stdout}\n{done.stderr}")
    return Deployment(settings.config.name, cloud, archive, monotonic() - begun)


def service(cloud: LocalCloud) -> Path:
    """The folder that the tool works in."""
    return cloud.folder / "service"


def osls(cloud: LocalCloud, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own words
        [OSLS, *command],
        cwd=folder,
        env=cloud.environment,
        check=False,
        capture_output=True,
        text=True,
    )
