"""How machines come up: written down first, then started, and found again by a second call."""

import subprocess
import sys
from collections.abc import Mapping

from autoscaler.adapters.local.processes import layout
from autoscaler.adapters.local.processes.folders import Folders, MachineFolder
from autoscaler.adapters.local.processes.records import (
    LaunchRecord,
    devices,
    instance_id,
    share_out,
)
from autoscaler.adapters.local.processes.spec import ProcessSpec
from autoscaler.machine.guard.main import ALIVE, OVER, TAKEN
from autoscaler.machine.guard.processes import MARK
from autoscaler.ports import Clock, Order

_PATIENCE = 30.0


class Starter:
    def __init__(self, folders: Folders, clock: Clock, environ: Mapping[str, str]) -> None:
        self._folders, self._clock, self._environ = folders, clock, environ

    def grant(self, order: Order, spec: ProcessSpec, request_sha: str) -> LaunchRecord:
        """Decide which positions get a machine; with no GPU free, none does."""
        positions = range(len(order.indexes))
        granted = share_out(positions, spec.slots, spec.gpus, self._used_gpus())
        return LaunchRecord(request_sha=request_sha, granted=granted)

    def start(self, order: Order, spec: ProcessSpec, launch: LaunchRecord) -> dict[int, str]:
        """Bring up what is granted and not up yet; what failed, and why, by position."""
        guards: dict[int, subprocess.Popen[bytes]] = {}
        failed: dict[int, str] = {}
        for position in launch.granted:
            try:
                folder = self._folder(order, spec, launch, position)
                if folder.ended is None and not folder.locked:
                    guards[position] = self._spawn(folder, spec)
            except OSError as error:
                failed[position] = str(error)
        for position, guard in guards.items():
            code = _outcome(guard)
            if code not in {ALIVE, TAKEN, OVER}:
                failed[position] = f"the guard left with exit code {code}"
        return failed

    def _folder(
        self, order: Order, spec: ProcessSpec, launch: LaunchRecord, position: int
    ) -> MachineFolder:
        found = self._folders.find(instance_id(order, position))
        if found is not None:
            return found
        root, gpus = self._folders.root, launch.granted[position]
        if devices(gpus) & devices(self._used_gpus()):  # a launcher died before it took them
            raise OSError(f"GPU {', '.join(gpus)} was given to another machine meanwhile")
        record = layout.machine_record(
            order,
            spec,
            position,
            root=root,
            gpus=gpus,
            now=self._clock.now(),
            request_sha=launch.request_sha,
        )
        return self._folders.create(record.machine.instance_id, layout.files(record, spec, root))

    def _used_gpus(self) -> list[str]:
        lives = (one for one in self._folders if one.ended is None or one.locked)
        return [gpu for folder in lives for gpu in folder.record.gpus]

    def _spawn(self, folder: MachineFolder, spec: ProcessSpec) -> subprocess.Popen[bytes]:
        with (folder.path / "log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-I", str(self._folders.guard), "--detach", str(folder.path)],
                cwd=folder.path,
                env={**layout.environment(spec, self._environ), MARK: str(folder.path)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


def _outcome(guard: subprocess.Popen[bytes]) -> int:
    """Its exit code: it says that it lives by leaving a child behind."""
    try:
        return guard.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        guard.kill()
        return guard.wait()
