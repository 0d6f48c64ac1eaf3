"""Mistakes in what machines of Compute Engine are made of: types, zones, images."""

import pytest

from autoscaler.errors import Problem
from tests.config.example import problems
from tests.config.test_gce import SOUND, having

RESOURCE = "autoscalers[0].resources[0]"


@pytest.mark.parametrize(
    ("types", "lines", "where", "value", "remedy"),
    [
        pytest.param(
            "[n2-standard-4]",
            (),
            "types[0] (line 16)",
            "n2-standard-4",
            "it has no GPU: write cpu_only: true, or another type",
            id="a machine that would wait for a GPU in vain",
        ),
        pytest.param(
            "[n1-standard-4]",
            (),
            "types[0] (line 16)",
            "n1-standard-4",
            "it has no GPU by itself: write gpu_type, or cpu_only: true",
            id="one that may have a GPU",
        ),
        pytest.param(
            "[n2-standard-4]",
            ("gpu_type: nvidia-tesla-t4",),
            "types[0] (line 16)",
            "n2-standard-4",
            "only n1 types take GPUs, others have theirs: write an n1 type, or no gpu_type",
            id="one that can have none",
        ),
        pytest.param(
            "[n1-standard-4]",
            ("gpu_type: nvidia-tesla-t4", "cpu_only: true"),
            "gpu_type (line 17)",
            "nvidia-tesla-t4",
            "cpu_only is written as well: keep one of the two",
            id="a GPU that nobody may see",
        ),
        pytest.param(
            "[t2a-standard-4, t2d-standard-4]",
            ("cpu_only: true",),
            "types[1] (line 16)",
            "t2d-standard-4",
            "x86_64, but t2a-standard-4 is not: make two resources of it",
            id="two kinds of processors under one image",
        ),
        pytest.param(
            "[n2-custom-7-8192]",
            ("cpu_only: true",),
            "types[0] (line 16)",
            "n2-custom-7-8192",
            "7 vCPUs: a custom type has 1, or an even number",
            id="an odd number of vCPUs",
        ),
        pytest.param(
            "[custom-4-16]",
            ("cpu_only: true",),
            "types[0] (line 16)",
            "custom-4-16",
            "memory is in MiB, in steps of 256, like 256",
            id="memory in GB",
        ),
        pytest.param(
            "[g2-standard-4, g2-standard-4]",
            (),
            "types[1] (line 16)",
            "g2-standard-4",
            "stands here twice: name each type once",
            id="a type twice",
        ),
        pytest.param(
            "[g5.xlarge]",
            (),
            "types[0] (line 16)",
            "g5.xlarge",
            "write a machine type, like g2-standard-4 or n2-custom-8-16384",
            id="a type of AWS",
        ),
    ],
)
def test_a_mistake_about_types(
    types: str, lines: tuple[str, ...], where: str, value: str, remedy: str
) -> None:
    assert problems(having(*lines, types=types)) == [Problem(f"{RESOURCE}.{where}", value, remedy)]


@pytest.mark.parametrize(
    ("zones", "where", "value", "remedy"),
    [
        pytest.param(
            "[europe-west4]",
            "zones[0] (line 15)",
            "europe-west4",
            "write a zone, like europe-west4-a",
            id="a region",
        ),
        pytest.param(
            "[europe-west4-a, europe-west4-a]",
            "zones (line 15)",
            "",
            "one stands here twice: name each once",
            id="a zone twice",
        ),
        pytest.param(
            "",
            "zones (line 10)",
            "",
            "is missing: write zones: [europe-west4-a], or a region",
            id="none",
        ),
    ],
)
def test_a_mistake_about_zones(zones: str, where: str, value: str, remedy: str) -> None:
    assert problems(having(zones=zones)) == [Problem(f"{RESOURCE}.{where}", value, remedy)]


def test_a_zone_in_place_of_a_region_is_told() -> None:
    found = problems(having("region: europe-west4-a", zones=""))
    remedy = "this is a zone: its region is europe-west4"
    assert found == [Problem(f"{RESOURCE}.region (line 17)", "europe-west4-a", remedy)]


@pytest.mark.parametrize(
    ("image", "remedy"),
    [
        pytest.param(
            "ami-0a1b2c3d4e5f60718/x",
            "write an image's name or path, like projects/P/global/images/family/F,"
            " images/family/F or machineImages/M",
            id="no image",
        ),
    ],
)
def test_a_mistake_about_the_image(image: str, remedy: str) -> None:
    found = problems(SOUND.replace("images/family/ml", image))
    assert found == [Problem(f"{RESOURCE}.machine_image (line 14)", image, remedy)]


def test_a_machine_image_has_its_own_disks() -> None:
    found = problems(having("disk: {size: 100}").replace("images/family/ml", "machineImages/ml"))
    remedy = "a machine image has its disks: leave this out, or write an image"
    assert found == [Problem(f"{RESOURCE}.disk (line 17)", "", remedy)]
