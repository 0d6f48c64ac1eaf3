"""How a page of options is made: a row for each, with the key and the test that answer it."""

from typing import NamedTuple


class Answer(NamedTuple):
    """`keys`: where they stand, with a resource's provider; none for what is not supported.

    `remark` says what differs, or why it is unsupported.
    """

    option: str
    keys: tuple[str, ...] = ()
    test: str = ""
    remark: str = ""


class Page(NamedTuple):
    """`options` are the app's, as its form shows them from top to bottom."""

    name: str
    head: str
    provider: str
    options: tuple[str, ...]
    answers: tuple[Answer, ...]

    def text(self) -> str:
        return self.head + "".join(map(self._row, self.answers))

    def _row(self, answer: Answer) -> str:
        shown = (key.replace(f".resources.{self.provider}", ".resources") for key in answer.keys)
        keys = ", ".join(f"`{key}`" for key in shown)
        test = f"`tests/{answer.test}`" if answer.test else ""
        return f"| {answer.option} | {keys} | {answer.remark} | {test} |\n"


def unsupported(option: str, because: str) -> Answer:
    return Answer(option, remark=f"unsupported, because {because}")
