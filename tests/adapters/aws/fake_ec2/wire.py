"""EC2's Query protocol, read and written by botocore's own description of each call."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any
from xml.etree import ElementTree as ET

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, Shape

_NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"
_FORMAT = "%Y-%m-%dT%H:%M:%S.000Z"


@cache
def operation(service: str, name: str) -> OperationModel:
    return _model(service).operation_model(name)


@cache
def _model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def parsed(operation: OperationModel, form: Mapping[str, str]) -> dict[str, Any]:
    """What the caller said, in boto3's words."""
    found: dict[str, Any] = _value(operation.input_shape, form, "")
    return found


def reply(operation: OperationModel, result: Mapping[str, Any]) -> bytes:
    root = ET.Element(f"{operation.name}Response", xmlns=_NAMESPACE)
    ET.SubElement(root, "requestId").text = "a-request"
    if operation.output_shape:
        _write(root, operation.output_shape, result)
    return ET.tostring(root)


def failure(code: str, message: str) -> bytes:
    root = ET.Element("Response")
    error = ET.SubElement(ET.SubElement(root, "Errors"), "Error")
    ET.SubElement(error, "Code").text = code
    ET.SubElement(error, "Message").text = message
    ET.SubElement(root, "RequestID").text = "a-request"
    return ET.tostring(root)


def _value(shape: Any, form: Mapping[str, str], prefix: str) -> Any:
    if shape.type_name == "structure":
        return {
            name: _value(member, form, key)
            for name, member in shape.members.items()
            if _told(form, key := f"{prefix}.{_called(name, member)}".lstrip("."))
        }
    if shape.type_name == "list":
        numbers = {
            int(k[len(prefix) + 1 :].split(".")[0]) for k in form if k.startswith(prefix + ".")
        }
        return [_value(shape.member, form, f"{prefix}.{n}") for n in sorted(numbers)]
    return _scalar(shape.type_name, form[prefix])


def _scalar(kind: str, text: str) -> Any:
    if kind in ("integer", "long"):
        return int(text)
    if kind in ("double", "float"):
        return float(text)
    if kind == "boolean":
        return text == "true"
    return b64decode(text) if kind == "blob" else text


def _told(form: Mapping[str, str], key: str) -> bool:
    return key in form or any(each.startswith(f"{key}.") for each in form)


def _called(name: str, member: Shape) -> str:
    told = member.serialization
    if "queryName" in told:
        return str(told["queryName"])
    if "name" in told:
        return str(told["name"])[0].upper() + str(told["name"])[1:]
    return name


def _write(parent: ET.Element, shape: Any, value: Any) -> None:
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            if value.get(name) is not None:
                tag = member.serialization.get("name", name)
                _write(ET.SubElement(parent, tag), member, value[name])
    elif shape.type_name == "list":
        for each in value:
            _write(ET.SubElement(parent, "item"), shape.member, each)
    else:
        parent.text = _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.strftime(_FORMAT)
    return b64encode(value).decode() if isinstance(value, bytes) else str(value)
