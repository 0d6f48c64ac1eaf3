"""What the machines of one resource are told at their start."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from autoscaler.machine.limits import MachineLimits
from autoscaler.machine.startup.secret import Plain, Secret, Section, Text

_READABLE = {
    "ec2": {"ssm", "secretsmanager", "file", "env"},
    "gce": {"gcp-secret", "file", "env"},
    "file": {"file", "env"},
}
_OWN_REGISTRIES = {
    "ec2": re.compile(r"\d+\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?"),
    "gce": re.compile(r"([a-z0-9-]+-docker\.pkg\.dev|([a-z]+\.)?gcr\.io)"),
    "file": re.compile(r"(?!)"),  # none
}
# What a task may ask of docker. Not the host's network: its metadata service has the role.
_HARMLESS = (
    r"(-e|--env|--ipc|--shm-size|--ulimit|-w|--workdir|-m|--memory|--cpus|--name|-l|--label"
    r"|-h|--hostname|--add-host|--entrypoint|--init|--rm|-t|--tty)(=|$)"
)


class Login(Section):
    """Of the agents at ClearML. Whoever may enqueue a task has it, so it is theirs alone."""

    access_key: Secret
    secret_key: Secret
    api_server: Plain
    web_server: Plain = ""
    files_server: Plain = ""


class Git(Section):
    """`password`: or a personal access token. `ssh_key`: a private key, of any kind.

    `host`: the only one that gets user and password; empty gives them to all.
    `known_hosts`: lines of ssh's file of that name; git refuses hosts that are in none.
    """

    user: Text = ""
    password: Secret | None = None
    host: Plain = ""
    ssh_key: Secret | None = None
    known_hosts: Text = ""


class S3Login(Section):
    """Without `bucket` and `host` it is for all that no other is for."""

    key: Text
    secret: Secret
    region: Plain = ""
    bucket: Plain = ""
    host: Plain = ""
    secure: bool = True
    multipart: bool = True


class AzureLogin(Section):
    account_name: Text
    account_key: Secret
    container_name: Plain = ""


class Storage(Section):
    """`google_credentials`: the text of a service account's JSON key."""

    s3: tuple[S3Login, ...] = ()
    google_project: Plain = ""
    google_credentials: Secret | None = None
    azure: tuple[AzureLogin, ...] = ()


class Registry(Section):
    """Without `user` it is the cloud's own (ECR, Artifact Registry): the role logs in."""

    address: Plain = Field(min_length=1)
    user: Text = ""
    password: Secret | None = None


class Proxy(Section):
    """URLs for plain and for encrypted traffic; `no`: hosts that are reached without."""

    http: Text = ""
    https: Text = ""
    no: Plain = ""


class AgentProgram(Section):
    """`command`: how the agent is called; empty takes the image's, else installs `version`."""

    command: tuple[Plain, ...] = ()
    version: str = Field(default="3.0.3", pattern=r"^[A-Za-z0-9.!+]+$")


