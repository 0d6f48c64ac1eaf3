"""Resources of Compute Engine: what they offer, what is inherited, what their names tell."""

from datetime import timedelta

import pytest

from autoscaler.config import GceSection, parse, render
from autoscaler.config.gce_types import Gpus, architecture, family, gpus, vcpus
from autoscaler.core.fleet import Offering
from tests.config.example import problems

AGENTS = "  agent_access_key: gcp-secret:agent-key\n  agent_secret_key: gcp-secret:agent-secret\n"
TYPES = "types: [g2-standard-4]\n"
SOUND = f"""\
clearml:
  api: https://api.clear.ml
{AGENTS}gcp:
  project: my-project-42
autoscalers:
  - name: team
    resources:
      - name: gpu
        provider: gce
        queues: [default]
        max_instances: 3
        machine_image: images/family/ml
        zones: [europe-west4-a]
        {TYPES}"""


def having(*lines: str, types: str = "[g2-standard-4]", zones: str = "[europe-west4-a]") -> str:
    """The sound one with more lines; they begin on line 17."""
    more = "".join(f"        {line}\n" for line in lines)
    text = SOUND.replace(TYPES, f"types: {types}\n{more}")
    return text.replace("zones: [europe-west4-a]", f"zones: {zones}" if zones else "")


def section(
    *lines: str, types: str = "[g2-standard-4]", zones: str = "[europe-west4-a]"
) -> GceSection:
    (found,) = parse(having(*lines, types=types, zones=zones)).autoscalers[0].resources
    assert isinstance(found, GceSection)
    return found


def offerings(*lines: str, **others: str) -> tuple[Offering, ...]:
    return section(*lines, **others).offerings


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(SOUND, id="the sound one"),
        pytest.param(
            having(
                "spot: true",
                "fallback_after: 90m",
                "on_demand_fallback: true",
                "disk: {size: 100, type: hyperdisk-balanced, iops: 6000}",
                "local_ssds: 2",
                "subnet: projects/host-project/regions/europe-west4/subnetworks/ml",
                "network: ml",
                "external_ip: false",
                "network_tags: [worker]",
                "metadata: {install-nvidia-driver: 'True'}",
                "labels: {project: vision}",
                "shielded: {secure_boot: true}",
                "max_run_duration: 7d",
                "launch_spec: {minCpuPlatform: Intel Ice Lake}",
                "machine: {gpu_wait: 10m, git: {user: 'gcp-secret:git-user'}}",
            ),
            id="one with many keys",
        ),
        pytest.param(
            having("cpu_only: true", types="[n2-custom-8-16384, e2-standard-4]"),
            id="machines without GPUs",
        ),
        pytest.param(
            having("gpu_type: nvidia-tesla-t4", "gpu_count: 2", types="[n1-standard-8]"),
            id="GPUs that are attached",
        ),
        pytest.param(having("spot: true", "spot_model: preemptible"), id="preemptible"),
        pytest.param(having("gpu_type: nvidia-l4-vws"), id="a kind of a GPU that is built in"),
        pytest.param(
            having("gcp: {credentials: env:KEY, scopes: [storage-rw, logging-write]}"),
            id="an account of its own",
        ),
        pytest.param(having("slots: 2", "gpus: [0, 1]"), id="a GPU for each slot"),
        pytest.param(having("region: europe-west4", zones=""), id="a region in place of zones"),
    ],
)
def test_this_is_sound_and_survives_being_written(text: str) -> None:
    assert problems(text) == []
    config = parse(text)
    assert parse(render(config)) == config
    assert parse(render(config)).deployment() == config.deployment()


@pytest.mark.parametrize(
    ("lines", "others", "keys"),
    [
        pytest.param((), {}, ["g2-standard-4:europe-west4-a:on-demand"], id="one"),
        pytest.param(
            ("spot: true", "on_demand_fallback: true"),
            {"zones": "[europe-west4-b, us-east1-c]"},
            [
                "g2-standard-4:europe-west4-b:spot",
                "g2-standard-4:us-east1-c:spot",
                "g2-standard-4:europe-west4-b:on-demand",
                "g2-standard-4:us-east1-c:on-demand",
            ],
            id="spot in every zone, of any region, before on demand in any",
        ),
        pytest.param(
            ("cpu_only: true",),
            {"types": "[e2-medium, n2-standard-2]", "zones": "[europe-west4-a, europe-west4-b]"},
            [
                "e2-medium:europe-west4-a:on-demand",
                "e2-medium:europe-west4-b:on-demand",
                "n2-standard-2:europe-west4-a:on-demand",
                "n2-standard-2:europe-west4-b:on-demand",
            ],
            id="a type in every zone before the next type",
        ),
        pytest.param(
            ("region: us-central1",),
            {"zones": ""},
            [f"g2-standard-4:us-central1-{letter}:on-demand" for letter in "abcf"],
            id="all zones of a region",
        ),
    ],
)
def test_offerings_in_order(
    lines: tuple[str, ...], others: dict[str, str], keys: list[str]
) -> None:
    found = offerings(*lines, **others)
    assert [offering.key for offering in found] == keys
    assert {offering.together for offering in found} == {""}  # one call is about one zone


