"""Each look finds what it is there for, and no other look complains of the same thing."""

from collections.abc import Callable, Iterator

import pytest

from tests.adapters.gcp.doctor.sound import (
    MINE,
    PROJECT,
    REGION,
    WORKER,
    ZONES,
    Project,
    sound_project,
)
from tests.real.fake_rest import RefusedError

RESOURCE = "autoscalers[team].resources[gpu]"
IMAGE = f"{MINE}/global/images/family/ml"
OFF = RefusedError(403, "accessNotConfigured", "Compute Engine API has not been used in project")
DENIED = RefusedError(403, "forbidden", "Required permission is missing")
Break = Callable[[Project], object]


@pytest.fixture
def project(monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    with sound_project(monkeypatch) as made:
        yield made


def test_in_a_sound_project_every_look_says_what_it_found(project: Project) -> None:
    told = project.findings()
    assert {finding.verdict for finding in told} == {"ok"}
    assert {one.check: one.found for one in told} == {
        "google project": PROJECT,
        "google services": "compute, secretmanager",
        "permissions": "all 15 that are needed",
        "zones": ", ".join(ZONES),
        "types": "g2-standard-4, g2-standard-8",
        "gpus": "1 x nvidia-l4",
        "image": "global/images/family/ml ml-7",
        "network": "ml",
        "service account": WORKER,
        "secrets": "2 secrets",
        "request": "the startup script fits, and Google knows its words",
        f"quota {REGION} spot NVIDIA_L4_GPUS": "4 of 16",
        f"quota {REGION} on-demand NVIDIA_L4_GPUS": "4 of 8",
        "quota all regions GPUS_ALL_REGIONS": "4 of 8",
    }


def no_such_project(project: Project) -> None:
    project.things[MINE] = None


def engine_off(project: Project) -> None:
    project.things[MINE] = OFF


def service_off(project: Project) -> None:
    project.things[f"v1/projects/{PROJECT}/services/secretmanager.googleapis.com"] = {
        "state": "DISABLED"
    }


def no_right(project: Project) -> None:
    project.denied.add("compute.instances.create")


def no_zone(project: Project) -> None:
    project.things.pop(f"{MINE}/zones/{ZONES[1]}")
    for type in ("g2-standard-4", "g2-standard-8"):
        project.things.pop(f"{MINE}/zones/{ZONES[1]}/machineTypes/{type}")


def type_nowhere(project: Project) -> None:
    for zone in ZONES:
        project.things.pop(f"{MINE}/zones/{zone}/machineTypes/g2-standard-8")


def type_in_one_zone_only(project: Project) -> None:
    project.things.pop(f"{MINE}/zones/{ZONES[1]}/machineTypes/g2-standard-8")


def old_type(project: Project) -> None:
    for zone in ZONES:
        told = project.things[f"{MINE}/zones/{zone}/machineTypes/g2-standard-4"]
        told["deprecated"] = {"state": "DEPRECATED"}


def on_n1(project: Project, *more: str) -> None:
    project.having("types: [n1-standard-4]", *more, without="types:")


def no_gpu_type(project: Project) -> None:
    on_n1(project, "gpu_type: nvidia-tesla-t9")


def too_many_gpus(project: Project) -> None:
    on_n1(project, "gpu_type: nvidia-tesla-t4", "gpu_count: 8")
    project.things[MINE]["quotas"][0]["limit"] = 100


def no_image(project: Project) -> None:
    project.things.pop(IMAGE)


def unready_image(project: Project) -> None:
    project.things[IMAGE]["status"] = "PENDING"


def obsolete_image(project: Project) -> None:
    project.things[IMAGE]["deprecated"] = {"state": "OBSOLETE"}


def image_of_another_processor(project: Project) -> None:
    project.things[IMAGE]["architecture"] = "ARM64"


def small_disk(project: Project) -> None:
    project.things[IMAGE]["diskSizeGb"] = "200"


def no_driver(project: Project) -> None:
    project.things[IMAGE] |= {"name": "debian-12", "family": "debian"}


def no_subnet(project: Project) -> None:
    project.things.pop(f"{MINE}/regions/{REGION}/subnetworks/ml")


def no_way_out(project: Project) -> None:
    project.having("external_ip: false")


def no_default_network(project: Project) -> None:
    project.having(without="subnet:")
    project.things.pop(f"{MINE}/global/networks/default")


def own_subnets(project: Project) -> None:
    project.having(without="subnet:")
    project.things[f"{MINE}/global/networks/default"]["autoCreateSubnetworks"] = False


def no_account(project: Project) -> None:
    project.things.pop(f"v1/projects/-/serviceAccounts/{WORKER}")


def disabled_account(project: Project) -> None:
    project.things[f"v1/projects/-/serviceAccounts/{WORKER}"]["disabled"] = True


def account_not_ours_to_give(project: Project) -> None:
    project.denied.add("iam.serviceAccounts.actAs")


def default_account(project: Project) -> None:
    project.having(without="service_account")


def no_secret(project: Project) -> None:
    project.things.pop("v1/projects/shared/secrets/agent")


def unknown_word(project: Project) -> None:
    project.having("launch_spec: {minCpuPlatfrom: Intel Ice Lake}")


def few_gpus(project: Project) -> None:
    project.things[f"{MINE}/regions/{REGION}"]["quotas"][1]["limit"] = 3


def no_gpus(project: Project) -> None:
    project.things[f"{MINE}/regions/{REGION}"]["quotas"][1]["limit"] = 0


def no_gpus_anywhere(project: Project) -> None:
    project.things[MINE]["quotas"][0]["limit"] = 0


@pytest.mark.parametrize(
    ("broken", "check", "verdict", "field", "remedy"),
    [
        (no_such_project, "google project", "error", "gcp.project", "no such project"),
        (engine_off, "google project", "error", "gcp.project", "services enable compute"),
        (service_off, "google services", "error", "gcp.project", "enable secretmanager"),
        (no_right, "permissions", "error", "gcp.project", "may not compute.instances.create"),
        (no_zone, "zones", "error", f"{RESOURCE}.zones", "gcloud compute zones list"),
        (type_nowhere, "types", "error", f"{RESOURCE}.types", "machine-types list"),
        (type_in_one_zone_only, "types", "warning", f"{RESOURCE}.types", "is in vain"),
        (old_type, "types", "warning", f"{RESOURCE}.types", "Google gives it up in"),
        (no_gpu_type, "gpus", "error", f"{RESOURCE}.gpu_type", "accelerator-types list"),
        (too_many_gpus, "gpus", "error", f"{RESOURCE}.gpu_count", "write that or less"),
        (no_image, "image", "error", f"{RESOURCE}.machine_image", "write another"),
        (unready_image, "image", "error", f"{RESOURCE}.machine_image", "it is PENDING"),
        (obsolete_image, "image", "error", f"{RESOURCE}.machine_image", "it is OBSOLETE"),
        (image_of_another_processor, "image", "error", f"{RESOURCE}.machine_image", "for ARM64"),
        (small_disk, "image", "error", f"{RESOURCE}.disk.size", "needs 200 GB"),
        (no_driver, "image", "warning", f"{RESOURCE}.machine_image", "NVIDIA's driver"),
        (no_subnet, "network", "error", f"{RESOURCE}.subnet", "no such subnet"),
        (no_way_out, "network", "warning", f"{RESOURCE}.external_ip", "Cloud NAT"),
        (no_default_network, "network", "error", f"{RESOURCE}.network", "write network"),
        (own_subnets, "network", "error", f"{RESOURCE}.network", "write subnet"),
        (no_account, "service account", "error", "gcp.service_account", "no such account"),
        (disabled_account, "service account", "error", "gcp.service_account", "enable it"),
        (
            account_not_ours_to_give,
            "service account",
            "error",
            "gcp.service_account",
            "roles/iam.serviceAccountUser",
        ),
        (default_account, "service account", "warning", "gcp.service_account", "make one"),
        (no_secret, "secrets", "error", f"{RESOURCE}.machine", "store it there"),
        (unknown_word, "request", "error", f"{RESOURCE}.launch_spec", "minCpuPlatfrom"),
        (
            few_gpus,
            f"quota {REGION} on-demand NVIDIA_L4_GPUS",
            "warning",
            f"{RESOURCE}.max_instances",
            "allows 3, all machines together may have 4",
        ),
        (
            no_gpus,
            f"quota {REGION} on-demand NVIDIA_L4_GPUS",
            "error",
            f"{RESOURCE}.max_instances",
            "allows 0, one machine has 1",
        ),
        (
            no_gpus_anywhere,
            "quota all regions GPUS_ALL_REGIONS",
            "error",
            f"{RESOURCE}.max_instances",
            "ask Google for 4",
        ),
    ],
    ids=lambda value: value.__name__.replace("_", " ") if callable(value) else "",
)
def test_what_is_wrong_is_told_once_with_its_remedy(
    project: Project, broken: Break, check: str, verdict: str, field: str, remedy: str
) -> None:
    broken(project)
    told = project.wrong()
    if broken is no_zone:  # its types are missing there as well: not looked at
        assert "first mend zones" in str(project.findings())
    (one,) = told
    assert (one.check, one.verdict, one.field) == (check, verdict, field)
    assert remedy in one.remedy


def test_without_a_project_its_machines_are_not_looked_at(project: Project) -> None:
    engine_off(project)
    skipped = [one for one in project.findings() if one.verdict == "skipped"]
    assert [(one.check, one.found) for one in skipped] == [
        ("machines", "not looked at: first mend google project")
    ]


def test_what_may_not_be_read_is_a_warning_and_tells_nothing_else(project: Project) -> None:
    project.things[IMAGE] = DENIED
    (one,) = project.wrong()
    assert (one.check, one.verdict) == ("image", "warning")
    assert "this was not looked at: allow it, if only to read" in one.remedy


def test_spot_counts_towards_the_usual_quota_until_it_has_one_of_its_own(
    project: Project,
) -> None:
    quotas = project.things[f"{MINE}/regions/{REGION}"]["quotas"]
    quotas[2]["limit"] = 0
    found = {one.check: one.found for one in project.findings()}
    assert found[f"quota {REGION} spot NVIDIA_L4_GPUS"] == "4 of 8"


def test_vcpus_are_counted_by_their_series(project: Project) -> None:
    project.having("types: [n2-standard-4]", "cpu_only: true", without="types:")
    quotas = project.things[f"{MINE}/regions/{REGION}"]["quotas"]
    quotas.append({"metric": "N2_CPUS", "limit": 8})
    said = "the quota N2_CPUS allows 8, all machines together may have 16"
    assert [(one.check, one.remedy.partition(":")[0]) for one in project.wrong()] == [
        (f"quota {REGION} spot N2_CPUS", said),
        (f"quota {REGION} on-demand N2_CPUS", said),
    ]


def test_a_nat_is_a_way_out(project: Project) -> None:
    no_way_out(project)
    network = f"{MINE}/global/networks/ml"
    router = {"network": network, "nats": [{"name": "out"}]}
    project.things[f"{MINE}/regions/{REGION}/routers"] = [router]
    assert project.wrong() == []
