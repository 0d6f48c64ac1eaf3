"""The page about deploying to Google Cloud says what is there."""

import re

import hcl2
import pytest
from hcl2.utils import SerializationOptions

from autoscaler.config import parse
from autoscaler.config.document import compose
from infra.package.google import misfits
from tests.infra.gcp.planned import MODULE, Plan
from tests.infra.gcp.schema import ROOT

PAGE = (ROOT / "docs" / "deploy-gcp.md").read_text("utf-8")


def test_its_first_example_can_be_deployed() -> None:
    found = re.search("```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert found
    assert list(misfits(parse(found[1], folder=ROOT), compose(found[1]).data)) == []


def test_it_tells_of_every_variable_and_of_no_other() -> None:
    table = PAGE.partition("## What can be chosen")[2].partition("\n## ")[0]
    told = {
        name
        for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", row)
    }
    options = SerializationOptions(strip_string_quotes=True)
    text = (MODULE / "variables.tf").read_text()
    declared = hcl2.loads(text, serialization_options=options)["variable"]
    assert told == {name for one in declared for name in one}


def test_what_osls_reads_of_the_environment_is_on_it() -> None:
    text = (ROOT / "serverless.gcp.yml").read_text()
    read = re.findall(r"^    (\w+): \$\{env:(\w+)", text, re.MULTILINE)
    assert len(read) > 5
    for parameter, variable in read:
        assert f"`{variable}`" in PAGE
        assert f"`{parameter}`" in PAGE or parameter in ("stateBucket", "terraform")


def test_every_alert_is_explained(plan: Plan) -> None:
    table = PAGE.partition("### Alerts")[2].partition("\n### ")[0]
    told = set(re.findall(r"^\| ([a-z ]+) \|", table, re.MULTILINE)) - {"alert"}
    policies = plan.of("google_monitoring_alert_policy").values()
    assert told == {one["display_name"].partition(": ")[2] for one in policies}


@pytest.mark.parametrize("type", ["google_service_account", "google_cloudfunctions2_function"])
def test_all_that_is_made_is_listed(plan: Plan, type: str) -> None:
    table = PAGE.partition("## What is made")[2].partition("\n## ")[0]
    for one in plan.of(type).values():
        name: str = one["account_id"] if "account_id" in one else one["name"]
        short = name.rpartition("-")[2]
        assert re.search(rf"`[\w-]*-{short}`", table), short
