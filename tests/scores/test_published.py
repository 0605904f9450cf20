"""The traps of other tools' measures, shown on heads that are known, and real GPT-2 attention that others published."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
np = pytest.importorskip("numpy")

from headkb.scores import duplicate_token, induction, previous_token  # noqa: E402
from headkb.tensors import Prompts  # noqa: E402

L = 4
REPEATED = Prompts.of(torch.tensor([[0, 5, 6, 7, 8, 5, 6, 7, 8]]), period=L)  # BOS and two copies


def looking_at(*keys):
    """One head whose query t attends to `keys[t]` alone."""
    return torch.eye(len(keys))[list(keys)][None, None]


def test_mul_gives_a_perfect_previous_token_head_less_than_one():
    """(n - 1) / n: 0.8 on five tokens, because query 0 is in the denominator."""
    perfect = looking_at(0, 0, 1, 2, 3)
    prompts = Prompts.of(torch.tensor([[5, 6, 7, 8, 9]]))
    assert previous_token(perfect, prompts, measure="mul").item() == pytest.approx(0.8)
    assert previous_token(perfect, prompts).item() == 1.0


def test_the_stripe_gives_a_perfect_induction_head_less_than_one():
    """L / (L + 2) for a head that otherwise attends to itself, with BOS."""
    perfect = looking_at(0, 1, 2, 3, 4, 2, 3, 4, 5)
    assert induction(perfect, REPEATED, measure="stripe").item() == pytest.approx(L / (L + 2))
    assert induction(perfect, REPEATED).item() == 1.0


def test_the_stripe_gives_a_head_that_only_rests_more_than_zero():
    """1 / (L + 2) for a head on BOS, from the query whose diagonal entry is BOS."""
    resting = looking_at(*[0] * 9)
    assert induction(resting, REPEATED, measure="stripe").item() == pytest.approx(1 / (L + 2))
    assert induction(resting, REPEATED).item() == 0.0


def test_renormalizing_hides_resting():
    """A head that rests nine times out of ten scores about 1 by the renormalised measure and 0.1 by ours."""
    pattern = 0.9 * looking_at(*[0] * 9) + 0.1 * looking_at(0, 0, 0, 0, 0, 2, 3, 4, 5)
    assert induction(pattern, REPEATED).item() == pytest.approx(0.1)
    # The stripe without its first entry has L + 1 queries; the one outside the second copy pays nothing.
    assert induction(pattern, REPEATED, measure="renormalized").item() == pytest.approx(L / (L + 1), abs=1e-3)


def test_abs_is_not_confined_to_minus_one():
    """On a text of one token a duplicate-token head is expected to pay 1 to each copy, which no head can."""
    prompts = Prompts.of(torch.full((1, 12), 5))
    assert duplicate_token(torch.eye(12)[None, None], prompts, measure="abs").item() < -5


def attention(folder, name):
    """Pattern `[1, head, query_pos, key_pos]` and prompts of a published notebook output."""
    with np.load(folder / "gpt2_attention" / f"{name}.npz", allow_pickle=False) as data:
        pattern, words = torch.from_numpy(data["attention"])[None], data["tokens"].tolist()
    numbers = {word: number for number, word in enumerate(dict.fromkeys(words))}
    return pattern, Prompts.of(torch.tensor([[numbers[word] for word in words]]), causal=True)


def best(values):
    """Head with the largest value of `[1, head]`."""
    return int(values[0].argmax())


def test_gpt2_previous_token_head(published):
    """GPT-2 small L4H11 pays 0.999 to the token before, on the text of TransformerLens' head detector demo."""
    values = previous_token(*attention(published, "Head_Detector_Demo_4cd36aae_cell26_1"))
    assert best(values) == 11
    assert values[0, 11].item() == pytest.approx(0.999, abs=5e-4)


def test_gpt2_induction_head(published):
    """GPT-2 small L5H5 pays 0.88 to what followed, on 2 × 20 random tokens without BOS."""
    pattern, prompts = attention(published, "Main_Demo_04ef490d_cell48_0")
    assert induction(pattern, prompts).item() == pytest.approx(0.8823, abs=5e-4)
    # The demo's stripe has one query more, which lowers the value.
    assert induction(pattern, prompts, measure="stripe", period=20).item() == pytest.approx(0.8672, abs=5e-4)


def test_gpt2_induction_heads_on_repeated_text(published):
    """Both heads that the exploratory demo shows match prefixes on a 21-token text read twice after BOS."""
    pattern, prompts = attention(published, "Exploratory_Analysis_Demo_04ef490d_cell95_0")
    # " in" and " of" stand twice within the block, so some queries of the first copy count too and lower the mean.
    assert induction(pattern, prompts)[0].tolist() == pytest.approx([0.6047, 0.6945], abs=5e-4)
    assert induction(pattern, prompts, measure="stripe", period=21)[0].tolist() == pytest.approx(
        [0.6371, 0.7172], abs=5e-4
    )


def test_gpt2_rows_sum_to_one(published):
    """The three prompts of transformer-explainer are whole causal patterns of all 144 heads."""
    for name in ("ex0", "ex1", "ex2"):
        with np.load(published / "gpt2_attention" / f"{name}.npz", allow_pickle=False) as data:
            pattern, tokens = torch.from_numpy(data["attention"]), torch.from_numpy(data["token_ids"])
        prompts = Prompts.of(tokens.expand(12, -1), causal=True)
        torch.testing.assert_close(pattern.sum(-1), torch.ones(12, 12, 6), atol=1e-5, rtol=0)
        values = previous_token(pattern, prompts)  # layers take the place of the batch
        assert divmod(int(values.argmax()), 12) == (4, 11)
