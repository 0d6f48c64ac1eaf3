"""What was deployed: a function as Google describes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from autoscaler.adapters.gcp.refusals import told
from autoscaler.adapters.gcp.rest import call
from autoscaler.errors import ConfigError, Problem

if TYPE_CHECKING:
    from autoscaler.adapters.gcp.compute_engine.access import Access

_MOST_PAGES = 100


def environment_of(access: Access, function: str) -> Mapping[str, str]:
    """The variables of a function of the project, in whichever region it is.

    ConfigError when there is none. Whoever asks needs `cloudfunctions.functions.list`.
    """
    for found in _functions(access):
        if found.get("name", "").rpartition("/")[2] == function:
            said: dict[str, str] = found.get("serviceConfig", {}).get("environmentVariables", {})
            return said
    remedy = f"has no function {function}: deploy it, or correct --stage or --project"
    raise ConfigError(Problem("--host", f"gcp, project {access.project}", remedy))


def _functions(access: Access) -> Iterator[dict[str, Any]]:
    path, token = f"v2/projects/{access.project}/locations/-/functions", ""
    for _ in range(_MOST_PAGES):
        asked = {"pageToken": token} if token else {}
        with told():
            page = call(access.session, "cloudfunctions", path, **asked)
        yield from page.get("functions", [])
        token = page.get("nextPageToken", "")
        if not token:
            return
