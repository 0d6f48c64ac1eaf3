"""The text of a configuration: YAML, JSON, and what is neither."""

import json

import pytest

from autoscaler.config import parse
from autoscaler.errors import Problem
from tests.config.example import edited, problems

NONE_YET = "`autoscaler init` writes one to start from"


@pytest.mark.parametrize(
    ("text", "field", "remedy"),
    [
        pytest.param("", "autoscaler.yaml", f"is empty: {NONE_YET}", id="nothing"),
        pytest.param("# only\n", "autoscaler.yaml", f"is empty: {NONE_YET}", id="a comment"),
        pytest.param(
            "- name: team",
            "autoscaler.yaml",
            f"begins with a key, like autoscalers: {NONE_YET}",
            id="a list",
        ),
        pytest.param(
            "deployment: 'lab\n",
            "autoscaler.yaml (line 1, column 13)",
            "quotes that do not close",
            id="quotes that do not close are told where they open",
        ),
        pytest.param(
            "a: b: c",
            "autoscaler.yaml (line 1, column 5)",
            "one colon too many, or wrong indentation: text with ': ' needs quotes",
            id="a colon too many",
        ),
        pytest.param(
            "a:\n\tb: c",
            "autoscaler.yaml (line 2, column 1)",
            "a tab indents here: use spaces",
            id="a tab",
        ),
        pytest.param(
            "a: %b",
            "autoscaler.yaml (line 1, column 4)",
            "text that begins with this character needs quotes",
            id="a sign that begins no text",
        ),
        pytest.param(
            "a: [b, c\n",
            "autoscaler.yaml (line 2, column 1)",
            "a bracket or a comma is missing",
            id="a bracket that does not close",
        ),
        pytest.param(
            "a:\n  - b\n c: d\n",
            "autoscaler.yaml (line 3, column 2)",
            "does not line up with what is above: look at the indentation",
            id="crooked indentation",
        ),
        pytest.param(
            "a: 1\n---\nb: 2\n",
            "autoscaler.yaml (line 2, column 1)",
            "a second document begins here (---): keep one",
            id="two documents",
        ),
        pytest.param(
            "a: \x07",
            "autoscaler.yaml (line 1)",
            "a character that cannot be seen: take it out",
            id="a bell",
        ),
        pytest.param(
            "a: " + "[" * 1000,
            "autoscaler.yaml (line 1, column 34)",
            "nested too deep: this is no configuration",
            id="a well without a floor",
        ),
        pytest.param(
            "a: &a [*a]",
            "autoscaler.yaml (line 1, column 4)",
            "too many values (aliases count each time): this is no configuration",
            id="an alias of itself",
        ),
        pytest.param(
            'a: "\\UFFFFFFFF"',
            "autoscaler.yaml",
            "not YAML from here on: look at quotes and indentation",
            id="a character that does not exist",
        ),
        pytest.param(
            "#" * 1_000_001,
            "autoscaler.yaml",
            "larger than 1000000 characters: this is no configuration",
            id="a text beyond reason",
        ),
    ],
)
def test_what_is_no_yaml_is_told_with_its_place(text: str, field: str, remedy: str) -> None:
    assert problems(text) == [Problem(field, "", remedy)]


def test_a_bomb_of_aliases_is_refused() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]

    (problem,) = problems("\n".join(levels))

    assert problem.remedy.startswith("too many values")


def test_a_key_that_is_written_twice_is_told_with_both_lines() -> None:
    assert problems(edited("deployment: lab", "deployment: a\ndeployment: b")) == [
        Problem("deployment (line 1)", "", "written twice, on line 1 and on line 2: keep one")
    ]


def test_a_key_that_is_no_text_and_a_tag_are_told_with_the_rest() -> None:
    text = edited("deployment: lab", "[a]: b\nstate: !!python/name:os.system x")

    assert problems(text) == [
        Problem("autoscaler.yaml (line 1)", "", "the key on line 1 is no plain text"),
        Problem("state (line 2)", "", "tags (!) are not read: write the plain value"),
    ]


@pytest.mark.parametrize("word", ["off", "yes", "1:30", "2026-01-01", "1e5", "0777", ".inf"])
def test_words_that_yaml_1_1_takes_for_something_else_stay_text(word: str) -> None:
    config = parse(edited("[cpu, default]", f"[{word}]"))

    assert config.by_key["team/cpu"].queues == (word,)


def test_json_is_read_too_with_tabs_and_rare_characters() -> None:
    data = {
        "clearml": {"api": "https://api.clear.ml"},
        "autoscalers": [
            {
                "name": "team",
                "resources": [
                    {
                        "name": "cpu",
                        "provider": "process",
                        "queues": ["😀 queue"],
                        "max_instances": 1,
                    }
                ],
            }
        ],
    }

    config = parse(json.dumps(data, indent="\t"))

    assert config.by_key["team/cpu"].queues == ("😀 queue",)


def test_an_alias_repeats_a_value() -> None:
    text = edited("workers_prefix: dynamic_team", "max_idle: &short 5m\n    max_spin_up: *short")

    assert parse(text).autoscalers[0].max_spin_up == parse(text).autoscalers[0].max_idle
