"""The journal of a machine, in its cloud's logs: each line at least once, in order."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from autoscaler.machine.boot.aws import Ec2
from autoscaler.machine.boot.google import Gce
from autoscaler.machine.boot.journal import BootError
from autoscaler.machine.boot.units import GUARD, LOGS
from autoscaler.machine.pack import guard_archive
from autoscaler.machine.ship.cloudlogging import CloudLogging
from autoscaler.machine.ship.cloudwatch import CloudWatch
from autoscaler.machine.ship.reading import LONGEST, MOST_LINES, Journal, Line
from tests.machine.boot_bench import BootBench
from tests.machine.boot_metadata import FakeMetadata, fake_metadata
from tests.machine.fake_secrets import FakeSecrets, fake_secrets
from tests.machine.process_bench import eventually

GROUP = "/team/machines"
# As journalctl prints them: what stands behind the cursor, which is a line's number here.
_JOURNALCTL = """
import sys
told = open({told!r}, "a")
told.write(" ".join(sys.argv[1:]) + chr(10))
after = [word.partition("=")[2] for word in sys.argv if word.startswith("--after-cursor=")]
if after == ["lost"]:
    sys.exit(1)
for number, line in enumerate(open({kept!r}), 1):
    if not after or number > int(after[0]):
        print(line.rstrip(chr(10)).replace("CURSOR_HERE", str(number)))
