"""Scores over pairs of places and of sentences: perfect heads, opposite heads, slow loops, and wrong use."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("hypothesis")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from headkb.errors import ShapeError, UnknownNameError  # noqa: E402
from headkb.scores import SCORES  # noqa: E402
from headkb.scores.pair_records import PAIR_SCORES  # noqa: E402
from headkb.tensors import Prompts  # noqa: E402

PAIRED, RECEIVER = SCORES["paired-positions"], SCORES["receiver"]
WHERE = {"labels": [3, 6, -1], "before_labels": [2, 5, -1], "after_plain": [4, 7, 7], "plain": [3, 6, 1]}


def prompts(pos=8, causal=True, **changes):
    """One prompt of `pos` tokens with two labels and three other pairs, of which two share a query."""
    places = {**WHERE, **changes}
    return Prompts.of(torch.arange(pos)[None], {name: torch.tensor([at]) for name, at in places.items()}, causal=causal)


def looking(*targets):
    """A head whose query t attends to targets[t] alone."""
    return torch.eye(len(targets))[list(targets)][None, None]


PERFECT = looking(0, 0, 0, 2, 0, 0, 5, 0)
OPPOSITE = looking(0, 0, 0, 0, 3, 0, 0, 6)


def test_a_head_that_goes_from_each_place_to_its_own_scores_1():
    """And one that never does 0; taken against other pairs, the one that does only those −1."""
    assert PAIRED.reader()(PERFECT, prompts()).item() == 1.0
    assert PAIRED.reader()(OPPOSITE, prompts()).item() == 0.0
    other = {"other_query": "after_plain", "other_key": "plain"}
    assert PAIRED.reader(**other)(PERFECT, prompts()).item() == 1.0
    assert PAIRED.reader(**other)(OPPOSITE, prompts()).item() == -1.0


def test_even_attention_is_once_uniform():
    """A head that spreads over all it sees scores exactly 1 in units of even attention, whatever the length."""
    even = torch.ones(8, 8).tril()
    even = (even / even.sum(-1, keepdim=True))[None, None]
    assert PAIRED.reader(measure="times-uniform")(even, prompts()).item() == pytest.approx(1.0)
    assert PAIRED.reader(measure="times-uniform")(PERFECT, prompts()).item() == pytest.approx((4 + 7) / 2)


def test_a_query_with_two_keys_counts_once():
    """Half on either key is all that can be wanted."""
    look = looking(*[0] * 8)
    look[0, 0, 7] = torch.tensor([0, 0.5, 0, 0, 0, 0, 0.5, 0])
    names = {"query": "after_plain", "key": "plain"}
    assert PAIRED.reader(**names)(look, prompts(after_plain=[7, 7, -1], plain=[6, 1, -1])).item() == 1.0


def slow_pairs(a, queries, keys, causal):
    """Each query once, with the attention on all its keys that it sees."""
    targets: dict[int, set[int]] = {}
    for query, key in zip(queries, keys, strict=True):
        if query >= 0 and key >= 0 and (key <= query or not causal):
            targets.setdefault(query, set()).add(key)
    values = [sum(a[query][key] for key in found) for query, found in targets.items()]
    return sum(values) / len(values) if values else float("nan")


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 100_000),
    causal=st.booleans(),
    places=st.lists(st.tuples(st.integers(-1, 7), st.integers(-1, 7)), min_size=1, max_size=6),
)
def test_paired_positions_equal_the_loops(seed, causal, places):
    """Pairs out of sight, padding and double entries included."""
    logits = torch.randn(1, 2, 8, 8, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    if causal:
        logits = logits.masked_fill(~torch.ones(8, 8, dtype=torch.bool).tril(), -torch.inf)
    pattern = logits.softmax(-1)
    queries, keys = [q for q, _ in places], [k for _, k in places]
    got = PAIRED.reader()(pattern, prompts(causal=causal, labels=queries, before_labels=keys))
    expected = torch.tensor([[slow_pairs(pattern[0, h].tolist(), queries, keys, causal) for h in range(2)]])
    torch.testing.assert_close(got.float(), expected, rtol=0, atol=1e-6, equal_nan=True)


def test_lists_of_different_lengths_are_refused():
    """Both shapes stand in the message; half of a comparison is refused too."""
    with pytest.raises(
        ShapeError, match="positions 'labels' are 1 x 3 and 'before_labels' 1 x 2; paired-positions needs"
    ):
        PAIRED.reader()(PERFECT, prompts(before_labels=[2, 5]))
    with pytest.raises(UnknownNameError, match="give both or none"):
        PAIRED.reader(other_query="after_plain")(PERFECT, prompts())
    with pytest.raises(UnknownNameError, match="no measure of paired-positions named 'max'"):
        PAIRED.function(PERFECT, prompts(), measure="max")


def sentences(lengths):
    """Prompts of sentences of these lengths."""
    starts, at = [], 0
    for length in lengths:
        starts += [at] * length
        at += length
    return Prompts.of(torch.arange(at)[None], {"segment_start": torch.tensor([starts])}, causal=True)


def slow_receiver(a, starts, apart):
    """Sentence by sentence, then scipy's kurtosis."""
    stats = pytest.importorskip("scipy.stats")
    names = sorted(set(starts))
    tokens = [[t for t, start in enumerate(starts) if start == name] for name in names]
    profile = []
    for i in range(len(names) - apart):
        readers = range(i + apart, len(names))
        means = [sum(a[q][k] for q in tokens[j] for k in tokens[i]) / len(tokens[j]) / len(tokens[i]) for j in readers]
        profile.append(sum(means) / len(means))
    return float(stats.kurtosis(profile, fisher=True, bias=True))


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10_000), lengths=st.lists(st.integers(1, 3), min_size=7, max_size=10), apart=st.integers(1, 4)
)
def test_receiver_equals_the_loops(seed, lengths, apart):
    """To 1e-6, with sentences of different lengths."""
    made = sentences(lengths)
    pos = made.tokens.shape[1]
    logits = 2 * torch.randn(1, 2, pos, pos, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    pattern = logits.masked_fill(~torch.ones(pos, pos, dtype=torch.bool).tril(), -torch.inf).softmax(-1)
    starts = made.positions["segment_start"][0].tolist()
    got = RECEIVER.reader(apart=apart)(pattern, made)
    expected = [slow_receiver(pattern[0, h].tolist(), starts, apart) for h in range(2)]
    torch.testing.assert_close(got[0], torch.tensor(expected, dtype=torch.float64), rtol=1e-6, atol=1e-6)


def test_one_broadcasting_sentence_is_the_upper_end_and_two_halves_the_lower():
    """m² / (m − 1) − 6 for one of m sentences, −2 where half of them get everything alike; a flat profile has no shape."""
    made = sentences([1] * 12)  # eight sentences have readers
    look = torch.zeros(1, 3, 12, 12)
    look[0, 0, :, 2] = 1
    look[0, 1, :, :8:2] = 0.25
    look[0, 2] = 1 / 12
    one, halves, flat = RECEIVER.reader()(look, made)[0].tolist()
    assert one == pytest.approx(64 / 7 - 6, abs=1e-5)
    assert halves == pytest.approx(-2.0, abs=1e-5)
    assert flat != flat


def test_every_record_names_what_its_function_takes():
    """Variants are parameters of the function."""
    for score in PAIR_SCORES:
        for name in score.variants:
            score.reader(name)
