"""Where the ClearML API is, who we are to it, and how long we wait for it."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

Seconds = Annotated[float, Field(gt=0)]


def _address(url: str) -> str:
    parts = urlsplit(url.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("write the API server's address, such as https://api.clear.ml")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError(
            "the address holds no user, query or fragment: keys have their own fields"
        )
    return url.strip().rstrip("/")


class ClearmlSettings(BaseModel):
    """How to reach one ClearML server.

    `ca_file` replaces the system's authorities. Without `proxy` the environment's HTTPS_PROXY,
    HTTP_PROXY and NO_PROXY count. One call, with its retries and a login, takes at most
    `total_seconds`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    api_url: Annotated[str, AfterValidator(_address)]
    access_key: str = Field(min_length=1, repr=False)
    secret_key: SecretStr = Field(min_length=1)
    ca_file: Path | None = None
    proxy: str | None = Field(default=None, repr=False)
    connect_seconds: Seconds = 3
    read_seconds: Seconds = 10
    total_seconds: Seconds = 20
    tries: int = Field(default=3, ge=1)
    pause_seconds: Seconds = 0.5
    token_seconds: int = Field(default=24 * 3600, ge=60, le=365 * 24 * 3600)