"""


class Kept:
    """A journal, and the `journalctl` that reads it."""

    def __init__(self, folder: Path) -> None:
        self.path, self.told = folder / "kept", folder / "told"
        self.path.touch()
        program = folder / "bin" / "journalctl"
        program.parent.mkdir()
        code = _JOURNALCTL.format(told=str(self.told), kept=str(self.path))
        program.write_text(f"#!{sys.executable} -I\n{code}")
        program.chmod(0o755)
        self.bin = str(program.parent)

    def say(self, message: object, unit: str = "clearml-autoscaler-guard.service") -> None:
        entry = {
            "__CURSOR": "CURSOR_HERE",
            "__REALTIME_TIMESTAMP": "1767225600000001",
            "_SYSTEMD_UNIT": unit,
            "MESSAGE": message,
        }
        with self.path.open("a") as file:
            file.write(json.dumps(entry) + "\n")


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
    made = Kept(tmp_path)
    monkeypatch.setenv("PATH", f"{made.bin}{os.pathsep}{os.defpath}")
    return made


@pytest.fixture
def metadata() -> Iterator[FakeMetadata]:
    with fake_metadata() as service:
        yield service


@pytest.fixture
def cloud() -> Iterator[FakeSecrets]:
    with fake_secrets() as service:
        service.groups[GROUP] = {}
        yield service


def texts(journal: Journal) -> list[str]:
    return [line.text for line in journal.next().lines]


def test_a_batch_is_read_again_until_it_is_kept(kept: Kept, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "cursor")
    kept.say("one")
    assert texts(journal) == texts(journal) == ["clearml-autoscaler-guard: one"]
    journal.keep(journal.next().cursor)
    kept.say("two")
    assert texts(Journal(tmp_path / "cursor")) == ["clearml-autoscaler-guard: two"]


def test_only_our_units_are_asked_for_since_the_computer_started(
    kept: Kept, tmp_path: Path
) -> None:
    Journal(tmp_path / "cursor").next()
    asked = kept.told.read_text().split()
    assert "--boot" in asked
    assert {"--unit=clearml-agent@*.service", "--unit=cloud-final.service"} <= {*asked}


@pytest.mark.parametrize(
    ("message", "text"),
    [
        pytest.param([0xFF, 0x61], "clearml-agent@0: \N{REPLACEMENT CHARACTER}a", id="bytes"),
        pytest.param("x" * 20_000, ("clearml-agent@0: " + "x" * 20_000)[:LONGEST], id="long"),
    ],
)
def test_any_line_can_be_read(message: object, text: str, kept: Kept, tmp_path: Path) -> None:
    kept.say(message, "clearml-agent@0.service")
    assert texts(Journal(tmp_path / "cursor")) == [text]


@pytest.mark.parametrize("message", ["", None])
def test_blank_lines_are_passed_over_for_good(message: object, kept: Kept, tmp_path: Path) -> None:
    kept.say(message)
    batch = Journal(tmp_path / "cursor").next()
    assert (batch.lines, batch.cursor) == ([], "1")


def test_a_long_journal_is_read_in_portions(kept: Kept, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "cursor")
    for number in range(MOST_LINES + 5):
        kept.say(str(number))
    first = journal.next()
    journal.keep(first.cursor)
    assert (len(first.lines), len(journal.next().lines)) == (MOST_LINES, 5)


def test_a_cursor_that_the_journal_has_forgotten_begins_anew(kept: Kept, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "cursor")
    journal.keep("lost")
    kept.say("one")
    with pytest.raises(OSError, match="exit code 1"):
        journal.next()
    assert texts(journal) == ["clearml-autoscaler-guard: one"]


def test_cloudwatch_keeps_them_in_a_stream_of_the_instance(
    metadata: FakeMetadata, cloud: FakeSecrets
) -> None:
    for word in ("one", "two"):  # the second is another process, after a restart
        place = CloudWatch(Ec2(metadata.url, cloud.endpoints), GROUP)
        place.send([Line(1767225600000001, word)])
    expected = [{"timestamp": 1767225600000, "message": word} for word in ("one", "two")]
    assert cloud.groups[GROUP] == {"i-0abc": expected}


def test_a_log_group_that_is_not_there_is_named(
    metadata: FakeMetadata, cloud: FakeSecrets
) -> None:
    place = CloudWatch(Ec2(metadata.url, cloud.endpoints), "/nobody")
    with pytest.raises(BootError, match=r"log group /nobody: .*ResourceNotFound"):
        place.send([Line(1, "one")])


def test_cloud_logging_keeps_them_with_the_machine(
    metadata: FakeMetadata, cloud: FakeSecrets
) -> None:
    place = CloudLogging(Gce(metadata.url, cloud.endpoints), "team/machines")
    place.send([Line(1767225600000001, "one")])
    (asked,) = cloud.entries
    assert asked["logName"] == "projects/a-project/logs/team%2Fmachines"
    assert asked["resource"]["labels"] == {
        "project_id": "a-project",
        "instance_id": "1234",
        "zone": "europe-west1-b",
    }
    assert asked["labels"] == {"instance": "team-gpu-1"}
    (entry,) = asked["entries"]
    assert entry == {"timestamp": "2026-01-01T00:00:00.000001+00:00", "textPayload": "one"}


@pytest.mark.slow
def test_the_program_sends_what_comes_and_the_rest_when_it_is_told_to_end(
    kept: Kept, metadata: FakeMetadata, cloud: FakeSecrets, tmp_path: Path
) -> None:
    boot = {"logs": GROUP, "endpoints": cloud.endpoints}
    startup = {"guard": {"source": "ec2", "metadata": metadata.url}, "boot": boot}
    (tmp_path / "startup.json").write_text(json.dumps(startup))
    (tmp_path / "guard.pyz").write_bytes(guard_archive())
    kept.say("one")
    cloud.busy = 1
    command = [sys.executable, "-I", str(tmp_path / "guard.pyz"), "ship", str(tmp_path)]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:  # noqa: S603 - our own
        eventually(lambda: cloud.groups[GROUP].get("i-0abc"))
        kept.say("two")
        process.terminate()
        said = process.communicate()[1].decode()
    assert process.returncode == 0
    assert [one["message"].partition(": ")[2] for one in cloud.groups[GROUP]["i-0abc"]] == [
        "one",
        "two",
    ]
    assert "logs not-sent reason=" in said


@pytest.mark.slow
def test_boot_starts_it_where_logs_are_wanted(
    metadata: FakeMetadata, cloud: FakeSecrets, tmp_path: Path
) -> None:
    bench = BootBench(tmp_path)
    where = {"source": "ec2", "metadata": metadata.url, "endpoints": cloud.endpoints}
    bench.boot(bench.spec(**bench.kept_by_systemd(), **where, logs=GROUP))
    asked = [one["argv"] for one in bench.told("systemctl")]
    assert asked[:3] == [["daemon-reload"], ["enable", LOGS], ["restart", LOGS]]
    assert asked[-1] == ["restart", GUARD]
