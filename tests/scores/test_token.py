from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from headkb.errors import HeadkbError, UnknownNameError  # noqa: E402
from headkb.scores import attention_to_delimiter, duplicate_token, induction  # noqa: E402
from headkb.tensors import Prompts  # noqa: E402

BOS, A, B, C = 0, 5, 6, 7
#                              pos 0  1  2  3  4  5  6
PROMPT = Prompts.of(torch.tensor([[BOS, A, B, C, A, B, C]]), period=3)


def looking_at(*keys):
    """One head whose query t attends to `keys[t]` alone."""
    return torch.eye(len(keys))[list(keys)][None, None]


def test_duplicate_token_is_one_for_a_head_on_earlier_copies():
    """Queries 4, 5 and 6 look at 1, 2 and 3; the others rest on BOS and do not count."""
    assert duplicate_token(looking_at(0, 0, 0, 0, 1, 2, 3), PROMPT).item() == 1.0


def test_duplicate_token_is_zero_for_a_head_on_itself():
    """The own position holds the same token but is no earlier copy."""
    assert duplicate_token(looking_at(0, 1, 2, 3, 4, 5, 6), PROMPT).item() == 0.0


def test_duplicate_token_adds_up_all_earlier_copies():
    """A third occurrence that shares its attention between the two before it is perfect."""
    prompt = Prompts.of(torch.tensor([[A, A, A]]))
    pattern = torch.tensor(
        # key 0, 1, 2
        [[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.5, 0.5, 0.0]]
    )[None, None]
    assert duplicate_token(pattern, prompt).item() == 1.0


def test_induction_is_one_for_a_head_on_what_followed():
    """Queries 4, 5 and 6 look at 2, 3 and 4."""
    assert induction(looking_at(0, 0, 0, 0, 2, 3, 4), PROMPT).item() == 1.0


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param((0, 0, 0, 0, 0, 0, 0), id="rests on BOS"),
        pytest.param((0, 1, 2, 3, 4, 5, 6), id="current token"),
        pytest.param((0, 0, 0, 0, 1, 2, 3), id="earlier copies"),
        pytest.param((0, 0, 1, 2, 3, 4, 5), id="previous token"),
    ],
)
def test_induction_is_exactly_zero_for_other_heads(keys):
    """No query outside the second copy counts, so resting on BOS or copies gives 0 and not 1 / (L + 2)."""
    assert induction(looking_at(*keys), PROMPT).item() == 0.0


def test_thresholded_induction_counts_the_own_position_and_drops_small_weights():
    """A run of one token: HeadVis' target of query 1 is the query itself; a weight below the threshold is 0, one at it is kept."""
    prompt = Prompts.of(torch.tensor([[A, A, A]]))
    pattern = torch.tensor([[1.0, 0.0, 0.0], [0.75, 0.25, 0.0], [0.5, 0.45, 0.05]])[None, None]
    assert induction(pattern, prompt, measure="thresholded").item() == pytest.approx((0.25 + 0.5) / 2)
    assert induction(pattern, prompt, measure="thresholded", threshold=0.25).item() == pytest.approx((0.25 + 0.45) / 2)
    assert induction(pattern, prompt, measure="thresholded", threshold=0.5).item() == 0.0
    assert induction(looking_at(0, 0, 0, 0, 2, 3, 4), PROMPT, measure="thresholded").item() == 1.0


@pytest.mark.parametrize("threshold", [-0.1, 1.5, "much"])
def test_a_threshold_is_a_share_of_attention(threshold):
    """Anything else is refused with the range."""
    with pytest.raises(HeadkbError, match="threshold"):
        induction(looking_at(0, 0, 0, 0, 2, 3, 4), PROMPT, measure="thresholded", threshold=threshold)


def test_induction_averages_over_the_second_copy_only():
    """Three queries count; one of them pays 0.6 to its target."""
    pattern = looking_at(0, 0, 0, 0, 2, 0, 0)
    pattern[0, 0, 4] = torch.tensor([0.4, 0.0, 0.6, 0.0, 0.0, 0.0, 0.0])
    assert induction(pattern, PROMPT).item() == pytest.approx(0.2)


