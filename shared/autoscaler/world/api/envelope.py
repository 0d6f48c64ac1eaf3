"""The `{meta, data}` that every answer comes in."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from autoscaler.world.api.message import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autoscaler.world.clearml import RefusedError
    from autoscaler.world.clearml.model import Document


def meta(
    *, trx: str, endpoint: str, requested: str, actual: str | None, refusal: RefusedError | None
) -> Document:
    return {
        "id": trx,
        "trx": trx,
        "endpoint": {
            "name": endpoint,
            "requested_version": requested,
            "actual_version": actual,
        },
        "result_code": refusal.status if refusal else 200,
        "result_subcode": refusal.subcode if refusal else 0,
        "result_msg": refusal.message if refusal else "OK",
        "error_stack": None,
        "error_data": {},
    }


def respond(meta: Document, data: Document, headers: Mapping[str, str] | None = None) -> Response:
    body = json.dumps({"meta": meta, "data": data}, default=_plain).encode()
    return Response(
        status=meta["result_code"],
        headers={"Content-Type": "application/json", **(headers or {})},
        body=body,
    )


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)
