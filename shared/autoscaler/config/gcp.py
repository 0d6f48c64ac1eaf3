"""Whose project of Google Cloud machines are started in, and as whom."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from autoscaler.config.faults import mistake, secret
from autoscaler.config.fields import MachineReference, Reference, Says
from autoscaler.config.forms import form
from autoscaler.config.section import Section

PROJECT_PATTERN: Final = "([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]"
ALL: Final = "https://www.googleapis.com/auth/"
_OURS = "clearml-autoscaler"
_EMAIL = re.compile(r"[a-z0-9-]+@[a-z0-9.-]+\.gserviceaccount\.com")
_LABEL_KEY = re.compile("[a-z][a-z0-9_-]{0,62}")
_METADATA_KEY = re.compile("[A-Za-z0-9_-]{1,128}")
_SCOPE = re.compile(rf"({re.escape(ALL)})?[a-z][a-z0-9._-]*")
_ALIASES = {
    "bigquery": "bigquery",
    "cloud-platform": "cloud-platform",
    "compute-ro": "compute.readonly",
    "compute-rw": "compute",
    "datastore": "datastore",
    "logging-write": "logging.write",
    "monitoring": "monitoring",
    "monitoring-read": "monitoring.read",
    "monitoring-write": "monitoring.write",
    "pubsub": "pubsub",
    "service-control": "servicecontrol",
    "service-management": "service.management.readonly",
    "sql-admin": "sqlservice.admin",
    "storage-full": "devstorage.full_control",
    "storage-ro": "devstorage.read_only",
    "storage-rw": "devstorage.read_write",
    "taskqueue": "taskqueue",
    "trace": "trace.append",
    "userinfo-email": "userinfo.email",
}
_METADATA = {
    "startup-script": "write machine: init_script",
    "startup-script-url": "write machine: init_script",
}
_SECRET_WORDS = re.compile("(.*[-_])?(secret|password|passwd|token|key)", re.IGNORECASE)


def _label_key(text: str) -> str:
    if text.startswith(_OURS):
        raise mistake(f"labels that begin with {_OURS} are set by it: rename it")
    if not _LABEL_KEY.fullmatch(text):
        raise mistake("a label's key has a-z, 0-9, - and _, begins with a letter, 63 at most")
    return text


def _metadata_key(text: str) -> str:
    if text.startswith(_OURS):
        raise mistake(f"metadata that begins with {_OURS} is set by it: rename it")
    if text in _METADATA:
        raise mistake(f"not for here: {_METADATA[text]}")
    if not _METADATA_KEY.fullmatch(text):
        raise mistake("a key of metadata has letters, digits, - and _ only, 128 at most")
    if _SECRET_WORDS.fullmatch(text) and text != "ssh-keys":
        raise secret("whoever sees the machine sees its metadata: write machine: environment")
    return text


def scope_url(scope: str) -> str:
    """What Google calls it: an alias of gcloud's, or its whole address."""
    return scope if scope.startswith(ALL) else f"{ALL}{_ALIASES.get(scope, scope)}"


def _scope(text: str) -> str:
    if not _SCOPE.fullmatch(text):
        raise mistake(f"write an alias, like cloud-platform, or the address ({ALL}…)")
    if not text.startswith(ALL) and text not in _ALIASES:
        raise mistake(f"no alias of gcloud's: write the address ({ALL}{text}), if there is one")
    return text


Project = Annotated[
    str, form(PROJECT_PATTERN, "write a project's id, like my-project-42"), Says("project")
]
Account = Annotated[
    str,
    form(_EMAIL, "write a service account's address, like NAME@PROJECT.iam.gserviceaccount.com"),
    Says("address"),
]
Scope = Annotated[str, AfterValidator(_scope), Says("scope")]
LabelKey = Annotated[str, AfterValidator(_label_key), Says("label")]
LabelValue = Annotated[
    str,
    form("[a-z0-9_-]{0,63}", "a label's value has a-z, 0-9, - and _ only, 63 at most"),
    Says("text"),
]
MetadataKey = Annotated[str, AfterValidator(_metadata_key), Says("key")]
Labels = dict[LabelKey, LabelValue]
Metadata = dict[MetadataKey, str]


class GcpSection(Section):
    """The project of machines; without credentials, as whoever runs the autoscaler.

    Autoscalers and resources may have their own: it comes first, key by key.
    """

    project: Project | None = Field(
        None, description="where machines start; else the host's", examples=["my-project-42"]
    )
    credentials: Reference | None = Field(
        None,
        description="a key or a federation, as JSON; else the host's own (ADC)",
        examples=["env:GCP_CREDENTIALS"],
    )
    impersonate: Account | None = Field(
        None,
        description="take on this service account first, of another project perhaps",
        examples=["autoscaler@my-project-42.iam.gserviceaccount.com"],
    )
    service_account: Account | None = Field(
        None,
        description="the role of machines: it reads their secrets; else the project's default",
        examples=["clearml-worker@my-project-42.iam.gserviceaccount.com"],
    )
    scopes: tuple[Scope, ...] = Field(
        ("cloud-platform",), description="what of its role machines may use", min_length=1
    )
    agent_access_key: MachineReference | None = Field(
        None,
        description="of agents there, where those of clearml are kept by another cloud",
        examples=["gcp-secret:agent-access-key"],
    )
    agent_secret_key: MachineReference | None = Field(
        None, description="and its secret", examples=["gcp-secret:agent-secret-key"]
    )
    metadata: Metadata = Field(
        {}, description="of all machines", examples=[{"serial-port-enable": "TRUE"}]
    )
    labels: Labels = Field(
        {}, description="on all machines and disks", examples=[{"cost-center": "ml"}]
    )
