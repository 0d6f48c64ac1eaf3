"""The small services around the three that matter: server, debug, users, projects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autoscaler.world.api.documents import at_millisecond
from autoscaler.world.api.endpoint import AnyEndpoint, Call, Endpoint, Nothing
from autoscaler.world.clearml.users import API_VERSION, SERVER_VERSION

if TYPE_CHECKING:
    from autoscaler.world.clearml.model import Document


def info(_call: Call, _body: Nothing) -> Document:
    return {"version": SERVER_VERSION, "build": "", "commit": "", "api_version": API_VERSION}


def ping(_call: Call, _body: Nothing) -> Document:
    return {"msg": "ClearML server"}


def current_user(call: Call, _body: Nothing) -> Document:
    user = call.user
    return {
        "user": {
            "id": user.id,
            "name": user.display_name,
            "role": user.role,
            "created": at_millisecond(user.created),
            "company": {"id": user.company, "name": call.world.users.company_name},
        },
        "getting_started": {
            "agentName": "clearml",
            "configure": "clearml-init",
            "install": "pip install clearml",
            "packageName": "clearml",
        },
        "settings": {"max_download_items": 50000},
    }


def no_projects(_call: Call, _body: Nothing) -> Document:
    return {"projects": []}


ENDPOINTS: tuple[AnyEndpoint, ...] = (
    Endpoint("server.info", "2.12", Nothing, info),
    Endpoint("debug.ping", "1.0", Nothing, ping, open=True),
    Endpoint("users.get_current_user", "1.0", Nothing, current_user),
    Endpoint("projects.get_all", "1.0", Nothing, no_projects),
    Endpoint("projects.get_all_ex", "1.0", Nothing, no_projects),
)
