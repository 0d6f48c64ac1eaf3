"""Text from a machine, fit to be kept: what has the shape of a secret is hidden, known or not."""

import re
from collections.abc import Iterable, Iterator

HIDDEN = "********"

_LOOKED_AT = 1000  # of a line: a secret that is cut off before it is hidden has lost its shape
_KEPT = 240
_LONGEST_KEY = 200  # lines; an end that never comes must not hide all that follows
_BEGIN = re.compile("-----BEGIN [A-Z0-9 ]{1,40}-----")
_END = re.compile("-----END [A-Z0-9 ]{1,40}-----")
_COLOURS = re.compile(r"\x1b\[[0-9;:]*[A-Za-z]")
_NAMES = "key|secret|token|passw(?:or)?d|passphrase|pass|pwd|pat|credentials?|cookie"
_REST = r"[A-Za-z0-9_.-]{0,40}"
_VALUE = r"\"(?:[^\"\\]|\\.)*\"?|'[^']*'?|[^\s\"',;&]+"
_SECRETS = [
    # scheme://user:password@host, and a token alone before the @
    (re.compile(r"(://)[^\s/@]{1,400}@"), rf"\g<1>{HIDDEN}@"),
    (re.compile(r"(?i)\b(bearer)\s+[A-Za-z0-9+/=._~-]{6,}"), rf"\g<1> {HIDDEN}"),
    (
        re.compile(r"(?i)(authorization[\"']?\s*[=:]\s*[\"']?)(?:\w{1,20}\s+)?[^\s\"']+"),
        rf"\g<1>{HIDDEN}",
    ),
    (re.compile(rf"(?i)((?<!\S)--?[a-z-]{{0,40}}(?:{_NAMES})\s+)(?:{_VALUE})"), rf"\g<1>{HIDDEN}"),
    (re.compile(r"\beyJ[\w-]{5,}(?:\.[\w-]*){1,4}"), HIDDEN),  # a JSON web token
    (
        re.compile(r"\b(?:gh[a-z]_|github_pat_|glpat-|xox[a-z]-|hf_|sk-|ya29\.|AIza)[\w-]{8,}"),
        HIDDEN,
    ),
    (re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{8,}"), HIDDEN),
]
# where a secret is, not what it is
_REFERENCE = r"\b(?:env|ssm|secretsmanager|gcp-secret|file):[^\s=]+"
# key=value, key: value, "key": "value", also where the name says more
_NAMED = re.compile(
    rf"(?i){_REFERENCE}|((?<![A-Za-z0-9])(?:[A-Za-z0-9.]{{1,40}}[_-]){{0,6}}"
    rf"(?:{_NAMES}|[a-z]{{1,20}}key)s?(?:[_-]{_REST})?[\"']?\s*(?:is\s*)?[=:]\s*)(?:{_VALUE})"
)
_RUN = re.compile(r"[A-Za-z0-9+/=_-]{20,}")
_PART = re.compile(r"[A-Za-z0-9+=]{20,}")
_ID = re.compile("[0-9a-f]{32}|01[0-9A-HJKMNP-TV-Z]{24}")  # ClearML's and ours are no secrets
_AWS_SECRET = 40


def without_keys(lines: Iterable[str]) -> Iterator[str]:
    """The lines; those of a PEM block are hidden together, as each alone has no shape."""
    hidden = 0
    for line in lines:
        begins = _BEGIN.search(line[:_LOOKED_AT])
        if begins:
            hidden = _LONGEST_KEY
            yield line[: begins.start()] + HIDDEN
        elif not hidden:
            yield line
        if hidden:
            hidden = 0 if _END.search(line[:_LOOKED_AT]) else hidden - 1


def redacted(line: str) -> str:
    """The line without secrets and without what a terminal would obey; a long one is cut off."""
    plain = _COLOURS.sub("", line[:_LOOKED_AT].rstrip()).rpartition("\r")[2].expandtabs(4)
    shown = "".join(c if c.isprintable() else "?" for c in plain)
    for secret, instead in _SECRETS:
        shown = secret.sub(instead, shown)
    shown = _NAMED.sub(lambda found: f"{found[1]}{HIDDEN}" if found[1] else found[0], shown)
    shown = _RUN.sub(_without_tokens, shown)
    return shown if len(shown) <= _KEPT else f"{shown[: _KEPT - 1]}…"


def _without_tokens(run: re.Match[str]) -> str:
    """A path or a name of many words stays; what is as mixed as a token does not."""
    text = run[0]
    is_path = text.startswith("/") and len(text) != _AWS_SECRET
    if _is_mixed(text) and not is_path:
        return HIDDEN
    return _PART.sub(lambda part: HIDDEN if _is_token(part[0]) else part[0], text)


def _is_mixed(text: str) -> bool:
    kinds = (str.isupper, str.islower, str.isdigit)
    return all(any(kind(c) for c in text) for kind in kinds)


def _is_token(text: str) -> bool:
    """Letters and digits in one long word, which no word of a language is."""
    if _ID.fullmatch(text):
        return False
    return any(c.isdigit() for c in text) and any(c.isalpha() for c in text)
