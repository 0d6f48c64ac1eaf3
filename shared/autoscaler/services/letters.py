"""Telling people of messages that were given up."""

from datetime import datetime

from pydantic import ValidationError

from autoscaler.core.notices import Notice
from autoscaler.core.words import many
from autoscaler.ports import Clock, DeadLetters, Letter, Message, Notifier


class LetterTeller:
    """Told again with every call: whoever calls it knows that there is something new."""

    def __init__(self, letters: DeadLetters, notifier: Notifier, clock: Clock) -> None:
        self._letters = letters
        self._notifier = notifier
        self._clock = clock

    def __call__(self) -> list[Notice]:
        """What it told. UnavailableError: call once more."""
        now = self._clock.now()
        found = {letter.id: letter for letter in self._letters.read()}
        notices = [_notice(letter, now) for letter in found.values()]
        if notices:
            self._notifier.notify(notices)
        return notices


def _notice(letter: Letter, now: datetime) -> Notice:
    tries = many(letter.receives, "attempt")
    try:
        message = Message.model_validate_json(letter.body)
    except ValidationError:
        subject = letter.id
        text = f"a message that is none of ours was given up after {tries}: its id is {subject}"
    else:
        subject = message.id
        text = (
            f"a {message.kind} message for {subject} was given up after {tries}: see the log, "
            "mend the cause; what is still due is sent again by itself"
        )
    key = f"dead-letter:{letter.id}"
    return Notice(kind="dead-letter", key=key, subject=subject, text=text, at=now)
