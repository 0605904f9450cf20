"""Every registered score and variant is proved: perfect head, opposite head, loops, batch, interval. A new score without proof fails here."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("hypothesis")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from torch import Tensor  # noqa: E402

from headkb.scores import summarize  # noqa: E402
from headkb.tensors import Prompts  # noqa: E402
from tests.scores.loops import LOOPS  # noqa: E402
from tests.scores.places import PLACES, TOKENS  # noqa: E402
from tests.scores.registered import CASES, PATTERN_SCORES, bounds, label, parameters, reader  # noqa: E402


def looking(*targets):
    """A head whose query t attends to targets[t] alone, `[1, 1, pos, pos]`."""
    return torch.eye(len(targets))[list(targets)][None, None]


class Proof(NamedTuple):
    """A head at the top of a score's range and one at the bottom, on the eight tokens or on prompts of its own."""

    perfect: Tensor
    opposite: Tensor
    top: float = 1.0
    bottom: float = 0.0
    parameters: tuple[Any, ...] = ()
    causal: bool = True
    places: tuple[Any, ...] = tuple(PLACES.items())


EVEN = torch.ones(8, 8).tril() / torch.arange(1, 9)[:, None]
SELF, BACK, FIRST = looking(*range(8)), looking(0, 0, 1, 2, 3, 4, 5, 6), looking(*[0] * 8)
TWELVE = (("segment_start", list(range(12))),)  # sentences of one token; eight of them have readers four behind
HALVES = torch.zeros(1, 1, 12, 12)
HALVES[..., :8:2] = 0.25

PROOFS = {
    "attended-distance": Proof(FIRST, SELF, top=4.0),  # distances 1 to 7
    "previous-token": Proof(BACK, SELF),
    "next-token": Proof(looking(1, 2, 3, 4, 5, 6, 7, 7), SELF, causal=False),
    "duplicate-token": Proof(looking(0, 0, 0, 0, 1, 0, 2, 4), SELF),
    "induction": Proof(looking(0, 0, 0, 0, 2, 0, 3, 5), SELF),
    "attention-to-first": Proof(FIRST, SELF),
    "attention-to-delimiter": Proof(looking(0, 0, 0, 2, 2, 0, 5, 5), SELF),
    "entropy": Proof(EVEN[None, None], SELF),
    "current-token": Proof(SELF, BACK),
    "positional": Proof(BACK, SELF),
    "local": Proof(BACK, looking(0, 1, 0, 0, 0, 0, 0, 0), parameters=(("window", 1),)),
    "block": Proof(looking(0, 0, 1, 2, 4, 4, 5, 6), looking(0, 0, 0, 0, 1, 1, 1, 1)),
    "streaming": Proof(FIRST, looking(0, 1, 2, 1, 1, 1, 1, 1), parameters=(("sink", 1), ("recent", 2))),
    "position-to-position": Proof(looking(0, 0, 0, 0, 0, 0, 0, 3), SELF),
    "largest-attention": Proof(looking(0, 0, 0, 0, 0, 0, 0, 3), looking(0, 0, 0, 0, 0, 0, 0, 6)),
    "attention-ratio": Proof(looking(0, 0, 0, 0, 0, 2, 3, 0), looking(0, 0, 0, 0, 0, 5, 6, 0)),
    "attention-to-rare": Proof(looking(0, 1, 2, 2, 2, 3, 3, 2), FIRST),
    "subword-merge": Proof(looking(0, 1, 1, 3, 4, 4, 4, 7), SELF),
    "retrieval-copy": Proof(looking(0, 0, 0, 0, 0, 2, 4, 0), looking(0, 0, 0, 0, 0, 4, 2, 0)),
    "syntactic": Proof(looking(0, 0, 0, 0, 1, 1, 2, 5), SELF),
    "paired-positions": Proof(looking(0, 0, 0, 2, 0, 0, 5, 0), SELF),
    # one of eight sentences gets everything: m² / (m − 1) − 6; half of them alike: −2
    "receiver": Proof(looking(*[2] * 12), HALVES, top=64 / 7 - 6, bottom=-2.0, places=TWELVE),
}


def test_every_score_has_a_proof_and_loops():
    """A score that is registered without them cannot pass."""
    assert PROOFS.keys() == PATTERN_SCORES.keys()
    assert LOOPS.keys() == PATTERN_SCORES.keys()


@pytest.mark.parametrize("name", sorted(PATTERN_SCORES))
def test_a_perfect_head_is_at_the_top_and_its_opposite_at_the_bottom(name):
    """By hand, exactly up to rounding, inside the stated range, and the pattern stays as it was."""
    proof, score = PROOFS[name], PATTERN_SCORES[name]
    length = proof.perfect.shape[-1]
    tokens = torch.tensor([TOKENS]) if length == 8 else torch.arange(length)[None]
    prompts = Prompts.of(tokens, {k: torch.tensor([v]) for k, v in proof.places}, causal=proof.causal)
    for pattern, value in ((proof.perfect, proof.top), (proof.opposite, proof.bottom)):
        before = pattern.clone()
        assert score.reader(**dict(proof.parameters))(pattern, prompts).item() == pytest.approx(value, abs=1e-5)
        assert bounds(name)[0] <= value <= bounds(name)[1]
        assert torch.equal(pattern, before)


