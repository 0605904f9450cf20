from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb.errors import HeadkbError  # noqa: E402
from headkb.prompts import make_prompts  # noqa: E402
from tests.prompts.prompt_text import at  # noqa: E402


def test_markov_chains_follow_their_tables():
    """Flat Dirichlet rows, transitions as often as the table says, symbols drawn anew for every prompt."""
    made = make_prompts("icl-markov", 50, 400, symbols=2, length=101, bos="none")
    table, states = made.meta["transition"], made.meta["states"]
    torch.testing.assert_close(table.sum(-1), torch.ones(400, 2, dtype=torch.float64))
    assert abs(float(table.var()) - 1 / 12) < 0.01
    pairs = states[:, :-1] * 2 + states[:, 1:]
    counts = torch.stack([(pairs == pair).sum(1) for pair in range(4)], 1).view(400, 2, 2).double()
    expected = counts.sum(-1, keepdim=True) * table
    assert (counts.sum(0) - expected.sum(0)).abs().max() < 300
    assert torch.equal(made.tokens, made.meta["symbols"].gather(1, states))
    assert make_prompts("icl-markov", 50, 3, order=2, symbols=3).meta["transition"].shape == (3, 9, 3)


def test_parity_steps_are_right(tokenizer):
    """Each state is the parity of the bits so far; flipping the last bit flips the answer."""
    made = make_prompts("parity", tokenizer, 6, length=5)
    for row in range(6):
        bits = [int(bit) for bit in at(tokenizer, made, "inputs", row)]
        states = [int(bit) for bit in at(tokenizer, made, "states", row)]
        assert states == [sum(bits[: t + 1]) % 2 for t in range(4)]
        assert int(tokenizer.decode([int(made.paired["answers"][row])])) == sum(bits) % 2
    assert torch.equal(made.corrupted.paired["answers"], made.paired["wrong"])


def test_causes_lie_one_lag_before_the_next_symbol():
    """A lag a prompt in turn; what follows a query is drawn from the row of the symbol at its cause."""
    made = make_prompts("interleaved-markov", 50, 300, symbols=3, lags="1,3", length=40, bos="none", seed=2)
    assert made.paired["lags"][:4].tolist() == [1, 3, 1, 3]
    late, cause = made.positions["late"], made.positions["cause"]
    assert (late + 1 - cause == made.paired["lags"][:, None]).all()
    symbols, table = made.meta["symbols"], made.meta["transition"]
    index = {int(id_): at for at, id_ in enumerate(symbols)}
    counts = torch.zeros(3, 3)
    for row in range(300):
        for query, source in zip(late[row, :-1].tolist(), cause[row, :-1].tolist(), strict=True):
            counts[index[int(made.tokens[row, source])], index[int(made.tokens[row, query + 1])]] += 1
    torch.testing.assert_close(counts / counts.sum(-1, keepdim=True), table.float(), rtol=0, atol=0.05)
    with pytest.raises(HeadkbError, match="lags is '0'"):
        make_prompts("interleaved-markov", 50, 2, lags="0")


@pytest.mark.parametrize(("name", "place"), [("icl-markov", "body"), ("interleaved-markov", "late")])
def test_no_symbol_of_a_chain_is_the_first_token_that_a_model_reads(tokenizer, name, place):
    """Without a BOS the first token is where heads rest, and its copies are taken for it: other tokens come first."""
    made, whole = make_prompts(name, tokenizer, 3), make_prompts(name, tokenizer, 3, bos="first")
    before = len(tokenizer.encode("Text:", add_special_tokens=False))
    assert "".join(tokenizer.decode([int(id_)]) for id_ in made.tokens[0, :before]) == "Text:"
    assert torch.equal(made.tokens[:, before:], whole.tokens[:, 1:])
    assert torch.equal(made.positions[place] - before, whole.positions[place] - 1)
    assert len(made.meta["prefix"]) == before
