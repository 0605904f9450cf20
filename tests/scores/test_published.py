"""The traps of other tools' measures, shown on heads that are known, and real GPT-2 attention that others published."""

from __future__ import annotations

import json

import pytest

torch = pytest.importorskip("torch")
np = pytest.importorskip("numpy")

from headkb.scores import duplicate_token, induction, previous_token  # noqa: E402
from headkb.tensors import Prompts  # noqa: E402
from tests.scores.loops import LOOPS  # noqa: E402

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


LAYERS = {0: 31, 2: 25, 4: 26, 5: 30}
"""Layer of GPT-2 small → the cell of TransformerLens' head detector demo that shows its pattern."""
BOTH = {"exclude_bos": True, "exclude_current_token": True}


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize(
    ("measure", "table", "exclude", "printed_to"),
    [
        ("mul", "03a5b52c_cell22", {}, 1e-6),
        ("mul", "03a5b52c_cell28", BOTH, 1e-6),
        ("abs", "5b161f1c_cell21", {}, 5e-4),  # the demo rounded to three decimals
        ("abs", "5b161f1c_cell27", BOTH, 5e-4),
    ],
)
def test_measures_of_the_head_detector_are_those_that_it_printed(published, layer, measure, table, exclude, printed_to):
    """On the pattern that the demo shows, our previous-token score in its measure is the value that the demo prints, for every head."""
    path = published / "gpt2_published_scores" / f"Head_Detector_Demo_{table}.json"
    printed = json.loads(path.read_text())["values"][layer]
    pattern, prompts = attention(published, f"Head_Detector_Demo_4cd36aae_cell{LAYERS[layer]}_1")
    values = previous_token(pattern, prompts, measure=measure, **exclude)
    assert values[0].tolist() == pytest.approx(printed, abs=printed_to)


@pytest.mark.parametrize(
    ("demo", "period"), [("Main_Demo_04ef490d_cell48_0", 20), ("Exploratory_Analysis_Demo_04ef490d_cell95_0", 21)]
)
def test_gpt2_induction_heads_give_what_a_loop_over_the_weights_gives(published, demo, period):
    """Heads that the demos show as induction heads, on blocks that are read twice; both measures, weight by weight."""
    pattern, prompts = attention(published, demo)
    tokens = prompts.tokens[0].tolist()
    stripe = induction(pattern, prompts, measure="stripe", period=period)[0].tolist()
    for head, value in enumerate(induction(pattern, prompts)[0].tolist()):
        weights = pattern[0, head].tolist()
        assert value == pytest.approx(LOOPS["induction"](weights, tokens, {}, True), abs=1e-6)
        diagonal = [weights[t][t - period + 1] for t in range(period - 1, len(tokens))]
        assert stripe[head] == pytest.approx(sum(diagonal) / len(diagonal), abs=1e-6)
        assert value > 0.5


def test_the_previous_token_head_of_gpt2_comes_first_of_all(published):
    """L4H11, as the IOI paper says, on each of the three sentences of transformer-explainer, whose patterns cover all 144 heads."""
    for name in ("ex0", "ex1", "ex2"):
        with np.load(published / "gpt2_attention" / f"{name}.npz", allow_pickle=False) as data:
            pattern, tokens = torch.from_numpy(data["attention"]), torch.from_numpy(data["token_ids"])
        prompts = Prompts.of(tokens.expand(12, -1), causal=True)
        values = previous_token(pattern, prompts)  # layers take the place of the batch
        assert divmod(int(values.argmax()), 12) == (4, 11)
