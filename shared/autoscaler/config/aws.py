"""Whose account machines are started in, and where."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from autoscaler.config.faults import mistake
from autoscaler.config.fields import MachineReference, Reference, Says, Text
from autoscaler.config.section import Section

REGION_PATTERN = "[a-z]{2,4}(-[a-z]+)+-[0-9]+"
_TAG_KEY = re.compile(r"[A-Za-z0-9+=.,_:@-]{1,128}", re.ASCII)
_TAG_VALUE = re.compile(r"[\w +=.,:/@-]{0,256}")
_OURS = "clearml-autoscaler"
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+", re.ASCII)
_PROFILE = re.compile(
    r"arn:aws[a-z-]*:iam::[0-9]{12}:instance-profile/[\w+=,.@/-]+|[\w+=,.@-]{1,128}", re.ASCII
)


def _region(text: str) -> str:
    if re.fullmatch(f"{REGION_PATTERN}[a-z]", text):
        raise mistake(f"this is a zone: its region is {text[:-1]}")
    if not re.fullmatch(REGION_PATTERN, text):
        raise mistake("write a region of AWS, like eu-central-1")
    return text


def _role(text: str) -> str:
    if not _ROLE.fullmatch(text):
        raise mistake("write the role's whole name, like arn:aws:iam::123456789012:role/NAME")
    return text


def _profile(text: str) -> str:
    if not _PROFILE.fullmatch(text):
        raise mistake("write an instance profile's name, or its ARN (of a profile, not a role)")
    return text


def _tag_key(text: str) -> str:
    if text.startswith((_OURS, "aws:")):
        raise mistake(f"tags that begin with {_OURS} or aws: are set by others: rename it")
    if not _TAG_KEY.fullmatch(text) or text in (".", "..", "_index"):
        raise mistake(
            "machines read their tags, so a key has letters, digits and + - = . , _ : @ only"
        )
    return text


def _tag_value(text: str) -> str:
    if not _TAG_VALUE.fullmatch(text):
        raise mistake("at most 256 letters, digits, spaces and + - = . , _ : / @")
    return text


Region = Annotated[str, AfterValidator(_region), Says("region")]
Role = Annotated[str, AfterValidator(_role), Says("ARN")]
Profile = Annotated[str, AfterValidator(_profile), Says("name or ARN")]
TagKey = Annotated[str, AfterValidator(_tag_key), Says("tag")]
TagValue = Annotated[str, AfterValidator(_tag_value), Says("text")]
Tags = dict[TagKey, TagValue]


class AwsSection(Section):
    """The account of machines; without keys, that of whoever runs the autoscaler.

    Autoscalers and resources may have their own: it comes first, key by key.
    """

    region: Region | None = Field(
        None, description="where machines start; else the host's", examples=["eu-central-1"]
    )
    watch_regions: tuple[Region, ...] = Field(
        (),
        description="where machines may still be that started before region was changed",
        examples=[["eu-west-1"]],
    )
    access_key: Reference | None = Field(
        None, description="keys in place of the host's role", examples=["env:AWS_KEY"]
    )
    secret_key: Reference | None = Field(
        None, description="and their secret", examples=["env:AWS_SECRET"]
    )
    session_token: Reference | None = Field(
        None, description="of keys that are lent", examples=["env:AWS_TOKEN"]
    )
    role: Role | None = Field(
        None,
        description="take on this role first, in another account perhaps",
        examples=["arn:aws:iam::123456789012:role/autoscaler"],
    )
    external_id: Text | None = Field(
        None, description="what that role asks for", examples=["clearml-42"]
    )
    instance_profile: Profile | None = Field(
        None,
        description="the role of machines: it reads their secrets",
        examples=["clearml-worker"],
    )
    agent_access_key: MachineReference | None = Field(
        None,
        description="of agents there, where those of clearml are kept by another cloud",
        examples=["ssm:/clearml/agent-access-key"],
    )
    agent_secret_key: MachineReference | None = Field(
        None, description="and its secret", examples=["ssm:/clearml/agent-secret-key"]
    )
    tags: Tags = Field(
        {}, description="on everything that is started", examples=[{"cost-center": "ml"}]
    )