class StartupSpec(MachineLimits, Section):
    """`prefix`: the first part of each worker's id.

    `source`: where the machine runs: in a cloud, or (file) on a computer of the operator's, which
    calls itself `instance`. `metadata`: the base URL of the cloud's metadata service.
    `keeper`: who starts agents: systemd, or the guard as its own processes.
    `power_off`: the command that ends the machine; empty leaves the computer on.
    `slots`: agents on the machine. `gpus`: the devices to share out, one entry ("0", or "2,3") per
    slot; empty does not choose. `gpu_wait`: how long a driver may take to be there.
    `docker`: the image of the containers that tasks run in; empty runs them as they are.
    `docker_arguments`: for each container. `docker_args_filters`: patterns; what of a task's own
    arguments, or of those beside the image, begins with none of them is dropped. Empty lets all
    pass.
    `arguments`: more of them for `clearml-agent daemon`.
    `ca`: certificates (PEM) to trust beside the system's. `environment`: for the init script, the
    agents and their tasks. `conf`: text to add to clearml.conf; later lines win.
    `init_script`: bash, run as root before the agents start. `bashrc`: take over what root's
    .bashrc sets. `home`: whose; empty takes root's.
    `patience`: how long to wait for a role, a secret or the metadata service.
    `endpoints`: URLs in place of the cloud's own, by service (ssm, secretsmanager, ecr).
    `guard_at`: where the texts of `pack.guard_parcel().parts()` are kept, in order, for a cloud
    whose user data has no room for boot and guard; empty sends both.
    `units`: the folder of systemd's unit files.
    `logs`: the log group (CloudWatch) or log (Cloud Logging) to which the journals of startup,
    guard and agents are sent; empty sends nothing.
    """

    prefix: Plain
    login: Login
    source: Literal["file", "ec2", "gce"]
    instance: Plain = ""
    metadata: Plain = "http://169.254.169.254"
    keeper: Literal["processes", "systemd"] = "systemd"
    power_off: tuple[Plain, ...] = ("shutdown", "-h", "now")
    slots: int = Field(default=1, ge=1)
    cpu_only: bool = False
    gpus: tuple[Plain, ...] = ()
    gpu_wait: timedelta = timedelta(minutes=5)
    docker: Plain = ""
    docker_arguments: tuple[Plain, ...] = ()
    docker_args_filters: tuple[Plain, ...] = (_HARMLESS,)
    arguments: tuple[Plain, ...] = ()
    agent: AgentProgram = AgentProgram()
    git: Git = Git()
    storage: Storage = Storage()
    registries: tuple[Registry, ...] = ()
    proxy: Proxy = Proxy()
    ca: Text = ""
    environment: dict[str, Text] = Field(default={})
    conf: Text = ""
    init_script: Text = ""
    bashrc: bool = True
    home: Plain = ""
    poll_every: timedelta = timedelta(seconds=5)
    report_every: timedelta = timedelta(seconds=30)
    patience: timedelta = timedelta(seconds=60)
    endpoints: dict[str, Plain] = Field(default={})
    guard_at: tuple[Secret, ...] = ()
    units: Plain = "/etc/systemd/system"
    logs: Plain = ""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        problems = [*self._unreadable(), *self._bare_logins(), *self._slots_without_gpu()]
        if self.logs and (self.source == "file" or self.keeper != "systemd"):
            problems.append("logs: only a cloud's machine with systemd can send its journal")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _unreadable(self) -> Iterator[str]:
        known = _READABLE[self.source]
        for field, secret in named_secrets(self):
            if secret.kind not in known:
                how = ", ".join(f"{kind}:" for kind in sorted(known))
                yield f"{field} = {secret.ref}: a machine of {self.source} can read {how} only"

    def _bare_logins(self) -> Iterator[str]:
        for name, value in (("proxy.http", self.proxy.http), ("proxy.https", self.proxy.https)):
            if isinstance(value, str) and "@" in value:
                yield f"{name}: it holds a password; keep the whole URL as a secret, and name that"
        for one in self.registries:
            if bool(one.user) != bool(one.password):
                yield f"registries {one.address}: give both user and password, or none of them"
            elif not (one.user or _OWN_REGISTRIES[self.source].fullmatch(one.address)):
                yield f"registries {one.address}: it is none of {self.source}: give a user, too"

    def _slots_without_gpu(self) -> Iterator[str]:
        shared = self.gpus or (self.slots > 1 and not self.cpu_only)
        if shared and (self.cpu_only or len(self.gpus) != self.slots):
            yield f"gpus = {len(self.gpus)} entries: name one for each of the {self.slots} slots"


def named_secrets(value: Any, path: str = "") -> Iterator[tuple[str, Secret]]:
    """Each secret with the path of its field."""
    if isinstance(value, Secret):
        yield path, value
        return
    items: Any = ()
    if isinstance(value, BaseModel):
        items = iter(value)
    elif isinstance(value, dict):
        items = value.items()
    elif isinstance(value, tuple):
        items = enumerate(value)
    for name, one in items:
        yield from named_secrets(one, f"{path}.{name}".lstrip("."))