def test_how_long_on_demand_waits_and_spot_rests() -> None:
    spot, dear = offerings(
        "spot: true", "on_demand_fallback: true", "fallback_after: 10m", "spot_blackout: 30m"
    )
    assert (spot.after, spot.pause) == (timedelta(0), timedelta(minutes=30))
    assert (dear.after, dear.pause) == (timedelta(minutes=10), None)


@pytest.mark.parametrize(
    ("written", "path"),
    [
        pytest.param("clearml-gpu", "global/images/clearml-gpu", id="a name"),
        pytest.param("family/ml", "global/images/family/ml", id="a family"),
        pytest.param("images/family/ml", "global/images/family/ml", id="a family, with its kind"),
        pytest.param(
            "projects/debian-cloud/global/images/family/debian-12",
            "projects/debian-cloud/global/images/family/debian-12",
            id="the path of a family",
        ),
        pytest.param(
            "https://www.googleapis.com/compute/v1/projects/ml-images/global/images/v3",
            "projects/ml-images/global/images/v3",
            id="the address of an image",
        ),
        pytest.param("machineImages/gold", "global/machineImages/gold", id="a machine image"),
    ],
)
def test_an_image_is_written_in_many_ways(written: str, path: str) -> None:
    text = SOUND.replace("images/family/ml", written)
    (found,) = parse(text).autoscalers[0].resources
    assert isinstance(found, GceSection)
    assert found.machine_image == path


def test_what_is_written_nearer_to_the_resource_counts() -> None:
    text = having("machine: {image: c}", "gcp: {project: other-project}").replace(
        "  - name: team\n",
        "  - name: team\n    machine: {image: b, docker: false}\n"
        "    gcp: {service_account: team@my-project-42.iam.gserviceaccount.com}\n",
    )
    config = parse(f"{text}machine: {{image: a, agent_version: 3.0.1}}\n")
    (owner,) = config.autoscalers
    (found,) = owner.resources
    assert isinstance(found, GceSection)
    machine, account = config.machine_of(owner, found), config.gcp_of(owner, found)
    assert (machine.image, machine.docker, machine.agent_version) == ("c", False, "3.0.1")
    assert account.project == "other-project"
    assert account.service_account == "team@my-project-42.iam.gserviceaccount.com"


@pytest.mark.parametrize(
    ("lines", "same"),
    [
        pytest.param(("hourly_price: 1.0",), True, id="a price"),
        pytest.param(("spot: true", "on_demand_fallback: true"), False, id="another market"),
        pytest.param(("spot: true", "spot_blackout: 1h"), False, id="spot"),
        pytest.param(("machine: {image: x}",), False, id="another image for tasks"),
        pytest.param(("gcp: {scopes: [storage-rw]}",), False, id="other scopes"),
        pytest.param(("disk: {size: 100}",), False, id="another disk"),
    ],
)
def test_what_makes_another_machine(lines: tuple[str, ...], *, same: bool) -> None:
    before, after = (
        parse(text).deployment().resources[0].config_hash for text in (SOUND, having(*lines))
    )
    assert (before == after) == same


@pytest.mark.parametrize(
    ("type", "processor", "has", "of", "many"),
    [
        pytest.param("n1-standard-8", "x86_64", "attached", "n1", 8, id="n1"),
        pytest.param("custom-4-8192", "x86_64", "attached", "n1", 4, id="custom is n1"),
        pytest.param("n1-custom-6-5632", "x86_64", "attached", "n1", 6, id="n1 by its name"),
        pytest.param("custom-2-15360-ext", "x86_64", "attached", "n1", 2, id="more memory"),
        pytest.param("n2-custom-16-32768", "x86_64", "none", "n2", 16, id="n2 custom"),
        pytest.param("n2d-custom-96-786432-ext", "x86_64", "none", "n2d", 96, id="n2d custom"),
        pytest.param("e2-custom-4-8192", "x86_64", "none", "e2", 4, id="e2 custom"),
        pytest.param("e2-medium", "x86_64", "none", "e2", 2, id="a shared core"),
        pytest.param("f1-micro", "x86_64", "none", "f1", 1, id="a shared core of old"),
        pytest.param("c3-standard-22-lssd", "x86_64", "none", "c3", 22, id="with local disks"),
        pytest.param("c4a-highmem-64", "arm64", "none", "c4a", 64, id="Axion"),
        pytest.param("t2a-standard-4", "arm64", "none", "t2a", 4, id="Ampere"),
        pytest.param("g2-standard-96", "x86_64", "built in", "g2", 96, id="g2"),
        pytest.param("g2-custom-8-32768", "x86_64", "built in", "g2", 8, id="g2 custom"),
        pytest.param("a2-highgpu-4g", "x86_64", "built in", "a2", 48, id="a2 is named by GPUs"),
        pytest.param("a3-megagpu-8g", "x86_64", "built in", "a3", 208, id="a3"),
        pytest.param("a4x-highgpu-4g", "arm64", "built in", "a4x", 140, id="Grace"),
        pytest.param("m1-ultramem-160", "x86_64", "none", "m1", 160, id="m1"),
        pytest.param("a9-newgpu-8g", "x86_64", "none", "a9", None, id="one that nobody knows"),
    ],
)
def test_what_a_type_s_name_tells(
    type: str, processor: str, has: Gpus, of: str, many: int | None
) -> None:
    assert (architecture(type), gpus(type), family(type)) == (processor, has, of)
    assert vcpus(type) == many
