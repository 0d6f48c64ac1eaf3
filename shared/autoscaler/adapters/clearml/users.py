"""Who a login is."""

from pydantic import BaseModel, TypeAdapter

from autoscaler.adapters.clearml.client import ClearmlClient
from autoscaler.adapters.clearml.listing import part

_ENDPOINT = "users.get_current_user"


class ClearmlUser(BaseModel):
    """`role`: ClearML's word for what the user may do; empty where the server does not say."""

    id: str
    name: str = ""
    role: str = ""


_USER = TypeAdapter(ClearmlUser)


def current_user(client: ClearmlClient) -> ClearmlUser:
    """Raises as `call` does."""
    return part(_ENDPOINT, "user", client.call(_ENDPOINT, {}), _USER)
