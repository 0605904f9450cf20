"""Scores of shape and span: padding, company, ties, variants and wrong use."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from headkb.errors import HeadkbError, ShapeError, UnknownNameError  # noqa: E402
from headkb.scores import SCORES  # noqa: E402
from headkb.tensors import Prompts  # noqa: E402
from tests.scores.places import PLACES, TOKENS  # noqa: E402

PARAMETERS: dict[str, dict[str, Any]] = {"streaming": {"sink": 1, "recent": 2}, "local": {"window": 1}}
NAMES = sorted(
    n for n, s in SCORES.items() if s.function.__module__.split(".")[-1] in ("shape", "span") and n != "entropy"
)


def prompts(batch=1, **changes):
    """Eight tokens with every place that the scores ask for."""
    where = {name: torch.tensor([[*places]] * batch) for name, places in {**PLACES, **changes}.items()}
    return Prompts.of(torch.tensor([TOKENS] * batch), where, causal=True)


def looking(*targets):
    """A head whose query t attends to targets[t] alone."""
    return torch.eye(8)[list(targets)][None, None]


SELF = looking(*range(8))
FIRST = looking(*[0] * 8)


def random_pattern(seed, heads=2):
    """A causal pattern in double precision."""
    generator = torch.Generator().manual_seed(seed)
    logits = 3 * torch.randn(1, heads, 8, 8, generator=generator, dtype=torch.float64)
    return logits.masked_fill(~torch.ones(8, 8, dtype=torch.bool).tril(), -torch.inf).softmax(-1)


@pytest.mark.parametrize("name", NAMES)
def test_padding_and_company_change_nothing(name):
    """A prompt scores the same alone, padded, and in a batch with another, whatever padded queries attend to."""
    reader = SCORES[name].reader(**PARAMETERS.get(name, {}))
    one, two = random_pattern(1), random_pattern(2)
    alone = reader(one, prompts())
    padded = torch.full((2, 2, 11, 11), 0.1, dtype=torch.float64)
    padded[:, :, :8, :8] = torch.cat([one, two])
    padded[:, :, :8, 8:] = 0
    tokens = torch.tensor([[*TOKENS, 5, 6, 5]] * 2)
    mask = torch.arange(11) < torch.tensor([[8], [8]])
    where = {
        name_: torch.tensor([[*places, *([-1] * 3 if name_.endswith("_start") else [])]] * 2)
        for name_, places in PLACES.items()
    }
    together = reader(padded, Prompts(tokens, mask, where, {"causal": True}))
    torch.testing.assert_close(together, torch.cat([alone, reader(two, prompts())]), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_shape_is_refused(name):
    """With the shape in the text."""
    with pytest.raises(ShapeError, match=rf"pattern is 7 x 8 positions; {name} needs a square one\."):
        SCORES[name].reader()(torch.zeros(1, 1, 7, 8), prompts())


@pytest.mark.parametrize(
    "name", ["position-to-position", "attention-to-rare", "retrieval-copy", "syntactic", "block", "subword-merge"]
)
def test_unnamed_positions_are_refused(name):
    """The message says which positions there are."""
    bare = Prompts.of(torch.tensor([TOKENS]), {"ends": torch.tensor([7])})
    with pytest.raises(
        UnknownNameError, match=rf"no positions named .* {name} needs prompts that name them; these have ends\."
    ):
        SCORES[name].reader()(SELF, bare)


def test_units_need_a_value_a_position():
    """A word start for every token, not for some."""
    with pytest.raises(
        ShapeError,
        match="positions 'word_start' have 2 values per prompt; subword-merge needs one per position, here 8",
    ):
        SCORES["subword-merge"].reader()(SELF, prompts(word_start=[0, 1]))


def test_ties_have_no_strongest_key():
    """A head that looks everywhere alike is at no offset, finds no needle and follows no link."""
    even = torch.ones(8, 8).tril()
    even = (even / even.sum(-1, keepdim=True))[None, None]
    assert SCORES["positional"].reader()(even, prompts()).item() == 0.0
    assert SCORES["retrieval-copy"].reader()(even, prompts()).item() == 0.0


def test_any_offset_is_the_most_frequent():
    """Two of eight queries one back, five two back."""
    pattern = looking(0, 0, 0, 1, 2, 3, 4, 6)
    assert SCORES["positional"].reader(offset="any")(pattern, prompts()).item() == pytest.approx(5 / 7)
    assert SCORES["positional"].reader(offset=-2)(pattern, prompts()).item() == pytest.approx(5 / 6)


def test_sieve_is_a_density_ratio():
    """An even head has no preference: 1."""
    even = torch.ones(8, 8).tril()
    even = (even / even.sum(-1, keepdim=True))[None, None]
    for name in ("local", "block"):
        assert SCORES[name].reader(measure="sieve")(even, prompts()).item() == pytest.approx(1.0)


def test_rare_hit_reads_the_column_mean():
    """1 where the rare word gets most attention over all queries, NaN without one."""
    reader = SCORES["attention-to-rare"].reader(measure="hit")
    assert reader(looking(0, 0, 2, 2, 2, 2, 2, 0), prompts()).item() == 1.0
    assert reader(FIRST, prompts()).item() == 0.0
    assert reader(FIRST, prompts(rare=[-1, -1])).isnan().all()


def test_links_can_be_read_from_the_other_end():
    """In a bidirectional pattern, head to dependent."""
    pattern = torch.eye(8)[[0, 4, 4, 1, 7, 7, 7, 0]][None, None]
    reader = SCORES["syntactic"].reader(direction="head-to-dependent", causal=False)
    assert reader(pattern, prompts()).item() == 1.0
    share = SCORES["syntactic"].reader(measure="mean", direction="head-to-dependent", causal=False)
    assert share(pattern, prompts()).item() == 1.0


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("local", {"window": -1}, "window of local is -1. Choose a whole number from 0 to 100,000."),
        ("streaming", {"sink": 0, "recent": 0}, "sink is 0 and recent 0; both must be 0 or more, and not both 0."),
    ],
)
def test_wrong_parameters_are_refused(name, parameters, message):
    """With the value found."""
    with pytest.raises(HeadkbError) as caught:
        SCORES[name].reader(**parameters)(SELF, prompts())
    assert str(caught.value) == message
