from __future__ import annotations

import re

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")


from headkb.errors import HeadkbError, UnknownNameError  # noqa: E402
from headkb.prompts import make_prompts  # noqa: E402
from headkb.prompts.lists import LANGUAGES  # noqa: E402
from tests.prompts.prompt_text import text  # noqa: E402


def test_languages_come_in_turn_with_the_same_content(tokenizer):
    """Five languages with as many sentences each; a subset keeps its own numbers."""
    assert len({len(known) for known in LANGUAGES.values()}) == 1
    made = make_prompts("multilingual-sentences", tokenizer, 10)
    assert made.paired["labels"].tolist() == [0, 1, 2, 3, 4] * 2
    two = make_prompts("multilingual-sentences", tokenizer, 4, languages="French, Italian")
    assert two.meta["languages"] == ["French", "Italian"]
    with pytest.raises(UnknownNameError, match="no language named 'Latin'"):
        make_prompts("multilingual-sentences", tokenizer, 4, languages="Latin")


def test_concepts_return_up_to_their_first_token(tokenizer):
    """What stands before the word in the second half stands before it in the first; the counterpart's second half is the same."""
    made = make_prompts("concept-copying", tokenizer, 8, seed=1)
    for row in range(8):
        length = int(made.lengths[row])
        start = int(made.positions["concept"].view(8, -1)[row][0])
        before = int(made.positions["before_concept"][row])
        assert made.tokens[row, before].item() == made.tokens[row, start - 1].item()
        assert before == length - 2
        assert made.tokens[row, length - 1].item() == made.tokens[row, start].item()
        assert made.paired["answers"][row].item() == made.tokens[row, start + 1].item()
        assert torch.equal(made.tokens[row, before - 6 : length], made.corrupted.tokens[row, before - 6 : length])
        assert made.corrupted.tokens[row, start + 1].item() == made.paired["wrong"][row].item()


def test_worked_solutions_add_up(tokenizer):
    """The answer is what the sums say, and every sentence is a segment."""
    made = make_prompts("worked-solutions", tokenizer, 6, seed=3)
    for row, told in enumerate(made.meta["texts"]):
        count, paid = map(int, re.search(r"buys (\d+) .* pays (\d+)", told).groups())
        price, bag = map(int, re.search(r"costs (\d+), and the bag costs (\d+)", told).groups())
        assert told.endswith(f"The answer is {paid - count * price - bag}.")
        starts = made.positions["segment_start"][row]
        assert len(starts[starts >= 0].unique()) == 14
    with pytest.raises(HeadkbError, match=r"sentences of worked-solutions is 3\. Choose a whole number from 8 to 14"):
        make_prompts("worked-solutions", tokenizer, 1, sentences=3)


def test_the_needle_is_found_where_it_is_hidden(tokenizer):
    """The answer's tokens follow its queries, one by one, and are those of the needle; the depth moves it."""
    made = make_prompts("needle", tokenizer, 11, length=120)
    for row in range(11):
        source, answer = (made.positions[name][row][made.positions[name][row] >= 0] for name in ("source", "answer"))
        assert torch.equal(made.tokens[row, source], made.tokens[row, answer + 1])
        assert int(source.max()) < int(answer.min())
    early, late = (
        make_prompts("needle", tokenizer, 4, length=120, depth=depth).positions["needle"][:, 0] for depth in (0.0, 1.0)
    )
    assert (early < late).all()
    asking = make_prompts("needle", tokenizer, 2, length=60, forced=False)
    assert text(tokenizer, asking).endswith("Answer:")
    assert "answer" not in asking.positions


def test_a_needle_at_the_start_is_not_the_first_token(tokenizer):
    """At depth 0 the hidden sentence would be where a model without BOS rests its attention."""
    made = make_prompts("needle", tokenizer, 2, depth=0.0, length=40)
    assert (made.positions["needle"][:, 0] > 0).all()
    assert (
        make_prompts("needle", tokenizer, 2, depth=0.0, length=40, bos="first").positions["needle"][:, 0] == 1
    ).all()


def test_no_sentence_of_a_solution_holds_the_first_token_that_a_model_reads(tokenizer):
    """Without a BOS the first token is where heads rest; it belongs to no sentence then, and there are as many as with one."""
    made, whole = (make_prompts("worked-solutions", tokenizer, 3, bos=bos) for bos in ("none", "first"))
    assert (made.positions["segment_start"][:, 0] == -1).all()
    for row in range(3):
        counts = [prompts.positions["segment_start"][row] for prompts in (made, whole)]
        assert [int(starts[starts >= 0].unique().numel()) for starts in counts] == [14, 14]
