"""Resources of EC2: what they offer, what is inherited, and what cannot be right."""

from datetime import timedelta

import pytest

from autoscaler.config import Ec2Section, parse, render
from autoscaler.config.ec2_types import architecture, has_gpu, quota_of
from autoscaler.core.fleet import Offering
from tests.config.example import problems

AGENTS = "  agent_access_key: ssm:/clearml/key\n  agent_secret_key: ssm:/clearml/secret\n"
SOUND = f"""\
clearml:
  api: https://api.clear.ml
{AGENTS}aws:
  region: eu-central-1
autoscalers:
  - name: team
    resources:
      - name: gpu
        provider: ec2
        queues: [default]
        max_instances: 3
        types: [g5.xlarge]
"""


def having(*lines: str, types: str = "[g5.xlarge]") -> str:
    """The sound one with more lines; they begin on line 15."""
    more = "".join(f"        {line}\n" for line in lines)
    return SOUND.replace("types: [g5.xlarge]\n", f"types: {types}\n{more}")


def offerings(*lines: str, types: str = "[g5.xlarge]") -> tuple[Offering, ...]:
    return parse(having(*lines, types=types)).deployment().resources[0].offerings


BLOCK = "launch_spec: {InstanceMarketOptions: {MarketType: capacity-block}}"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(SOUND, id="the sound one"),
        pytest.param(
            having(
                "spot: true",
                "fallback_after: 90m",
                "on_demand_fallback: true",
                "disk: {size: 100, encrypted: false}",
                "regions: [{region: eu-west-1, zones: [eu-west-1a]}]",
                "machine: {gpu_wait: 10m, git: {user: 'ssm:/git/user'}, environment: {A: b}}",
                "tags: {project: vision}",
                "tag_on: [volume]",
            ),
            id="one with many keys",
        ),
        *[
            pytest.param(having(f"machine: {{clearml_conf: '{line}'}}"), id=f"no secret: {line}")
            for line in (
                "agent.git_pass: ${GIT_PASS}",
                "agent.enable_git_ask_pass: true",
                "sdk.aws.s3.use_credentials_chain: true",
                "agent.package_manager.type: pip",
                "ssm:/clearml/conf",
            )
        ],
        pytest.param(having(BLOCK), id="machines that were paid for ahead"),
        pytest.param(having("slots: 2", "gpus: [0, 1]"), id="a GPU for each slot"),
        pytest.param(having("ami: my image (new)"), id="an image's name with a space"),
        pytest.param(
            having("zones: [us-west-2-lax-1a]", "aws: {region: us-west-2}"), id="a local zone"
        ),
        pytest.param(
            having(
                "zones: [eu-central-1a, eu-central-1a]",
                "subnets: [subnet-0a1b2c3d, subnet-1a1b2c3d]",
            ),
            id="two subnets of a zone",
        ),
    ],
)
def test_this_is_sound_and_survives_being_written(text: str) -> None:
    assert problems(text) == []
    config = parse(text)
    assert parse(render(config)) == config
    assert parse(render(config)).deployment() == config.deployment()


@pytest.mark.parametrize(
    ("lines", "keys"),
    [
        pytest.param((), ["g5.xlarge:on-demand"], id="any zone of the region"),
        pytest.param(("spot: true",), ["g5.xlarge:spot"], id="spot alone"),
        pytest.param(
            ("spot: true", "on_demand_fallback: true"),
            ["g5.xlarge:spot", "g5.xlarge:on-demand"],
            id="spot first",
        ),
        pytest.param(
            ("zones: [eu-central-1b, eu-central-1a]",),
            ["g5.xlarge:eu-central-1b:on-demand", "g5.xlarge:eu-central-1a:on-demand"],
            id="zones in their order",
        ),
        pytest.param(
            ("subnets: [subnet-0a1b2c3d, subnet-1a1b2c3d]",),
            ["g5.xlarge:on-demand"],
            id="subnets are ways to one offering",
        ),
        pytest.param(
            ("spot: true", "on_demand_fallback: true", "regions: [{region: eu-west-1}]"),
            [
                "g5.xlarge:spot",
                "g5.xlarge:eu-west-1:spot",
                "g5.xlarge:on-demand",
                "g5.xlarge:eu-west-1:on-demand",
            ],
            id="spot in every region before on demand in any",
        ),
    ],
)
def test_offerings_in_order(lines: tuple[str, ...], keys: list[str]) -> None:
    assert [offering.key for offering in offerings(*lines)] == keys


def test_one_call_may_use_all_types_and_zones_of_a_market_and_a_region() -> None:
    found = offerings(
        "spot: true",
        "on_demand_fallback: true",
        "zones: [eu-central-1a, eu-central-1b]",
        "regions: [{region: eu-west-1}]",
        types="[g5.xlarge, g6.xlarge]",
    )
    together: dict[str, int] = {}
    for offering in found:
        together[offering.together] = together.get(offering.together, 0) + 1
    assert together == {":spot": 4, "eu-west-1:spot": 2, ":on-demand": 4, "eu-west-1:on-demand": 2}


