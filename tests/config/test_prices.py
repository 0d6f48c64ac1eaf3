"""The shipped price list, and what a configuration wants to know of it."""

from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

from autoscaler.config import parse
from autoscaler.config.prices import shipped, wanted
from autoscaler.core.prices import Quote, priced

HOME = "us-east-1"
KEYS = {"agent_access_key": "ssm:/key", "agent_secret_key": "ssm:/secret"}


def wants(account: dict[str, Any] | None, keys: dict[str, Any]) -> list[tuple[str, str]]:
    """Where each offering of a resource is bought, and its zone."""
    resource = {
        "name": "gpu",
        "provider": "ec2",
        "queues": ["gpu"],
        "max_instances": 1,
        "types": ["g5.xlarge"],
        **keys,
    }
    data = {
        "clearml": {"api": "https://api.clear.ml", **KEYS},
        "aws": account,
        "autoscalers": [{"name": "team", "resources": [resource]}],
    }
    return [(each.place, each.zone) for each in wanted(parse(yaml.safe_dump(data)), HOME)]


@pytest.mark.parametrize(
    ("account", "keys", "places"),
    [
        pytest.param(None, {}, [("ec2:us-east-1", "")], id="the host's region"),
        pytest.param({"region": "eu-west-1"}, {}, [("ec2:eu-west-1", "")], id="its account's"),
        pytest.param(
            None,
            {"zones": ["eu-central-1a"]},
            [("ec2:eu-central-1", "eu-central-1a")],
            id="its zone's",
        ),
        pytest.param(
            None,
            {"regions": [{"region": "eu-west-1", "zones": ["eu-west-1b"]}]},
            [("ec2:us-east-1", ""), ("ec2:eu-west-1", "eu-west-1b")],
            id="each of several",
        ),
        pytest.param(
            {"region": "eu-west-1"},
            {"aws": {"region": "us-west-2"}},
            [("ec2:us-west-2", "")],
            id="its own account's before all others",
        ),
    ],
)
def test_a_resource_is_bought_in(
    account: dict[str, Any] | None, keys: dict[str, Any], places: list[tuple[str, str]]
) -> None:
    assert wants(account, keys) == places


def test_the_shipped_list_prices_a_configuration() -> None:
    text = """\
clearml: {api: https://api.clear.ml, agent_access_key: ssm:/key, agent_secret_key: ssm:/secret}
autoscalers:
  - name: team
    resources:
      - {name: gpu, provider: ec2, queues: [gpu], max_instances: 1, types: [g5.xlarge, g5.metal],
         spot: true, on_demand_fallback: true, zones: [eu-west-1a]}
"""
    config = parse(text)

    found = priced(config.deployment(), wanted(config), shipped()).by_key["team/gpu"]

    assert [(o.type, o.market, o.hourly_price) for o in found.offerings] == [
        ("g5.xlarge", "spot", 1.123),
        ("g5.metal", "spot", None),
        ("g5.xlarge", "on-demand", 1.123),
        ("g5.metal", "on-demand", None),
    ]


@pytest.mark.parametrize(
    ("region", "type", "hourly", "at"),
    [
        pytest.param("us-east-1", "g4dn.xlarge", 0.526, (2026, 8, 26), id="the first"),
        pytest.param("eu-central-1", "g5.48xlarge", 20.3681, (2026, 8, 26), id="a dear one"),
        pytest.param("us-east-1", "r7i.48xlarge", 12.7008, (2026, 1, 19), id="the last"),
    ],
)
def test_the_shipped_list_says(
    region: str, type: str, hourly: float, at: tuple[int, int, int]
) -> None:
    listed = shipped()[f"ec2:{region}"][f"{type}:on-demand"]

    assert listed == Quote(hourly, datetime(*at, tzinfo=UTC))


def test_no_column_of_the_shipped_list_is_shifted() -> None:
    """In each region all sizes of a family are dearer by the same factor."""
    listed = shipped().items()
    by_region = {place: dict(prices) for place, prices in listed if place.startswith("ec2:")}
    home = by_region["ec2:us-east-1"]
    for region, prices in by_region.items():
        for what, quoted in prices.items():
            family = what.partition(".")[0]
            same = [w for w in prices if w.startswith(f"{family}.")]
            ratios = [prices[w].hourly / home[w].hourly for w in same]
            assert max(ratios) / min(ratios) < 1.01, (region, what, quoted)


GCE = """\
clearml: {{api: https://api.clear.ml}}
gcp: {{project: p-42-p, agent_access_key: gcp-secret:k, agent_secret_key: gcp-secret:s}}
autoscalers:
  - name: team
    resources:
      - {{name: gpu, provider: gce, queues: [gpu], max_instances: 1, machine_image: ml,
         spot: true, on_demand_fallback: true, zones: [us-central1-a, europe-west4-a], {}}}
"""


@pytest.mark.parametrize(
    ("keys", "hourly"),
    [
        pytest.param("types: [g2-standard-4]", 0.706832, id="with a GPU of its own"),
        pytest.param("types: [e2-standard-4], cpu_only: true", 0.13402, id="without any"),
        pytest.param(
            "types: [n1-standard-4], gpu_type: nvidia-tesla-t4, gpu_count: 2",
            0.19 + 2 * 0.35,
            id="with GPUs that are attached",
        ),
        pytest.param("types: [n1-standard-4], cpu_only: true", 0.19, id="the same without them"),
        pytest.param("types: [n1-standard-4], gpu_type: nvidia-tesla-k80", None, id="with others"),
        pytest.param("types: [n2-custom-8-16384], cpu_only: true", None, id="of a custom type"),
    ],
)
def test_the_shipped_list_prices_machines_of_google(keys: str, hourly: float | None) -> None:
    """Spot counts as on demand, and a region that is not in the list has no price."""
    config = parse(GCE.format(keys))
    found = priced(config.deployment(), wanted(config), shipped()).by_key["team/gpu"]
    known = {(o.zone, o.market): o.hourly_price for o in found.offerings}
    there = None if hourly is None else pytest.approx(hourly)
    assert known == {
        ("us-central1-a", "spot"): there,
        ("us-central1-a", "on-demand"): there,
        ("europe-west4-a", "spot"): None,
        ("europe-west4-a", "on-demand"): None,
    }


def test_what_the_operator_wrote_counts_more_than_the_list() -> None:
    config = parse(GCE.format("types: [g2-standard-4], hourly_price: 0.5"))
    found = priced(config.deployment(), wanted(config), shipped()).by_key["team/gpu"]
    assert {o.hourly_price for o in found.offerings} == {0.5}


@pytest.mark.parametrize(
    ("family", "of"),
    [("n1-standard", 96), ("n2-standard", 80), ("n2-highmem", 80), ("n2-highcpu", 80)],
)
def test_no_size_of_google_s_list_is_shifted(family: str, of: int) -> None:
    """In a family without GPUs each vCPU costs the same."""
    listed = shipped()["gce:us-central1"]
    sizes = [what.partition(":")[0] for what in listed if what.startswith(f"{family}-")]
    bare = [type for type in sizes if "+" not in type]
    each = [listed[f"{t}:on-demand"].hourly / int(t.rpartition("-")[2]) for t in bare]
    assert max(each) / min(each) < 1.01
    assert f"{family}-{of}" in bare
