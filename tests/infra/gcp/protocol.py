"""The part of Terraform's plugin protocol (version 6) that a provider needs here, as messages.

The numbers of fields are those of Terraform's own description, tfplugin6.proto.
"""

from __future__ import annotations

from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PACKAGE: Final = "tfplugin6"
SERVICE: Final = f"{PACKAGE}.Provider"
LIST: Final = 2  # NestedBlock.NestingMode
SINGLE: Final = 1
ERROR: Final = 1  # Diagnostic.Severity

# A field is "name number type"; `*` in front of a type means many, a capital letter a message.
_MESSAGES: Final = {
    "DynamicValue": "msgpack 1 bytes, json 2 bytes",
    "Diagnostic": "severity 1 int64, summary 2 string, detail 3 string",
    "Attribute": (
        "name 1 string, type 2 bytes, required 4 bool, optional 5 bool, computed 6 bool"
    ),
    "NestedBlock": (
        "type_name 1 string, block 2 Block, nesting 3 int64, min_items 4 int64, max_items 5 int64"
    ),
    "Block": "version 1 int64, attributes 2 *Attribute, block_types 3 *NestedBlock",
    "Schema": "version 1 int64, block 2 Block",
    "Named": "key 1 string, value 2 Schema",
    "RawState": "json 1 bytes",
    "Empty": "",
    "SchemaResponse": "provider 1 Schema, resource_schemas 2 *Named, data_source_schemas 3 *Named",
    "Configured": "config 1 DynamicValue",
    "TypedConfig": "type_name 1 string, config 2 DynamicValue",
    "Diagnostics": "diagnostics 1 *Diagnostic",
    "UpgradeRequest": "type_name 1 string, version 2 int64, raw_state 3 RawState",
    "StateResponse": "state 1 DynamicValue, diagnostics 2 *Diagnostic",
    "ReadRequest": "type_name 1 string, current_state 2 DynamicValue",
    "PlanRequest": (
        "type_name 1 string, prior_state 2 DynamicValue, proposed_new_state 3 DynamicValue,"
        " config 4 DynamicValue"
    ),
    "PlanResponse": "planned_state 1 DynamicValue, diagnostics 4 *Diagnostic",
    "ApplyRequest": (
        "type_name 1 string, prior_state 2 DynamicValue, planned_state 3 DynamicValue,"
        " config 4 DynamicValue"
    ),
    "ApplyResponse": "new_state 1 DynamicValue, diagnostics 3 *Diagnostic",
}
CALLS: Final = {
    "GetProviderSchema": ("Empty", "SchemaResponse"),
    "ValidateProviderConfig": ("Configured", "Diagnostics"),
    "ValidateResourceConfig": ("TypedConfig", "Diagnostics"),
    "ValidateDataResourceConfig": ("TypedConfig", "Diagnostics"),
    "UpgradeResourceState": ("UpgradeRequest", "StateResponse"),
    "ConfigureProvider": ("TypedConfig", "Diagnostics"),
    "ReadResource": ("ReadRequest", "StateResponse"),
    "PlanResourceChange": ("PlanRequest", "PlanResponse"),
    "ApplyResourceChange": ("ApplyRequest", "ApplyResponse"),
    "ReadDataSource": ("TypedConfig", "StateResponse"),
    "StopProvider": ("Empty", "Empty"),
}
"""What a request and its answer are, by the call's name."""


def _classes() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(
        name="tfplugin6.proto", package=PACKAGE, syntax="proto3"
    )
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field in filter(None, fields.split(", ")):
            _add(message, *field.split())
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}"))
        for name in _MESSAGES
    }


def _add(message: descriptor_pb2.DescriptorProto, name: str, number: str, type: str) -> None:
    kinds = descriptor_pb2.FieldDescriptorProto
    many, plain = type.startswith("*"), type.lstrip("*")
    field = message.field.add(name=name, number=int(number))
    field.label = kinds.LABEL_REPEATED if many else kinds.LABEL_OPTIONAL
    if plain[0].isupper():
        field.type, field.type_name = kinds.TYPE_MESSAGE, f".{PACKAGE}.{plain}"
    else:
        field.type = kinds.Type.Value(f"TYPE_{plain.upper()}")


MESSAGES: Final = _classes()
"""The class of each message, by its name."""