def test_a_mix_of_spot_and_on_demand() -> None:
    mixed = having("spot: {mix: 0.7, max_price: 0.4}", "on_demand_fallback: true")
    spot = having("spot: true", "on_demand_fallback: true")
    assert [parse(text).deployment().resources[0].spot_share for text in (mixed, spot)] == [0.7, 1]
    assert offerings("spot: {mix: 0.7}", "on_demand_fallback: true") == offerings(
        "spot: true", "on_demand_fallback: true"
    )
    hashes = {parse(text).deployment().resources[0].config_hash for text in (mixed, spot)}
    assert len(hashes) == 1  # no machine is out of date for it


@pytest.mark.parametrize(
    ("line", "written"),
    [
        pytest.param("spot: true", "spot: true\n", id="true"),
        pytest.param("spot: {}", "spot: true\n", id="nothing more is said"),
        pytest.param("spot: {mix: 1}", "spot: true\n", id="all"),
        pytest.param("spot: {mix: 0.7}", "spot:\n      mix: 0.7\n", id="a mix"),
        pytest.param("spot: {max_price: 2}", "spot:\n      max_price: 2.0\n", id="a price"),
    ],
)
def test_spot_is_written_as_it_was_read(line: str, written: str) -> None:
    config = parse(having(line, "on_demand_fallback: true"))
    assert written in render(config)
    assert parse(render(config)) == config


def test_how_long_on_demand_waits_and_spot_rests() -> None:
    spot, dear = offerings(
        "spot: true", "on_demand_fallback: true", "fallback_after: 10m", "spot_blackout: 30m"
    )
    assert (spot.after, spot.pause) == (timedelta(0), timedelta(minutes=30))
    assert (dear.after, dear.pause) == (timedelta(minutes=10), None)


def test_what_is_written_nearer_to_the_resource_counts() -> None:
    text = having("machine: {image: c}", "aws: {region: us-east-1}").replace(
        "  - name: team\n",
        "  - name: team\n    machine: {image: b, docker: false}\n"
        "    aws: {instance_profile: team}\n",
    )
    config = parse(f"{text}machine: {{image: a, agent_version: 3.0.1}}\n")
    (owner,) = config.autoscalers
    (section,) = owner.resources
    assert isinstance(section, Ec2Section)
    machine, account = config.machine_of(owner, section), config.aws_of(owner, section)
    assert (machine.image, machine.docker, machine.agent_version) == ("c", False, "3.0.1")
    assert (account.region, account.instance_profile) == ("us-east-1", "team")


@pytest.mark.parametrize(
    ("lines", "same"),
    [
        pytest.param(("hourly_price: 1.0",), True, id="a price"),
        pytest.param(("spot: true", "on_demand_fallback: true"), False, id="another market"),
        pytest.param(("choose: order",), True, id="another way to choose"),
        pytest.param(("spot: false",), True, id="no spot, said aloud"),
        pytest.param(("machine: {image: x}",), False, id="another image for tasks"),
        pytest.param(("aws: {instance_profile: x}",), False, id="another role"),
        pytest.param(("disk: {size: 100}",), False, id="another volume"),
    ],
)
def test_what_makes_another_machine(lines: tuple[str, ...], *, same: bool) -> None:
    before, after = (
        parse(text).deployment().resources[0].config_hash for text in (SOUND, having(*lines))
    )
    assert (before == after) == same


@pytest.mark.parametrize(
    ("type", "processor", "gpu", "quota"),
    [
        pytest.param("g5.xlarge", "x86_64", True, "g", id="g5"),
        pytest.param("g5g.xlarge", "arm64", True, "g", id="g5g"),
        pytest.param("gr6.4xlarge", "x86_64", True, "g", id="gr6"),
        pytest.param("g4ad.xlarge", "x86_64", False, "g", id="g4ad: AMD's GPU"),
        pytest.param("p4de.24xlarge", "x86_64", True, "p", id="p4de"),
        pytest.param("p6-b200.48xlarge", "x86_64", True, "p", id="p6-b200"),
        pytest.param("p6e-gb200.36xlarge", "arm64", True, "p", id="p6e-gb200"),
        pytest.param("m7g.large", "arm64", False, "standard", id="m7g"),
        pytest.param("c7gn.large", "arm64", False, "standard", id="c7gn"),
        pytest.param("m7i-flex.large", "x86_64", False, "standard", id="m7i-flex"),
        pytest.param("t4g.small", "arm64", False, "standard", id="t4g"),
        pytest.param("a1.large", "arm64", False, "standard", id="a1"),
        pytest.param("im4gn.large", "arm64", False, "standard", id="im4gn"),
        pytest.param("hpc7g.4xlarge", "arm64", False, "hpc", id="hpc7g"),
        pytest.param("inf2.xlarge", "x86_64", False, "inf", id="inf2"),
        pytest.param("trn1.2xlarge", "x86_64", False, "trn", id="trn1"),
        pytest.param("dl1.24xlarge", "x86_64", False, "dl", id="dl1"),
        pytest.param("x2gd.large", "arm64", False, "x", id="x2gd"),
        pytest.param("u-6tb1.metal", "x86_64", False, "u", id="u-6tb1"),
    ],
)
def test_what_a_type_s_name_tells(type: str, processor: str, gpu: bool, quota: str) -> None:
    assert (architecture(type), has_gpu(type), quota_of(type)) == (processor, gpu, quota)
