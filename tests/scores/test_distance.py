"""How far heads look: the mean and its spread, by hand."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from headkb.errors import UnknownNameError  # noqa: E402
from headkb.scores import attended_distance, current_token, entropy  # noqa: E402
from headkb.tensors import Prompts  # noqa: E402

FIVE = Prompts.of(torch.arange(5)[None])


def looking_at(*keys):
    """One head whose query t attends to `keys[t]` alone."""
    return torch.eye(len(keys))[list(keys)][None, None]


PREVIOUS, SELF, FIRST = looking_at(0, 0, 1, 2, 3), looking_at(0, 1, 2, 3, 4), looking_at(0, 0, 0, 0, 0)


def test_a_head_on_the_token_before_is_one_away():
    """Every query that has a choice: mean 1 and no spread; with query 0, four of five."""
    assert attended_distance(PREVIOUS, FIVE).item() == 1.0
    assert attended_distance(PREVIOUS, FIVE, measure="variance").item() == 0.0
    assert attended_distance(PREVIOUS, FIVE, include_first_query=True).item() == pytest.approx(0.8)
    assert attended_distance(PREVIOUS, FIVE, measure="variance", include_first_query=True).item() == pytest.approx(0.16)


def test_a_head_on_itself_is_nowhere_else():
    """The opposite of looking far."""
    assert [attended_distance(SELF, FIVE, measure=m).item() for m in ("mean", "square", "variance")] == [0, 0, 0]


def test_a_head_on_the_first_token_looks_farther_the_longer_the_text():
    """Distances 1, 2, 3, 4."""
    assert attended_distance(FIRST, FIVE).item() == 2.5
    assert attended_distance(FIRST, FIVE, measure="square").item() == 7.5
    assert attended_distance(FIRST, FIVE, measure="variance").item() == 1.25


def test_equal_means_with_another_spread_differ_in_the_variance():
    """Half to itself and half two back has the mean of the token before, but not its variance."""
    split = 0.5 * (SELF + looking_at(0, 1, 0, 1, 2))
    split[0, 0, 1] = torch.tensor([1.0, 0, 0, 0, 0])
    assert attended_distance(split, FIVE).item() == attended_distance(PREVIOUS, FIVE).item()
    assert attended_distance(split, FIVE, measure="variance").item() == pytest.approx(0.75)


def test_distances_count_to_both_sides():
    """A head on the token after is one away, too."""
    ahead = looking_at(1, 2, 3, 4, 3)
    assert attended_distance(ahead, FIVE, causal=False).item() == 1.0


def test_padding_is_left_out():
    """Whatever stands there."""
    padded = Prompts(torch.arange(5)[None], torch.tensor([[1, 1, 1, 0, 0]]).bool())
    pattern = FIRST.clone()
    pattern[..., 3:, :] = torch.nan
    assert attended_distance(pattern, padded, causal=True).item() == 1.5


def test_a_prompt_of_one_token_has_no_distance_unless_it_counts():
    """NaN, or 0 where query 0 counts."""
    one = Prompts.of(torch.tensor([[5]]))
    assert attended_distance(looking_at(0), one).isnan().item()
    assert attended_distance(looking_at(0), one, include_first_query=True).item() == 0.0


def test_measures_are_a_closed_set():
    """The message names the choices."""
    with pytest.raises(UnknownNameError, match="variance"):
        attended_distance(FIRST, FIVE, measure="median")  # type: ignore[arg-type]


def test_query_zero_counts_where_it_is_asked_for():
    """It sees itself alone: attention 1, entropy 0 and distance 0, in a causal model."""
    assert current_token(PREVIOUS, FIVE).item() == 0.0
    assert current_token(PREVIOUS, FIVE, include_first_query=True).item() == pytest.approx(0.2)
    even = (torch.ones(5, 5).tril() / torch.arange(1, 6)[:, None])[None, None]
    assert entropy(even, FIVE).item() == pytest.approx(1.0)
    assert entropy(even, FIVE, include_first_query=True).item() == pytest.approx(0.8)
    assert entropy(even, FIVE, normalized=False, include_first_query=True).item() == pytest.approx(
        torch.arange(1, 6).log().mean().item()
    )
