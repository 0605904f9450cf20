"""The largest attention to one earlier word, on rows written by hand."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from headkb.errors import UnknownNameError  # noqa: E402
from headkb.scores import largest_attention, position_to_position  # noqa: E402
from headkb.tensors import Prompts  # noqa: E402


def prompt(pronoun=5, content=(0, 1, 2, 4, 5)):
    """Six tokens; every place that must not count is among the candidates."""
    where = {"pronoun": torch.tensor([pronoun]), "content": torch.tensor([content]), "antecedent": torch.tensor([2])}
    return Prompts.of(torch.tensor([[9, 8, 7, 6, 5, 4]]), where, causal=True)


def row(*weights):
    """One head whose every query pays these weights."""
    return torch.tensor(weights).expand(1, 1, 6, 6)


def test_the_largest_single_weight_counts():
    """Of 0.2 on position 1 and 0.3 on 2, the second."""
    assert largest_attention(row(0.1, 0.2, 0.3, 0.2, 0.1, 0.1), prompt()).item() == pytest.approx(0.3)


def test_first_position_token_before_and_itself_do_not_count():
    """A sink, a previous-token head and a head on itself score 0, though those places are candidates."""
    for place in (0, 4, 5):
        assert largest_attention(row(*[float(at == place) for at in range(6)]), prompt()).item() == 0.0


def test_words_that_are_no_candidates_do_not_count():
    """Position 3 is none."""
    assert largest_attention(row(0.0, 0.0, 0.0, 1.0, 0.0, 0.0), prompt()).item() == 0.0


def test_a_head_on_the_wrong_word_scores_as_high_as_one_on_the_right_word():
    """What the number cannot tell, attention to the antecedent does."""
    right, wrong = row(0.0, 0.0, 1.0, 0.0, 0.0, 0.0), row(0.0, 1.0, 0.0, 0.0, 0.0, 0.0)
    assert largest_attention(right, prompt()).item() == largest_attention(wrong, prompt()).item() == 1.0
    paid = [position_to_position(p, prompt(), query="pronoun", key="antecedent").item() for p in (right, wrong)]
    assert paid == [1.0, 0.0]


def test_a_pronoun_without_a_candidate_has_no_value():
    """NaN, not 0: nothing was there to attend to."""
    assert largest_attention(row(0.5, 0.5, 0.0, 0.0, 0.0, 0.0), prompt(pronoun=2, content=(0, 1, 2, -1, -1))).isnan()


def test_prompts_without_such_places_are_refused():
    """With the names that there are."""
    with pytest.raises(UnknownNameError, match="pronoun"):
        largest_attention(row(1.0, 0.0, 0.0, 0.0, 0.0, 0.0), Prompts.of(torch.zeros(1, 6)))
