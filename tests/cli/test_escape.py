"""Text from outside cannot command the terminal."""

import pytest

from autoscaler.cli.escape import log_line, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("plain ünïcode 模型", "plain ünïcode 模型", id="letters stay"),
        pytest.param("[red]no[/red]", "[red]no[/red]", id="markup is only text"),
        pytest.param("a\x1b[31mb", "a\\x1b[31mb", id="an ANSI code is shown"),
        pytest.param("a\nb\rc\td", "a\\nb\\rc\\td", id="line ends and tabs are shown"),
        pytest.param("a\u202eb", "a\\u202eb", id="a change of direction is shown"),
        pytest.param("a\u200bb", "a\\u200bb", id="a character without width is shown"),
        pytest.param("a\x9bb", "a\\x9bb", id="a control character of eight bits is shown"),
        pytest.param("a\ud800b", "a\\ud800b", id="half a pair is shown"),
    ],
)
def test_what_cannot_be_seen_is_made_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        pytest.param("\x1b[1;31mred\x1b[0m end\n", "red end", id="colours are taken out"),
        pytest.param("10%\r20%\r30%\n", "30%", id="the last state of a progress bar is left"),
        pytest.param("a\tb", "a   b", id="tabs stay spaces"),
        pytest.param("\x1b]0;title\x07x", "\\x1b]0;title\\x07x", id="a window title is shown"),
    ],
)
def test_a_line_of_a_log_stays_readable(line: str, shown: str) -> None:
    assert log_line(line) == shown
