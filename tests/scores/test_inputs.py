from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
hypothesis = pytest.importorskip("hypothesis")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from torch import Tensor  # noqa: E402

from headkb.errors import ShapeError  # noqa: E402
from headkb.scores import Score, previous_token  # noqa: E402
from headkb.scores.inputs import only, strongest  # noqa: E402
from headkb.tensors import Prompts  # noqa: E402
from tests.scores.registered import CASES, PATTERN_SCORES, bounds, label, reader  # noqa: E402

# Variants that only name other positions are the same code again.
NAMING = ("position-to-position", "paired-positions", "syntactic")
VARIANTS = [(s, name) for s, name in CASES if name is None or s.id not in NAMING]
PLACES = (
    "delimiter",
    "end",
    "io",
    "answer",
    "source",
    "context",
    "generated",
    "rare",
    "dependent",
    "head",
    "labels",
    "before_labels",
    "pronoun",
    "content",
    "words",
)


def some(seed: int, lengths: list[int], causal: bool, pad: int = 0) -> tuple[Tensor, Prompts]:
    """Random patterns with exact softmax rows over real keys, and prompts of few tokens, so that they recur."""
    generator = torch.Generator().manual_seed(seed)
    n, pos, heads = len(lengths), max(lengths) + pad, 3
    mask = torch.arange(pos) < torch.tensor(lengths)[:, None]
    visible = mask[:, None, :].expand(n, pos, pos)
    if causal:
        visible = visible & torch.ones(pos, pos, dtype=torch.bool).tril()
    logits = torch.randn(n, heads, pos, pos, generator=generator)
    pattern = logits.masked_fill(~visible[:, None], -torch.inf).softmax(-1)
    tokens = torch.randint(4, (n, pos), generator=generator)
    # Every name that a score may ask for: places within the shortest prompt, now and then none; units of two or three tokens.
    positions = {name: torch.randint(-1, min(lengths), (n, 2), generator=generator) for name in PLACES}
    positions |= {
        "word_start": torch.arange(pos).expand(n, -1) // 2 * 2,
        "segment_start": torch.arange(pos).expand(n, -1) // 3 * 3,
    }
    positions["delimiter"] = torch.full((n, 1), 1)
    return pattern, Prompts(tokens, mask, positions, {"period": 3, "causal": causal})


@pytest.mark.parametrize("case", VARIANTS, ids=label)
def test_the_callers_tensors_are_never_written(case: tuple[Score, str | None]):
    """Pattern, tokens and mask are the same after as before."""
    pattern, prompts = some(0, [9, 7], causal=True)
    before = pattern.clone(), prompts.tokens.clone(), prompts.mask.clone()
    reader(case)(pattern, prompts)
    assert torch.equal(pattern, before[0])
    assert torch.equal(prompts.tokens, before[1])
    assert torch.equal(prompts.mask, before[2])


@pytest.mark.parametrize("case", VARIANTS, ids=label)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), lengths=st.lists(st.integers(5, 12), min_size=1, max_size=4), causal=st.booleans())
def test_padding_and_batch_size_do_not_matter(case, seed, lengths, causal):
    """A prompt has the same value alone, in a batch, and with garbage or NaN where it is padded."""
    score = reader(case)
    pattern, prompts = some(seed, lengths, causal, pad=2)
    together = score(pattern, prompts)
    rubbish = torch.where((prompts.mask[:, :, None] & prompts.mask[:, None, :])[:, None], pattern, torch.tensor(7.0))
    rubbish = torch.where(prompts.mask[:, None, :, None], rubbish, torch.tensor(torch.nan))
    torch.testing.assert_close(score(rubbish, prompts), together, equal_nan=True, rtol=1e-5, atol=1e-6)
    for row, length in enumerate(lengths):
        alone = Prompts(
            prompts.tokens[row : row + 1, :length],
            prompts.mask[row : row + 1, :length],
            {name: where[row : row + 1] for name, where in prompts.positions.items()},
            prompts.meta,
        )
        value = score(pattern[row : row + 1, :, :length, :length], alone)
        torch.testing.assert_close(value, together[row : row + 1], equal_nan=True, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("score", PATTERN_SCORES.values(), ids=lambda score: score.id)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), length=st.integers(2, 12), causal=st.booleans())
