"""What Google is asked for: each of the operator's wishes in its place, and ours over all."""

from typing import Any

import pytest

from autoscaler.core.launching import token
from tests.adapters.gcp.compute_engine.bench import QUEUE, Patch, gce_bench, rendered, resource

pytestmark = pytest.mark.timeout(180, func_only=True)  # without loading the client

TYPE = "types: [g2-standard-4]"
ZONE = "zones/europe-west4-a"


def at(document: Any, path: str) -> Any:
    for key in path.split("."):
        document = document[int(key)] if key.isdigit() else document[key]
    return document


@pytest.mark.parametrize(
    ("lines", "path", "value"),
    [
        pytest.param((TYPE,), "machineType", f"{ZONE}/machineTypes/g2-standard-4", id="the type"),
        pytest.param(
            ("types: [n2-custom-8-16384]", "cpu_only: true"),
            "machineType",
            f"{ZONE}/machineTypes/n2-custom-8-16384",
            id="a custom type",
        ),
        pytest.param(
            ("types: [n1-standard-8]", "gpu_type: nvidia-tesla-t4", "gpu_count: 2"),
            "guestAccelerators",
            [
                {
                    "acceleratorType": f"{ZONE}/acceleratorTypes/nvidia-tesla-t4",
                    "acceleratorCount": 2,
                }
            ],
            id="GPUs, and how many",
        ),
        pytest.param(
            ("types: [n1-standard-8]", "gpu_type: nvidia-tesla-t4"),
            "scheduling",
            {"automaticRestart": False, "onHostMaintenance": "TERMINATE"},
            id="a machine with GPUs cannot move",
        ),
        pytest.param(
            ("types: [e2-medium]", "cpu_only: true"),
            "scheduling",
            {"automaticRestart": False},
            id="one without may; what ended stays so",
        ),
        pytest.param(
            (TYPE, "spot: true"),
            "scheduling",
            {
                "automaticRestart": False,
                "onHostMaintenance": "TERMINATE",
                "provisioningModel": "SPOT",
                "instanceTerminationAction": "DELETE",
            },
            id="spot, and what is taken back is gone",
        ),
        pytest.param(
            (TYPE, "spot: true", "spot_model: preemptible"),
            "scheduling",
            {"automaticRestart": False, "onHostMaintenance": "TERMINATE", "preemptible": True},
            id="preemptible",
        ),
        pytest.param(
            ("types: [e2-medium]", "cpu_only: true", "max_run_duration: 1d"),
            "scheduling",
            {
                "automaticRestart": False,
                "maxRunDuration": {"seconds": "86400"},
                "instanceTerminationAction": "DELETE",
            },
            id="a hard lifetime",
        ),
        pytest.param(
            (TYPE,),
            "disks.0.initializeParams.sourceImage",
            "global/images/family/ml",
            id="the image's family",
        ),
        pytest.param(
            (TYPE, "disk: {size: 100, type: pd-ssd}"),
            "disks.0.initializeParams.diskType",
            f"{ZONE}/diskTypes/pd-ssd",
            id="the disk's type",
        ),
        pytest.param(
            (TYPE, "disk: {size: 100}"),
            "disks.0.initializeParams.diskSizeGb",
            "100",
            id="its size",
        ),
        pytest.param((TYPE,), "disks.0.autoDelete", True, id="it goes with the machine"),
        pytest.param(
            (TYPE, "disk: {type: hyperdisk-balanced, iops: 6000, throughput: 500}"),
            "disks.0.initializeParams.provisionedIops",
            "6000",
            id="its speed",
        ),
        pytest.param(
            (TYPE, "disk: {kms_key: projects/p-1234/locations/l/keyRings/r/cryptoKeys/k}"),
            "disks.0.diskEncryptionKey.kmsKeyName",
            "projects/p-1234/locations/l/keyRings/r/cryptoKeys/k",
            id="its key",
        ),
        pytest.param(
            (TYPE, "local_ssds: 1"),
            "disks.1",
            {
                "type": "SCRATCH",
                "autoDelete": True,
                "interface": "NVME",
                "initializeParams": {"diskType": f"{ZONE}/diskTypes/local-ssd"},
            },
            id="a local disk",
        ),
        pytest.param(
            (TYPE,),
            "networkInterfaces",
            [
                {
                    "network": "global/networks/default",
                    "accessConfigs": [{"name": "External NAT", "type": "ONE_TO_ONE_NAT"}],
                }
            ],
            id="the default network, with an address",
        ),
        pytest.param(
            (TYPE, "subnet: ml", "external_ip: false"),
            "networkInterfaces",
            [{"subnetwork": "regions/europe-west4/subnetworks/ml"}],
            id="a subnet's name, and no address",
        ),
        pytest.param(
            (TYPE, "subnet: projects/host-net/regions/europe-west4/subnetworks/ml", "network: ml"),
            "networkInterfaces.0.subnetwork",
            "projects/host-net/regions/europe-west4/subnetworks/ml",
            id="the path of another project's subnet",
        ),
        pytest.param(
            (TYPE, "network: ml"),
            "networkInterfaces.0.network",
            "global/networks/ml",
            id="a network",
        ),
        pytest.param(
            (TYPE,),
            "serviceAccounts",
            [
                {
                    "email": "clearml-worker@my-project-42.iam.gserviceaccount.com",
                    "scopes": ["https://www.googleapis.com/auth/cloud-platform"],
                }
            ],
            id="the service account",
        ),
        pytest.param(
            (TYPE, "gcp: {scopes: [storage-rw, 'https://www.googleapis.com/auth/bigquery']}"),
            "serviceAccounts.0.scopes",
            [
                "https://www.googleapis.com/auth/devstorage.read_write",
                "https://www.googleapis.com/auth/bigquery",
            ],
            id="scopes, as aliases or addresses",
        ),
        pytest.param((TYPE, "network_tags: [a, b]"), "tags.items", ["a", "b"], id="network tags"),
        pytest.param(
            (TYPE, "labels: {project: vision}", "gcp: {labels: {project: all, team: ml}}"),
            "labels.project",
            "vision",
            id="the resource's labels count more",
        ),
        pytest.param(
            (TYPE, "labels: {project: vision}", "gcp: {labels: {project: all, team: ml}}"),
            "disks.0.initializeParams.labels",
            {
                "project": "vision",
                "team": "ml",
                "clearml-autoscaler-deployment": "test",
                "clearml-autoscaler-autoscaler": "team",
                "clearml-autoscaler-resource": "gpu",
            },
            id="labels on the disk as well",
        ),
        pytest.param(
            (TYPE, "shielded: {secure_boot: true, integrity_monitoring: false}"),
            "shieldedInstanceConfig",
            {"enableSecureBoot": True, "enableVtpm": True, "enableIntegrityMonitoring": False},
            id="a shielded machine",
        ),
        pytest.param(
            (TYPE, "launch_spec: {minCpuPlatform: Intel Ice Lake}"),
            "minCpuPlatform",
            "Intel Ice Lake",
            id="what else Google takes",
        ),
        pytest.param(
            (TYPE, "spot: true", "launch_spec: {scheduling: {minNodeCpus: 2}}"),
            "scheduling.minNodeCpus",
            2,
            id="merged key by key",
        ),
        pytest.param((TYPE,), "description", "Team.One:gpu", id="how its worker's id begins"),
    ],
)
def test_a_wish_in_its_place(
    monkeypatch: Patch, lines: tuple[str, ...], path: str, value: object
) -> None:
    assert at(rendered(monkeypatch, *lines)["request"], path) == value


