from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb.prompts import make_prompts  # noqa: E402
from tests.prompts.prompt_text import at  # noqa: E402


def test_moods_swap(tokenizer):
    """Who is asked about and who likes parties are balanced; the summary comma is that person's."""
    made = make_prompts("toy-mood-story", tokenizer, 8)
    assert made.paired["labels"].tolist() == [1, 0, 0, 1] * 2
    second = torch.tensor([False, True] * 4)
    expected = torch.where(second, made.positions["sum2"], made.positions["sum1"])
    assert torch.equal(made.positions["sum"], expected)
    asked = torch.where(second, made.positions["name2"], made.positions["name1"])
    names = [tokenizer.decode([int(made.tokens[row, pos])]).strip() for row, pos in enumerate(asked.tolist())]
    assert names == [at(tokenizer, made, "query", row)[0].strip() for row in range(8)]


def test_reviews_flip(tokenizer):
    """The corrupted review differs in adjective and verb alone."""
    made = make_prompts("toy-movie-review", tokenizer, 6)
    changed = made.corrupted.tokens != made.tokens
    assert changed.sum(1).tolist() == [2] * 6
    assert changed.gather(1, torch.stack([made.positions["adj"], made.positions["verb"]], 1)).all()
    assert at(tokenizer, made, "sum") == [" movie"]
