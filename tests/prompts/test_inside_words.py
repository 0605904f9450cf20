from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb.prompts import make_prompts  # noqa: E402
from tests.prompts.prompt_text import at  # noqa: E402


def test_acronyms_ask_for_a_letter(tokenizer):
    """The answer is the capital of the word asked for; letters before it are there, one token each."""
    made = make_prompts("acronyms", tokenizer, 6)
    for row in range(6):
        assert at(tokenizer, made, "target", row)[0].strip()[0] == tokenizer.decode([int(made.paired["answers"][row])])
        assert at(tokenizer, made, "letter1", row) == [at(tokenizer, made, "capital1", row)[0].strip()[0]]
    assert torch.equal(made.positions["end"], made.positions["letter2"])


def test_later_years_are_greater(tokenizer):
    """The answer's token stands for more than the year's rest, the rival's for less; 01 is the corruption."""
    made = make_prompts("greater-than", tokenizer, 10)
    for row in range(10):
        rest = made.meta["years"][row] % 100
        tokens = made.meta["year_tokens"][row]
        assert tokens.index(int(made.paired["answers"][row])) > rest > tokens.index(int(made.paired["wrong"][row]))
    assert at(tokenizer, made.corrupted, "year_rest") == ["01"]
