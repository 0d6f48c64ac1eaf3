"""Where ClearML is, and as whom the autoscaler and its agents talk to it."""

from typing import NamedTuple

from pydantic import Field

from autoscaler.config.addresses import siblings
from autoscaler.config.fields import Address, ApiAddress, Location, Proxy, Reference, Switch
from autoscaler.config.section import Section


class Keys(NamedTuple):
    """References to an access key and its secret."""

    access: str
    secret: str


class ClearMLSection(Section):
    """ClearML's addresses, and references to credentials."""

    api: ApiAddress = Field(
        description="the API server, not the web page", examples=["https://api.clear.ml"]
    )
    web: Address | None = Field(
        None,
        description="the web page; told from api if it can be",
        examples=["https://app.clear.ml"],
    )
    files: Address | None = Field(
        None, description="the file server, likewise", examples=["https://files.clear.ml"]
    )
    access_key: Reference = Field(
        "env:CLEARML_API_ACCESS_KEY", description="where the access key is: env:NAME, file:/path"
    )
    secret_key: Reference = Field("env:CLEARML_API_SECRET_KEY", description="where its secret is")
    agent_access_key: Reference | None = Field(
        None,
        description="another user for the agents: its key",
        examples=["env:AGENT_ACCESS_KEY"],
    )
    agent_secret_key: Reference | None = Field(
        None, description="and its secret", examples=["env:AGENT_SECRET_KEY"]
    )
    ca_file: Location | None = Field(
        None, description="certificates to trust as well", examples=["company-ca.pem"]
    )
    proxy: Proxy | None = Field(
        None, description="reach ClearML through it", examples=["http://proxy.example:3128"]
    )
    create_missing_queues: Switch = Field(
        default=False, description="make the queues that do not exist"
    )

    @property
    def keys_of_autoscaler(self) -> Keys:
        return Keys(self.access_key, self.secret_key)

    @property
    def keys_of_agents(self) -> Keys:
        """The autoscaler's own when no others are written."""
        if self.agent_access_key and self.agent_secret_key:
            return Keys(self.agent_access_key, self.agent_secret_key)
        return self.keys_of_autoscaler

    @property
    def web_address(self) -> str:
        """What agents are told; empty when it is neither written nor to be told from `api`."""
        return self.web or siblings(self.api).web

    @property
    def files_address(self) -> str:
        """As `web_address`, for the file server that tasks upload to."""
        return self.files or siblings(self.api).files
