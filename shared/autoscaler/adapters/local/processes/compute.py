"""The Compute port, with this computer as the cloud."""

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from autoscaler.adapters.local.processes import listing
from autoscaler.adapters.local.processes.checks import problems
from autoscaler.adapters.local.processes.ending import kill, living
from autoscaler.adapters.local.processes.folders import Folders, MachineFolder
from autoscaler.adapters.local.processes.layout import agent_command
from autoscaler.adapters.local.processes.log import lines
from autoscaler.adapters.local.processes.records import LaunchRecord, digest, instance_id
from autoscaler.adapters.local.processes.spec import ProcessSpec
from autoscaler.adapters.local.processes.starting import Starter
from autoscaler.core.seen import Machine
from autoscaler.errors import Problem, UnavailableError
from autoscaler.machine.guard.processes import remove_containers
from autoscaler.ports import Ambiguous, Answer, Clock, Known, Launched, Order, Refused

_PATIENCE = 10.0
_EDITED = Refused(
    code="RequestChanged",
    detail="the request is not what the configuration asks for",
    operator=True,
)


class Processes:
    """Machines below `folder`; `specs` by the key of the resource ("autoscaler/resource").

    `environ` is what the agents' few common settings (PATH, proxies, locale) are taken from.
    Machines that ended are listed, and their logs are kept, for as long as `keep`.
    """

    def __init__(
        self,
        folder: Path,
        deployment: str,
        specs: Mapping[str, ProcessSpec],
        clock: Clock,
        *,
        environ: Mapping[str, str] = os.environ,
        keep: timedelta = timedelta(days=1),
    ) -> None:
        self._folders = Folders(folder.expanduser().resolve())
        self._deployment, self._specs, self._clock, self._keep = deployment, specs, clock, keep
        self._starter = Starter(self._folders, clock, environ)

    def render(self, order: Order) -> str:
        spec = self._spec(order)
        shown = {
            "order": order.model_dump(mode="json"),
            "process": spec.model_dump(mode="json") if spec else None,
            "environment": sorted(spec.environment) if spec else [],
        }
        return json.dumps(shown, indent=1, sort_keys=True)

    def launch(self, order: Order, request: str) -> Answer:
        try:
            with self._folders.alone():
                return self._launch(order, request)
        except (OSError, UnavailableError) as error:
            return Ambiguous(detail=str(error))

    def machines(self) -> Sequence[Machine]:
        now = self._clock.now()
        listing.prune(self._folders, self._deployment, now - self._keep)
        return list(listing.machines(self._folders, self._deployment, now))

    def drain(self, instance_id: str, nonce: str) -> None:
        folder = self._ours(instance_id)
        if folder is not None and folder.ended is None:
            folder.order(nonce)

    def terminate(self, instance_id: str) -> None:
        folder = self._ours(instance_id)
        if folder is not None:
            _end(folder, "terminated")

    def log(self, instance_id: str, *, follow: bool = False) -> Iterator[str]:
        folder = self._ours(instance_id)
        return lines(folder, follow=follow) if folder else iter(())

    def preflight(self) -> Sequence[Problem]:
        return problems(self._folders.root, self._specs)

    def _launch(self, order: Order, request: str) -> Answer:
        spec, sha = self._spec(order), digest(request.encode())
        known = self._folders.launch(order.token)
        if known is not None and known.request_sha != sha:
            return Known(detail="the token was used with another request")
        if spec is None or request != self.render(order):
            # Once the configuration has changed, nothing is added to what the token got before.
            return self._launched(order, known) if known else _EDITED
        if not agent_command(spec):
            return Refused(code="AgentMissing", detail=str(spec.command), operator=True)
        return self._started(order, spec, known or self._starter.grant(order, spec, sha))

    def _started(self, order: Order, spec: ProcessSpec, launch: LaunchRecord) -> Answer:
        if not launch.granted:
            return Refused(code="NoFreeGpu", detail=f"all of {', '.join(spec.gpus)} are in use")
        self._folders.remember(order.token, launch)
        failed = self._starter.start(order, spec, launch)
        if failed:
            launch = self._without(order, launch, failed)
        if not launch.granted:
            return Refused(code="CannotStart", detail="; ".join(sorted(set(failed.values()))))
        return self._launched(order, launch)

    def _without(
        self, order: Order, launch: LaunchRecord, failed: Mapping[int, str]
    ) -> LaunchRecord:
        """What failed once is never started by a later call: its place is asked for elsewhere."""
        granted = {at: gpus for at, gpus in launch.granted.items() if at not in failed}
        rest = launch.model_copy(update={"granted": granted})
        self._folders.remember(order.token, rest)
        for position in failed:
            folder = self._folders.find(instance_id(order, position))
            if folder is not None:
                _end(folder, "it could not be started")
                self._folders.drop(folder)
        return rest

    def _launched(self, order: Order, launch: LaunchRecord) -> Launched:
        found = [self._folders.find(instance_id(order, at)) for at in launch.granted]
        folders = [folder for folder in found if folder is not None]
        told = listing.machines(folders, self._deployment, self._clock.now())
        return Launched(machines=tuple(told))

    def _spec(self, order: Order) -> ProcessSpec | None:
        return self._specs.get(f"{order.autoscaler}/{order.resource}")

    def _ours(self, instance_id: str) -> MachineFolder | None:
        folder = self._folders.find(instance_id)
        ours = folder is not None and folder.record.deployment == self._deployment
        return folder if ours else None


def _end(folder: MachineFolder, reason: str) -> None:
    """Mark it first: no guard comes up after that, and whoever is killed here was the last."""
    folder.end(reason)
    until = time.monotonic() + _PATIENCE
    while (processes := living(folder.path)) or folder.locked:
        if time.monotonic() > until:
            raise UnavailableError(f"{folder.path.name}: some of its processes cannot be killed")
        kill(processes)
        time.sleep(0.02)
    remove_containers(folder.record.guard["containers"])
    folder.sweep()