def test_values_stay_in_the_stated_range(score, seed, length, causal):
    """No random head scores below the stated minimum or above the maximum."""
    low, high = bounds(score.id)
    values = score.reader()(*some(seed, [length], causal))
    values = values[~values.isnan()]
    assert ((values >= low) & (values <= high + 1e-6)).all()


@pytest.mark.parametrize("score", PATTERN_SCORES.values(), ids=lambda score: score.id)
def test_half_precision_is_summed_in_single(score):
    """Patterns in bfloat16 give float32 values."""
    pattern, prompts = some(0, [9], causal=True)
    assert score.reader()(pattern.bfloat16(), prompts).dtype == torch.float32
    assert score.reader()(pattern.double(), prompts).dtype == torch.float64


@pytest.mark.parametrize("score", PATTERN_SCORES.values(), ids=lambda score: score.id)
@pytest.mark.parametrize(
    ("shape", "tokens", "message"),
    [
        (
            (1, 2, 3, 4),
            (1, 4),
            "pattern is 3 x 4 positions; {} needs a square one. Pass the whole prompt, without a KV cache.",
        ),
        (
            (2, 4, 4),
            (2, 4),
            "pattern has 3 axes (2 x 4 x 4); {} needs 4: [batch, head, query_pos, key_pos]. "
            "Pass one layer at a time, with the batch axis.",
        ),
        (
            (2, 1, 4, 4),
            (2, 5),
            "pattern is 2 x 1 x 4 x 4 but the prompts are 2 x 5; {} needs prompts of shape 2 x 4. "
            "Pass the prompts of this batch.",
        ),
        ((1, 1, 0, 0), (1, 0), "pattern is 0 x 0 positions; {} needs at least one. Pass prompts that hold a token."),
    ],
)
def test_wrong_shapes_are_told_in_words(score, shape, tokens, message):
    """The message holds the shape found, the shape needed and what to do."""
    with pytest.raises(ShapeError) as caught:
        score.reader()(torch.zeros(shape), Prompts.of(torch.zeros(tokens)))
    assert str(caught.value) == message.format(score.id)


def test_integer_patterns_are_refused():
    """Attention weights are floating-point numbers."""
    with pytest.raises(ShapeError, match=r"holds torch\.int64; previous-token needs attention weights"):
        previous_token(torch.zeros(1, 1, 3, 3).long(), Prompts.of(torch.zeros(1, 3)))


@pytest.mark.parametrize("hole", [0.0, float("nan"), float("inf")])
def test_only_keeps_what_is_named_whatever_the_rest_holds(hole):
    """Padding may hold anything; the result is a tensor of its own, so that it may be written into."""
    weights = torch.tensor([[0.25, hole], [0.5, 0.5]])
    among = torch.tensor([[True, False], [True, True]])
    found = only(weights, among)
    assert found.tolist() == [[0.25, 0.0], [0.5, 0.5]]
    assert found.data_ptr() != weights.data_ptr()


def test_the_strongest_key_stands_alone_and_is_allowed():
    """Ties, rows without a positive weight, and larger weights that are not allowed give no key or the next one."""
    weights = torch.tensor([[0.2, 0.5, 0.3], [0.5, 0.5, 0.0], [0.0, 0.0, 0.0], [3.0, 7.0, 2.0]])[None, None]
    among = torch.tensor([[True, True, True], [True, True, True], [True, True, True], [True, False, True]])[None]
    assert strongest(weights, among).tolist() == [[[1, -1, -1, 0]]]