def test_a_token_after_itself_is_no_induction_target():
    """In `A A`, what followed the first A is the query itself, which cannot be told from resting."""
    assert induction(looking_at(0, 1), Prompts.of(torch.tensor([[A, A]]))).isnan().all()


@pytest.mark.parametrize("score", [duplicate_token, induction])
def test_no_repetition_no_value(score):
    """Where no token recurs the score is not 0 but undefined."""
    assert score(looking_at(0, 0, 0), Prompts.of(torch.tensor([[A, B, C]]))).isnan().all()


@pytest.mark.parametrize("score", [duplicate_token, induction])
def test_the_stripe_needs_a_period(score):
    """The diagonal is known only with the length of the block; the message says where to get it."""
    prompt = Prompts.of(PROMPT.tokens)
    with pytest.raises(
        HeadkbError, match=r"Choose --generator repeated-random-tokens, or say it: --set score.period=N"
    ):
        score(looking_at(0, 0, 0, 0, 2, 3, 4), prompt, measure="stripe")
    assert score(looking_at(0, 0, 0, 0, 1, 2, 3), prompt, measure="stripe", period=3).isfinite().all()


#                                    pos 0  1  2  3  4
DELIMITED = Prompts.of(torch.tensor([[A, 9, B, 9, C]]), {"delimiter": torch.tensor([[1, 3]])})


def test_delimiter_counts_queries_that_see_one():
    """Position 0 sees none in a causal model, 1 and 3 are delimiters: queries 2 and 4 count."""
    pattern = torch.tensor(
        # key 0, 1, 2, 3, 4
        [
            [1.0, 0.0, 0.0, 0.0, 0.0],
            [1.0, 0.0, 0.0, 0.0, 0.0],
            [0.0, 0.8, 0.2, 0.0, 0.0],
            [1.0, 0.0, 0.0, 0.0, 0.0],
            [0.3, 0.2, 0.0, 0.5, 0.0],
        ]
    )[None, None]
    assert attention_to_delimiter(pattern, DELIMITED).item() == pytest.approx((0.8 + 0.7) / 2)
    assert attention_to_delimiter(pattern, DELIMITED, include_delimiter_queries=True).item() == pytest.approx(1.5 / 4)
    assert attention_to_delimiter(pattern, DELIMITED, causal=False).item() == pytest.approx(1.5 / 3)


def test_delimiter_is_one_for_a_perfect_head_and_zero_for_its_opposite():
    """The first query, which sees no delimiter yet, costs nothing."""
    assert attention_to_delimiter(looking_at(0, 0, 1, 0, 3), DELIMITED).item() == 1.0
    assert attention_to_delimiter(looking_at(0, 1, 2, 3, 4), DELIMITED).item() == 0.0


def test_delimiters_can_be_named_by_token():
    """Token ids say the same as positions."""
    bare = Prompts.of(DELIMITED.tokens)
    assert attention_to_delimiter(looking_at(0, 0, 1, 0, 3), bare, tokens=[9]).item() == 1.0


def test_sieve_is_one_without_preference():
    """A uniform head gives each delimiter as much as any other key."""
    uniform = torch.full((5, 5), 0.2)[None, None]
    assert attention_to_delimiter(uniform, DELIMITED, measure="sieve", causal=False).item() == pytest.approx(1.0)
    perfect = looking_at(1, 1, 1, 1, 1)  # all on one of two delimiters: mean 1/2 each, against 1/5 a key
    assert attention_to_delimiter(perfect, DELIMITED, measure="sieve", causal=False).item() == pytest.approx(2.5)


def test_prompts_without_delimiters_are_refused():
    """The message names what the prompts do have."""
    prompt = Prompts.of(PROMPT.tokens, {"delimiters": torch.tensor([1])})
    with pytest.raises(UnknownNameError) as caught:
        attention_to_delimiter(looking_at(0, 0, 0, 0, 2, 3, 4), prompt)
    assert str(caught.value) == (
        "no positions named 'delimiter'. Did you mean 'delimiters'? "
        "attention-to-delimiter needs prompts that name them; these have delimiters. "
        "Leave --generator out for prompts that do, or name others with --set."
    )
