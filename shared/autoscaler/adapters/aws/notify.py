"""Notices over SNS: e-mail, SMS and chat, as people have subscribed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from autoscaler.adapters.aws.failures import FAILED, failure
from autoscaler.core.notices import Notice
from autoscaler.core.words import many

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

_MOST = 20  # lines of one message
_LINE = 1000  # characters of a line: a message holds 256 KB
_SUBJECT = 99  # SNS's own limit, of ASCII


class SnsNotifier:
    """The Notifier port: all notices of a tick as one message.

    E-mail and SMS get plain text. What is subscribed over HTTPS gets the form that Amazon Q in
    chat applications (AWS Chatbot before) shows in Slack and Teams.
    """

    def __init__(self, client: SNSClient, arn: str, deployment: str) -> None:
        self._client = client
        self._arn = arn
        self._deployment = deployment

    def notify(self, notices: Sequence[Notice]) -> None:
        if not notices:
            return
        kinds = ", ".join(dict.fromkeys(notice.kind for notice in notices))
        subject = f"ClearML autoscaler {self._deployment}: {kinds}"[:_SUBJECT]
        try:
            self._client.publish(
                TopicArn=self._arn,
                Subject=subject,
                MessageStructure="json",
                Message=_message(subject, self._text(notices)),
            )
        except FAILED as error:
            raise failure("sns:Publish", self._arn, error) from error

    def _text(self, notices: Sequence[Notice]) -> str:
        shown = notices[:_MOST]
        lines = [f"{notice.at:%Y-%m-%d %H:%M} UTC  {_short(notice.text)}" for notice in shown]
        if left := len(notices) - len(shown):
            lines.append(f"and {many(left, 'notice')} more")
        return "\n".join(lines)


def _short(text: str) -> str:
    return text if len(text) <= _LINE else text[: _LINE - 1] + "…"


def _message(subject: str, text: str) -> str:
    """One text for each protocol; those that are not named get the default."""
    content = {"textType": "client-markdown", "title": subject, "description": text}
    chat = {"version": "1.0", "source": "custom", "content": content}
    return json.dumps({"default": text, "https": json.dumps(chat)})