def test_metadata_of_all_and_of_the_resource_and_ours(monkeypatch: Patch) -> None:
    lines = (TYPE, "metadata: {a: mine}", "gcp: {metadata: {a: all, b: all}}")
    items = rendered(monkeypatch, *lines)["request"]["metadata"]["items"]
    found = {each["key"]: each["value"] for each in items}
    assert (found["a"], found["b"]) == ("mine", "all")
    assert set(found) == {"a", "b", "startup-script"}


@pytest.mark.parametrize(
    ("image", "place"),
    [
        pytest.param("machineImages/gold", "global/machineImages/gold", id="our own"),
        pytest.param(
            "projects/golden-1/global/machineImages/gold",
            "projects/golden-1/global/machineImages/gold",
            id="another project's",
        ),
    ],
)
def test_a_machine_image_brings_its_disks(monkeypatch: Patch, image: str, place: str) -> None:
    text = resource(TYPE).replace("images/family/ml", image)
    with gce_bench(monkeypatch, text) as bench:
        order = bench.order("a")
        request = bench.compute.render(order)
        assert f'"sourceMachineImage":"{place}"' in request
        assert '"disks"' not in request
        bench.compute.launch(order, request)
        (box,) = bench.cloud.living()
        assert box.asked["sourceMachineImage"] == place


def test_a_name_tells_launch_attempt_position_and_token(monkeypatch: Patch) -> None:
    with gce_bench(monkeypatch) as bench:
        order = bench.order("a", count=2)
        bench.compute.launch(order, bench.compute.render(order))
        names = [box.name for box in bench.cloud.living()]
    part = token("test", order.launch, 1)[:12]
    assert names == [f"clearml-{order.launch.lower()}-1-{position}-{part}" for position in (0, 1)]
    assert max(map(len, names)) < 63


def test_the_names_of_another_launch_or_attempt_are_others(monkeypatch: Patch) -> None:
    with gce_bench(monkeypatch) as bench:
        first = bench.order("a")
        again = first.model_copy(update={"attempt": 2, "token": token("test", first.launch, 2)})
        asked = [bench.compute.render(order) for order in (first, again, bench.order("b"))]
        machines = [set(rendered_names(text)) for text in asked]
    assert len(set.union(*machines)) == 3


def rendered_names(text: str) -> list[str]:
    return [part.split('"')[0] for part in text.split('"clearml-01j')[1:]]


def test_labels_tell_whom_the_machine_works_for(monkeypatch: Patch) -> None:
    labels = rendered(monkeypatch, TYPE, "slots: 2", "gpus: [0, 1]")["request"]["labels"]
    assert labels["clearml-autoscaler-queue-00"] == QUEUE
    assert labels["clearml-autoscaler-config"] == "a-hash"
    assert labels["clearml-autoscaler-launch"].startswith("01j")
