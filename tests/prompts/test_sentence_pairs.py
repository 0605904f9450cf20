from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb.prompts import make_prompts  # noqa: E402
from headkb.prompts.lists import ASKED, REPLIES, STYLES  # noqa: E402
from tests.prompts.prompt_text import at, text  # noqa: E402


def test_apostrophes_are_followed_and_everything_else_is_plain(tokenizer):
    """Every pair of neighbours is in one of the two lists."""
    made = make_prompts("contractions", tokenizer, 20, seed=1)
    for row in range(20):
        assert all("'" in sign for sign in at(tokenizer, made, "apostrophe", row))
        assert not any("'" in sign for sign in at(tokenizer, made, "plain", row))
        firsts = [
            p for name in ("apostrophe", "plain") for p in made.positions[name].view(20, -1)[row].tolist() if p >= 0
        ]
        nexts = [
            p
            for name in ("after_apostrophe", "after_plain")
            for p in made.positions[name].view(20, -1)[row].tolist()
            if p >= 0
        ]
        assert [p + 1 for p in firsts] == nexts
        assert sorted(firsts) == list(range(int(made.lengths[row]) - 1))


def test_counterparts_of_other_lengths_keep_their_places(tokenizer):
    """Questions and statements, instructions with and without an attack: final signs and data lie where they should."""
    made = make_prompts("question-statements", tokenizer, len(ASKED))
    assert {at(tokenizer, made, "final", row)[0] for row in range(len(ASKED))} == {"?"}
    assert {at(tokenizer, made.corrupted, "final", row)[0] for row in range(len(ASKED))} == {"."}
    told = make_prompts("instruction-data", tokenizer, 30)
    assert (told.corrupted.lengths > told.lengths).all()
    for some in (told, told.corrupted):
        for row in range(30):
            assert "".join(at(tokenizer, some, "instruction", row)).strip() == "Say hello."
    assert "Forget the instruction" in "".join(at(tokenizer, told.corrupted, "data", 0))
    assert "Forget" not in text(tokenizer, told, 0)


def test_styles_and_replies_are_sorted_and_grouped(tokenizer):
    """Each group holds both labels equally often, so the text asked tells nothing."""
    made = make_prompts("two-styles", tokenizer, 2 * len(STYLES))
    assert made.paired["labels"].tolist() == [0, 1] * len(STYLES)
    assert torch.equal(made.paired["groups"][::2], made.paired["groups"][1::2])
    replies = make_prompts("reply-language", tokenizer, 4 * len(REPLIES))
    for group in range(len(REPLIES)):
        mine = replies.paired["groups"] == group
        assert replies.paired["labels"][mine].tolist() == [1, 0, 0, 1]
    for label, languages in zip(replies.paired["labels"].tolist(), replies.meta["languages"], strict=True):
        asked, told = languages.split(", ")
        assert label == int(asked == told)
