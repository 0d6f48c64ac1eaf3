"""What is hidden of a machine's words, and what is not."""

import time

import pytest

from autoscaler.core.redact import HIDDEN, redacted, without_keys

X = HIDDEN


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        pytest.param("password=hunter2 next", f"password={X} next", id="a value after its name"),
        pytest.param("DB_PASSWORD: hunter2", f"DB_PASSWORD: {X}", id="as YAML"),
        pytest.param('{"secret_key": "a b"}', f'{{"secret_key": {X}}}', id="as JSON, with spaces"),
        pytest.param("the password is: hunter2", f"the password is: {X}", id="in a sentence"),
        pytest.param("run --api-key 'a b' now", f"run --api-key {X} now", id="as an option"),
        pytest.param("CLEARML_API_ACCESS_KEY=K", f"CLEARML_API_ACCESS_KEY={X}", id="ClearML's"),
        pytest.param("https://ann:pw@host/x", f"https://{X}@host/x", id="a login in an address"),
        pytest.param("https://tok@host/x", f"https://{X}@host/x", id="a token in an address"),
        pytest.param("got AKIAIOSFODNN7EXAMPLE", f"got {X}", id="an AWS key's id"),
        pytest.param(f"got {'aB3/' * 10}", f"got {X}", id="an AWS secret"),
        pytest.param(f"got /{'aB3/' * 9}aB3", f"got {X}", id="also when it begins with /"),
        pytest.param("got ABCDE12345ABCDE12345", f"got {X}", id="a ClearML key"),
        pytest.param("got aBcdE-12345_aBcdE12345", f"got {X}", id="a token with dashes"),
        pytest.param("got abcdefghijklm1234567", f"got {X}", id="a token in small letters"),
        pytest.param("got eyJhbGciOi.eyJzdWIi.Sf", f"got {X}", id="a JSON web token"),
        pytest.param("got ghp_abcdefgh", f"got {X}", id="GitHub's, short as it may be"),
        pytest.param("Authorization: Basic YW5u", f"Authorization: {X}", id="a header"),
        pytest.param("sent Bearer abcdef", f"sent Bearer {X}", id="a bearer's token"),
    ],
)
def test_hidden(line: str, shown: str) -> None:
    assert redacted(line) == shown


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("no GPU within 600 s: nvidia-smi was not found", id="plain words"),
        pytest.param("secret ssm:/lab/key: AccessDenied", id="where a secret is, and its fault"),
        pytest.param("env:API_TOKEN: there is no such variable", id="likewise of a variable"),
        pytest.param('boot phase name="secrets" seconds=1.2', id="the step that reads secrets"),
        pytest.param("task 8d4c2a51f0b94b6f9a1f0c5f7c1b2e3d runs", id="a task's id"),
        pytest.param("machine 01KB3S7V0QZX4M8T2R9W6Y5N1A-1-0", id="a machine's id of ours"),
        pytest.param("machine i-0123456789abcdef0", id="and of a cloud"),
        pytest.param("/usr/local/Lib/python3/site-packages/torch", id="a path"),
        pytest.param("cuda-drivers-fabricmanager-535", id="a package"),
        pytest.param("the token expired", id="a word alone"),
        pytest.param("internationalization-of-everything", id="a long word"),
    ],
)
def test_not_hidden(line: str) -> None:
    assert redacted(line) == line


def test_what_a_terminal_would_obey_is_left_out() -> None:
    assert redacted("\x1b[31mred\x1b[0m\x07 10 %\r100 %\n") == "100 %"
    assert redacted("a\tb\x00") == "a   b?"


def test_colours_inside_a_secret_do_not_save_it() -> None:
    assert redacted("got AKIAIOSF\x1b[1mODNN7EXAMPLE") == f"got {X}"


def test_a_long_line_is_cut_and_says_so() -> None:
    shown = redacted("word " * 1000)
    assert (len(shown), shown[-1]) == (240, "…")


def test_a_secret_at_the_cut_is_hidden_as_a_whole() -> None:
    assert "A1" not in redacted("x " * 110 + "A1" * 40)


@pytest.mark.parametrize(
    "line",
    ["a_key_a_" * 9000, "a-" * 9000, "://" * 9000, '"key":"' * 9000, "-" * 90000, "\\" * 90000],
    ids=lambda line: line[:8],
)
def test_no_text_takes_long(line: str) -> None:
    began = time.perf_counter()
    redacted(line)
    assert time.perf_counter() - began < 0.5


KEY = ["-----BEGIN RSA PRIVATE KEY-----", "MIIabc", "def==", "-----END RSA PRIVATE KEY-----"]


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        pytest.param(["a", *KEY, "b"], ["a", X, "b"], id="a key over some lines"),
        pytest.param(["x=" + " ".join(KEY), "b"], [f"x={X}", "b"], id="a key on one line"),
        pytest.param([KEY[0], *["MII"] * 9], [X], id="a key that the console cut off"),
        pytest.param([KEY[0], *["no"] * 999, "b"], [X, *["no"] * 800, "b"], id="no end at all"),
    ],
)
def test_a_key_is_hidden_with_all_its_lines(lines: list[str], shown: list[str]) -> None:
    assert list(without_keys(lines)) == shown
