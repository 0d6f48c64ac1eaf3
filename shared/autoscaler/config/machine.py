"""What runs on a machine of a cloud: the same keys for every provider."""

from datetime import timedelta

from pydantic import Field

from autoscaler.config.agents import Argument, MachineSetting, Variable
from autoscaler.config.fields import Duration, MachineReference, Switch, Text
from autoscaler.config.section import Section


class GitSection(Section):
    """How tasks get their code; each secret is read by the machine itself."""

    user: MachineSetting | None = Field(None, description="user name", examples=["ci-bot"])
    password: MachineReference | None = Field(
        None, description="password or access token", examples=["ssm:/clearml/git-token"]
    )
    host: Text | None = Field(
        None, description="the only host that gets them; else all", examples=["github.com"]
    )
    ssh_key: MachineReference | None = Field(
        None, description="a private key", examples=["ssm:/clearml/git-ssh-key"]
    )
    known_hosts: MachineSetting | None = Field(
        None, description="lines of ssh's known_hosts", examples=["ssm:/clearml/known-hosts"]
    )


class S3Section(Section):
    """Keys for one bucket or host, or for all that no other entry is for."""

    key: MachineSetting = Field(description="access key", examples=["ssm:/clearml/s3-key"])
    secret: MachineReference = Field(description="its secret", examples=["ssm:/clearml/s3-secret"])
    region: Text | None = Field(None, description="its region", examples=["eu-central-1"])
    bucket: Text | None = Field(None, description="only for this bucket", examples=["models"])
    host: Text | None = Field(
        None, description="only for this host", examples=["minio.example:9000"]
    )
    secure: Switch = Field(default=True, description="over TLS")
    multipart: Switch = Field(default=True, description="upload in parts")


class AzureSection(Section):
    """Keys of an Azure storage account."""

    account_name: MachineSetting = Field(description="the account", examples=["models"])
    account_key: MachineReference = Field(
        description="its key", examples=["ssm:/clearml/azure-key"]
    )
    container_name: Text | None = Field(
        None, description="only for this container", examples=["artifacts"]
    )


class StorageSection(Section):
    """Where tasks keep their files, when the machine's role is not enough."""

    s3: tuple[S3Section, ...] = Field(
        (),
        description="S3 and what speaks its protocol",
        examples=[[{"key": "ssm:/s3/key", "secret": "ssm:/s3/secret"}]],
    )
    google_project: Text | None = Field(None, description="project", examples=["my-project"])
    google_credentials: MachineReference | None = Field(
        None,
        description="a service account's key, as JSON",
        examples=["secretsmanager:clearml/google"],
    )
    azure: tuple[AzureSection, ...] = Field(
        (),
        description="Azure accounts",
        examples=[[{"account_name": "models", "account_key": "ssm:/azure/key"}]],
    )


class RegistrySection(Section):
    """A login for docker; the cloud's own registry needs an address only."""

    address: Text = Field(description="host of the registry", examples=["registry.example"])
    user: MachineSetting | None = Field(None, description="user", examples=["ci-bot"])
    password: MachineReference | None = Field(
        None, description="its password", examples=["ssm:/clearml/registry"]
    )


class MachineProxySection(Section):
    """How machines reach the world; a URL with a password is a reference."""

    http: MachineSetting | None = Field(
        None, description="for plain traffic", examples=["http://proxy.example:3128"]
    )
    https: MachineSetting | None = Field(
        None, description="for encrypted traffic", examples=["http://proxy.example:3128"]
    )
    no: Text | None = Field(
        None, description="hosts reached without", examples=["169.254.169.254,.internal"]
    )


class MachineSection(Section):
    """What runs on a machine; a resource's keys come before its autoscaler's, then the top's."""

    docker: Switch = Field(default=True, description="run tasks in containers")
    image: Text = Field(
        "nvidia/cuda:12.6.3-cudnn-runtime-ubuntu22.04",
        description="the image (with arguments) of tasks that name none",
    )
    docker_args_filters: tuple[Text, ...] | None = Field(
        None,
        description="how docker arguments of tasks may begin (patterns); else what is harmless",
        examples=[["--ipc", "--shm-size", "-e"]],
    )
    docker_arguments: tuple[Text, ...] = Field(
        (), description="for each container", examples=[["--ipc=host"]]
    )
    init_script: MachineSetting | None = Field(
        None, description="bash, run as root before agents start", examples=["nvidia-smi -pm 1"]
    )
    clearml_conf: MachineSetting | None = Field(
        None,
        description="more lines for clearml.conf; they win",
        examples=["agent.package_manager.type: pip"],
    )
    bashrc: Switch = Field(default=True, description="take over what root's .bashrc sets")
    environment: dict[Variable, MachineSetting] = Field(
        {}, description="for init script, agents and tasks", examples=[{"TZ": "UTC"}]
    )
    git: GitSection | None = Field(
        None,
        description="how tasks get their code",
        examples=[{"user": "ci-bot", "password": "ssm:/clearml/git-token"}],
    )
    storage: StorageSection | None = Field(
        None,
        description="how they reach their files, beside the role",
        examples=[{"google_credentials": "ssm:/clearml/google"}],
    )
    registries: tuple[RegistrySection, ...] = Field(
        (),
        description="logins for docker",
        examples=[[{"address": "123456789012.dkr.ecr.eu-central-1.amazonaws.com"}]],
    )
    proxy: MachineProxySection | None = Field(
        None,
        description="how they reach the world",
        examples=[{"https": "http://proxy.example:3128"}],
    )
    ca: MachineSetting | None = Field(
        None, description="certificates (PEM) to trust as well", examples=["ssm:/clearml/ca"]
    )
    agent: tuple[Text, ...] = Field(
        (),
        description="the agent's command, if the image has one",
        examples=[["/opt/agent/bin/clearml-agent"]],
    )
    agent_version: Text = Field("3.0.3", description="else this version is installed")
    agent_args: tuple[Argument, ...] = Field(
        (), description="more arguments for its daemon", examples=[["--order-fairness"]]
    )
    logs: Text | None = Field(
        None,
        description="send its journal to this log group (CloudWatch) or log (Google)",
        examples=["/clearml/machines"],
    )
    gpu_wait: Duration = Field(
        timedelta(minutes=5), description="how long a GPU's driver may take to come up"
    )