SMALL = {"streaming": {"sink": 1, "recent": 2}}
"""Keywords without which a score is undefined on prompts as short as these."""


def names_of(case):
    """Every name of positions that a score asks for with these parameters."""
    chosen = {key: p.default for key, p in case[0].parameters.items()} | parameters(case)
    return {value for value in chosen.values() if isinstance(value, str)} - {"delimiter"}


def random_case(case, seed, length, causal, batch=1):
    """Random patterns with exact softmax rows, tokens of four kinds, and random places for every name."""
    score = case[0]
    generator = torch.Generator().manual_seed(seed)
    logits = 3 * torch.randn(batch, 2, length, length, generator=generator, dtype=torch.float64)
    if causal:
        logits = logits.masked_fill(~torch.ones(length, length, dtype=torch.bool).tril(), -torch.inf)
    drawn = {name: torch.randint(-1, length, (batch, 3), generator=generator) for name in names_of(case)}
    # Links join the first tokens of words of two.
    drawn = {name: torch.where(at >= 0, at // 2 * 2, at) for name, at in drawn.items()}
    each = torch.arange(length).expand(batch, -1)
    sizes = 3 if score.id != "receiver" else 1
    drawn |= {"word_start": each // 2 * 2, "segment_start": each // sizes * sizes}
    drawn |= {"delimiter": torch.randint(0, length, (batch, 2), generator=generator)}
    tokens = torch.randint(4, (batch, length), generator=generator)
    return logits.softmax(-1), Prompts.of(tokens, drawn, period=3, causal=causal)


@pytest.mark.parametrize("case", CASES, ids=label)
@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 100_000), length=st.integers(5, 14), causal=st.booleans())
def test_scores_equal_the_loops(case, seed, length, causal):
    """The definition in loops gives the same number to 1e-6, for every published variant."""
    score = case[0]
    pattern, prompts = random_case(case, seed, length, causal)
    small = SMALL.get(score.id, {})
    got = reader(case, **small)(pattern, prompts)
    places = {name: at[0].tolist() for name, at in prompts.positions.items()}
    chosen = parameters(case) | small
    expected = [
        LOOPS[score.id](pattern[0, h].tolist(), prompts.tokens[0].tolist(), places, causal, **chosen) for h in range(2)
    ]
    torch.testing.assert_close(
        got.double(), torch.tensor([expected], dtype=torch.float64), rtol=0, atol=1e-6, equal_nan=True
    )


@pytest.mark.parametrize("case", CASES, ids=label)
def test_prompts_do_not_depend_on_their_batch(case):
    """Six prompts at once, in chunks of four and two, and one by one give the same numbers."""
    pattern, prompts = random_case(case, 7, 12, causal=True, batch=6)
    read = reader(case, **SMALL.get(case[0].id, {}))
    whole = read(pattern, prompts)
    for size in (4, 1):
        parts = [
            read(
                pattern[at : at + size],
                Prompts.of(
                    prompts.tokens[at : at + size],
                    {name: where[at : at + size] for name, where in prompts.positions.items()},
                    period=3,
                    causal=True,
                ),
            )
            for at in range(0, 6, size)
        ]
        torch.testing.assert_close(torch.cat(parts), whole, rtol=0, atol=1e-12, equal_nan=True)


@pytest.mark.parametrize("case", CASES, ids=label)
def test_every_mean_has_an_interval_beside_it(case):
    """The bootstrap over prompts encloses the mean of each head, and has a width unless all prompts agree."""
    score = case[0]
    pattern, prompts = random_case(case, 11, 12, causal=score.id != "next-token", batch=24)
    values = reader(case, **SMALL.get(score.id, {}))(pattern, prompts)[:, None]  # [prompt, layer, head]
    found = summarize(values)
    assert (found.n >= 2).all()
    assert ((found.low <= found.mean) & (found.mean <= found.high)).all()
    spread = values.nan_to_num(0).std(0) > 0
    assert (found.low < found.high)[spread & (found.n > 3)].all()


def test_the_interval_equals_a_loop_over_the_same_draws():
    """Percentiles of resampled means, prompt by prompt in plain Python, to 1e-9; undefined prompts left out."""
    values = torch.rand(9, 1, 2, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    values[3, 0, 1] = torch.nan
    found = summarize(values, level=0.9, resamples=50, seed=4)
    draws = torch.randint(9, (50, 9), generator=torch.Generator().manual_seed(4)).tolist()
    for head in range(2):
        column = values[:, 0, head].tolist()
        means = []
        for draw in draws:
            kept = [column[i] for i in draw if column[i] == column[i]]
            means.append(sum(kept) / len(kept))
        means.sort()
        for share, got in ((0.05, found.low), (0.95, found.high)):
            place = share * (len(means) - 1)
            under = means[int(place)]
            over = means[min(int(place) + 1, len(means) - 1)]
            assert got[0, head].item() == pytest.approx(under + (place - int(place)) * (over - under), abs=1e-9)
