"""A stand-in for Google's Terraform provider: it takes what that takes, and makes nothing.

The real `terraform` validates, plans and applies with it (TF_REATTACH_PROVIDERS, the way in which
the developers of a provider debug it), so references, types, conditions and loops of our module
are evaluated by what evaluates them for an operator. What Google would tell only after making a
thing is told at once, or, with `knows` false, is as unknown as it is to the real one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent import futures
from contextlib import contextmanager
from typing import Any

import grpc
import msgpack

from tests.infra.gcp.protocol import CALLS, LIST, MESSAGES, SERVICE, SINGLE
from tests.infra.gcp.schema import Block, Schema

ADDRESS = "registry.terraform.io/hashicorp/google"
NUMBER = "123456789012"
_UNKNOWN = msgpack.ExtType(0, b"\0")

Values = dict[str, Any]


@contextmanager
def serving(schema: Schema, *, knows: bool = True) -> Iterator[dict[str, str]]:
    """What `terraform` needs in its environment to use it."""
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    port = server.add_insecure_port("127.0.0.1:0")
    server.add_generic_rpc_handlers((_handler(_StandIn(schema, knows=knows)),))
    server.start()
    told = {
        "Protocol": "grpc",
        "ProtocolVersion": 6,
        "Pid": os.getpid(),
        "Test": True,  # Terraform must not end this process
        "Addr": {"Network": "tcp", "String": f"127.0.0.1:{port}"},
    }
    try:
        yield {"TF_REATTACH_PROVIDERS": json.dumps({ADDRESS: told})}
    finally:
        server.stop(grace=None).wait()


class _StandIn:
    """One method for each call of the protocol, by its name."""

    def __init__(self, schema: Schema, *, knows: bool) -> None:
        self._schema = schema
        self._knows = knows

    def GetProviderSchema(self, _asked: Any, answer: Any) -> None:  # noqa: N802 - the protocol's name
        settings: Block = {
            "attributes": {
                name: {"type": "string", "required": False, "computed": False}
                for name in ("project", "region")
            },
            "blocks": {},
        }
        _describe(settings, answer.provider.block)
        for kind, known in (
            (answer.resource_schemas, self._schema["resources"]),
            (answer.data_source_schemas, self._schema["data"]),
        ):
            for name, block in known.items():
                _describe(block, kind.add(key=name).value.block)

    def UpgradeResourceState(self, asked: Any, answer: Any) -> None:  # noqa: N802
        answer.state.json = asked.raw_state.json

    def ReadResource(self, asked: Any, answer: Any) -> None:  # noqa: N802
        answer.state.CopyFrom(asked.current_state)

    def ReadDataSource(self, asked: Any, answer: Any) -> None:  # noqa: N802
        block = self._schema["data"][asked.type_name]
        told = _filled(block, _read(asked.config), asked.type_name, knows=True)
        answer.state.msgpack = msgpack.packb(told)

    def PlanResourceChange(self, asked: Any, answer: Any) -> None:  # noqa: N802
        proposed = _read(asked.proposed_new_state)
        if proposed is not None:
            block = self._schema["resources"][asked.type_name]
            proposed = _filled(block, proposed, asked.type_name, knows=self._knows)
        answer.planned_state.msgpack = msgpack.packb(proposed)

    def ApplyResourceChange(self, asked: Any, answer: Any) -> None:  # noqa: N802
        planned = _read(asked.planned_state)
        if planned is not None:
            block = self._schema["resources"][asked.type_name]
            planned = _filled(block, planned, asked.type_name, knows=True)
        answer.new_state.msgpack = msgpack.packb(planned)


def _handler(provider: _StandIn) -> grpc.GenericRpcHandler:
    handlers = {
        name: grpc.unary_unary_rpc_method_handler(
            _call(getattr(provider, name, _accept), MESSAGES[answer]),
            request_deserializer=MESSAGES[asked].FromString,
            response_serializer=MESSAGES[answer].SerializeToString,
        )
        for name, (asked, answer) in CALLS.items()
    }
    return grpc.method_handlers_generic_handler(SERVICE, handlers)


def _accept(_asked: Any, _answer: Any) -> None:
    """Nothing is wrong with it."""


def _call(method: Callable[[Any, Any], None], kind: Callable[[], Any]) -> Callable[..., Any]:
    def answered(asked: Any, _context: object) -> Any:
        answer = kind()
        method(asked, answer)
        return answer

    return answered


def _describe(block: Block, told: Any) -> None:
    told.SetInParent()  # an empty block is there all the same
    for name, each in sorted(block["attributes"].items()):
        told.attributes.add(
            name=name,
            type=json.dumps(each["type"]).encode(),
            required=each["required"],
            optional=not each["required"] and (not each["computed"] or name == "id"),
            computed=each["computed"],
        )
    for name, nested in sorted(block["blocks"].items()):
        inner = told.block_types.add(
            type_name=name,
            nesting=SINGLE if nested["single"] else LIST,
            min_items=1 if nested["required"] else 0,
            max_items=0 if nested["many"] or nested["single"] else 1,
        )
        _describe(nested["block"], inner.block)


def _read(value: Any) -> Any:
    return msgpack.unpackb(value.msgpack, strict_map_key=False) if value.msgpack else None


def _filled(block: Block, values: Values, type: str, *, knows: bool) -> Values:
    """With what Google tells of the thing, or with marks that this is not known yet."""
    told = _told(type, values)
    filled = dict(values)
    for name, each in block["attributes"].items():
        if each["computed"] and filled.get(name) in (None, _UNKNOWN):
            filled[name] = (
                told.get(name, _made_up(type, name, each["type"])) if knows else _UNKNOWN
            )
    for name, nested in block["blocks"].items():
        if isinstance(filled.get(name), list):
            inner = nested["block"]
            of = f"{type}.{name}"
            filled[name] = [
                _filled(inner, {**one, **_passed(told, inner)}, of, knows=knows)
                if knows
                else _filled(inner, one, of, knows=False)
                for one in filled[name]
            ]
    return filled


def _passed(told: Mapping[str, str], inner: Block) -> Values:
    """What is told of the whole, and read from one of its blocks."""
    known = {"uri": told["uri"]} if "uri" in told else {}
    return {name: one for name, one in known.items() if name in inner["attributes"]}


def _made_up(type: str, name: str, kind: Any) -> Any:
    of_lists: Any = [] if kind[0] == "list" else {}
    return {"string": f"{type}.{name}", "number": 0, "bool": False}.get(str(kind), of_lists)


def _told(type: str, values: Mapping[str, Any]) -> dict[str, str]:
    """What others of the module read of it, in the form that Google gives it."""
    project, name = values.get("project"), values.get("name")
    if type == "google_service_account":
        email = f"{values['account_id']}@{project}.iam.gserviceaccount.com"
        path = f"projects/{project}/serviceAccounts/{email}"
        return {"email": email, "member": f"serviceAccount:{email}", "name": path, "id": path}
    if type == "google_project":
        return {"number": NUMBER, "id": f"projects/{values['project_id']}"}
    if type == "google_cloudfunctions2_function":
        return {"uri": f"https://{name}-{NUMBER}.{values['location']}.run.app"}
    if type == "google_logging_project_sink":
        agent = f"service-{NUMBER}@gcp-sa-logging.iam.gserviceaccount.com"
        return {"writer_identity": f"serviceAccount:{agent}"}
    paths = {
        "google_pubsub_topic": f"projects/{project}/topics/{name}",
        "google_pubsub_subscription": f"projects/{project}/subscriptions/{name}",
        "google_project_iam_custom_role": f"projects/{project}/roles/{values.get('role_id')}",
    }
    return {"id": paths[type]} if type in paths else {}
