"""What is wrong with a text that is no YAML, without repeating it: it may hold a secret."""

import yaml

_EXPLAINED = (
    ("too deep", "nested too deep: this is no configuration"),
    ("too many", "too many values (aliases count each time): this is no configuration"),
    ("'\\t'", "a tab indents here: use spaces"),
    ("cannot start any token", "text that begins with this character needs quotes"),
    (
        "mapping values are not allowed",
        "one colon too many, or wrong indentation: text with ': ' needs quotes",
    ),
    ("expected ':'", "a key without its colon, or quotes that do not close"),
    ("expected <block end>", "does not line up with what is above: look at the indentation"),
    ("expected ',' or", "a bracket or a comma is missing"),
    ("while scanning a quoted", "quotes that do not close"),
    ("undefined alias", "an alias (*) of nothing: text that begins with * needs quotes"),
    ("duplicate anchor", "an anchor (&) with a name that is used already"),
    ("single document", "a second document begins here (---): keep one"),
    ("ReaderError", "a character that cannot be seen: take it out"),
)


def explain(error: Exception, text: str) -> tuple[str, str]:
    """Where it is, as " (line 3, column 5)", and what to do about it."""
    said = (
        f"{getattr(error, 'context', '')} {getattr(error, 'problem', '')} {type(error).__name__}"
    )
    remedy = next((remedy for sign, remedy in _EXPLAINED if sign in said), "")
    return _place(error, text), remedy or "not YAML from here on: look at quotes and indentation"


def _place(error: Exception, text: str) -> str:
    if isinstance(error, yaml.MarkedYAMLError):
        open_quotes = "quoted scalar" in (error.context or "") and error.context_mark
        mark = open_quotes or error.problem_mark or error.context_mark
        return f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
    if isinstance(error, yaml.reader.ReaderError):
        return f" (line {text.count(chr(10), 0, error.position) + 1})"
    return ""
