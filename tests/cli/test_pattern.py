"""`headkb pattern` prints where a head looks, and says in one sentence why it cannot."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from headkb.cli import main

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytestmark = pytest.mark.usefixtures("one_thread")


def run(*words: str) -> tuple[int, str]:
    """Exit code and everything printed of `headkb pattern …`."""
    done = CliRunner().invoke(main, ["pattern", *words])
    return done.exit_code, done.output


def test_a_line_a_token() -> None:
    """The head of an exact model that looks one token back does so; the tokenizer's own first token counts."""
    code, text = run("exact-previous-token", "L0H0", "--text", "a b c", "--top", "1")
    lines = [line.split() for line in text.splitlines()]
    assert code == 0
    assert lines[1][:2] == ["no.", "token"]
    numbers = [line[-2] for line in lines[2:]]
    assert numbers == ["(0)", *(f"({q - 1})" for q in range(1, len(numbers)))]
    assert all(line[-1] == "1.00" for line in lines[2:])


def test_all_weights_as_json() -> None:
    """Rows of the tokens that are named, each summing to one."""
    code, text = run("organism-tasks", "1.2", "--text", "the cat saw the dog .", "--json")
    data = json.loads(text)
    assert code == 0
    assert (data["model"], data["head"], data["text"]) == ("organism-tasks", "L1H2", "the cat saw the dog .")
    assert len(data["weights_sha256"]) == 64
    assert len(data["pattern"]) == len(data["tokens"]) == 7
    assert [sum(row) for row in data["pattern"]] == pytest.approx([1.0] * 7, abs=1e-4)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("organism-tasks", "x", "--text", "a"), "is not a head"),
        (("organism-tasks", "L9H2", "--text", "the cat"), "has no L9H2 that attends: it has 4 layers of 8 heads"),
        (("organism-tasks", "L0H8", "--text", "the cat"), "has no L0H8 that attends"),
        (("organism-tasks", "L0H0", "--text", ""), "makes no token of"),
        (("organism-tasks", "L0H0", "--text", "the " * 600), "reads at most"),
        (("organism-tasks", "L0H0"), "Missing option '--text'"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_one_sentence(words: tuple[str, ...], said: str) -> None:
    """With exit code 2 and no trace."""
    code, text = run(*words)
    assert code == 2
    assert said in text
    assert "did not foresee" not in text
