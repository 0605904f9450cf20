from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from headkb.errors import HeadkbError, UnknownNameError  # noqa: E402
from headkb.scores import attention_to_first, next_token, previous_token  # noqa: E402
from headkb.tensors import Prompts  # noqa: E402

PROMPT = Prompts.of(torch.tensor([[5, 6, 7, 8]]))


def head(*rows):
    """One head on one prompt: a literal `[query_pos, key_pos]` table."""
    return torch.tensor(rows)[None, None]


def test_previous_token_averages_the_entries_below_the_diagonal():
    """Queries 1 to 3 pay 1.0, 0.5 and 0.3 to the position before them; query 0 does not count."""
    pattern = head(
        # key 0, 1, 2, 3
        [1.0, 0.0, 0.0, 0.0],
        [1.0, 0.0, 0.0, 0.0],
        [0.2, 0.5, 0.3, 0.0],
        [0.1, 0.2, 0.3, 0.4],
    )
    assert previous_token(pattern, PROMPT).item() == pytest.approx((1.0 + 0.5 + 0.3) / 3)


def test_previous_token_of_a_perfect_head_is_one():
    """Query 0, which can only attend to itself, costs nothing."""
    pattern = head([1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0])
    assert previous_token(pattern, PROMPT).item() == 1.0


def test_previous_token_of_the_opposite_is_zero():
    """A head that attends to itself never attends to the token before."""
    assert previous_token(torch.eye(4)[None, None], PROMPT).item() == 0.0


def test_next_token_averages_the_entries_above_the_diagonal():
    """Queries 0 to 2 pay 0.6, 0.3 and 0.0 to the position after them; query 3 does not count."""
    pattern = head([0.4, 0.6, 0.0, 0.0], [0.0, 0.7, 0.3, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0])
    assert next_token(pattern, PROMPT).item() == pytest.approx(0.9 / 3)


def test_next_token_is_one_for_a_perfect_head_and_zero_for_a_causal_one():
    """The last query, which has no successor, costs nothing; a causal head cannot look ahead."""
    perfect = torch.eye(4)[[1, 2, 3, 3]][None, None]
    assert next_token(perfect, PROMPT).item() == 1.0
    assert next_token(torch.full((4, 4), 0.25).tril()[None, None], PROMPT).item() == 0.0


def test_attention_to_first_averages_the_first_column_without_query_zero():
    """Queries 1 to 3 pay 1.0, 0.2 and 0.3 to position 0."""
    pattern = head([1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.2, 0.5, 0.3, 0.0], [0.3, 0.1, 0.2, 0.4])
    assert attention_to_first(pattern, PROMPT).item() == pytest.approx(0.5)
    assert attention_to_first(pattern, PROMPT, include_first_query=True).item() == pytest.approx(2.5 / 4)


def test_attention_to_first_is_one_for_a_sink_and_zero_for_a_head_on_itself():
    """The current-token head pays nothing to the first position, but for query 0, which does not count."""
    sink = torch.zeros(1, 1, 4, 4)
    sink[..., 0] = 1
    assert attention_to_first(sink, PROMPT).item() == 1.0
    assert attention_to_first(torch.eye(4)[None, None], PROMPT).item() == 0.0


@pytest.mark.parametrize("score", [previous_token, next_token, attention_to_first])
def test_a_prompt_of_one_token_has_no_value(score):
    """Neither neighbour nor start exists for it, so the value is NaN while its longer neighbour in the batch has one."""
    mask = torch.tensor([[True, False, False], [True, True, True]])
    values = score(torch.full((2, 1, 3, 3), 1 / 3), Prompts(torch.zeros(2, 3).long(), mask))
    assert values.isnan().tolist() == [[True], [False]]


def test_measures_are_a_closed_set():
    """A misspelt measure is named, with the right spelling."""
    with pytest.raises(UnknownNameError) as caught:
        previous_token(torch.eye(4)[None, None], PROMPT, measure="mull")  # type: ignore[arg-type]
    assert str(caught.value) == (
        "no measure of previous-token named 'mull'. Did you mean 'mul'? Choose mean or mul or abs or renormalized."
    )


def test_exclusions_need_a_measure_that_has_them():
    """The mean over exact queries has nothing to exclude; silently ignoring the option would be worse."""
    with pytest.raises(
        HeadkbError, match="exclude_bos and exclude_current_token belong to the measures mul and abs, not to 'mean'"
    ):
        previous_token(torch.eye(4)[None, None], PROMPT, exclude_bos=True)
