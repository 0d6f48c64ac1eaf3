"""Values that have a form: the pattern, and what to write where it does not fit."""

import re

from pydantic import AfterValidator

from autoscaler.config.faults import mistake


def form(pattern: re.Pattern[str] | str, remedy: str) -> AfterValidator:
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise mistake(remedy)
        return text

    return AfterValidator(check)
