from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb.errors import UnknownNameError  # noqa: E402
from headkb.prompts import GENERATORS, make_prompts, prompts_hash  # noqa: E402
from headkb.tensors import Prompts  # noqa: E402


@pytest.mark.parametrize("name", sorted(GENERATORS))
def test_the_record_says_how_to_make_them_again(name, tokenizer, signs):
    """Generator, version, seed and every parameter are in meta, and they give the same hash."""
    tokenizer = signs if name == "digit-addition" else tokenizer
    made = make_prompts(name, tokenizer, 8, seed=7)
    meta = made.meta
    again = make_prompts(meta["generator"], tokenizer, meta["n"], meta["seed"], **meta["parameters"])
    assert set(meta["parameters"]) == set(GENERATORS[name].parameters)
    assert prompts_hash(again) == prompts_hash(made)
    assert prompts_hash(make_prompts(name, tokenizer, 8, seed=8)) != prompts_hash(made)


@pytest.mark.parametrize("name", sorted(name for name, made in GENERATORS.items() if not made.needs_tokenizer))
def test_random_prompts_need_no_tokenizer(name):
    """A vocabulary size is enough."""
    made = make_prompts(name, 300, 2)
    assert int(made.tokens.max()) < 300
    assert made.meta["tokenizer"] == "vocabulary of 300"


def test_the_hash_is_of_what_a_score_sees():
    """Ids under padding and meta do not count; tokens, mask and positions do."""
    tokens, mask = torch.tensor([[1, 2, 0]]), torch.tensor([[True, True, False]])
    base = prompts_hash(Prompts(tokens, mask))
    assert prompts_hash(Prompts(torch.tensor([[1, 2, 9]]), mask, meta={"seed": 3})) == base
    assert prompts_hash(Prompts(torch.tensor([[1, 3, 0]]), mask)) != base
    assert prompts_hash(Prompts(tokens, torch.ones(1, 3, dtype=torch.bool))) != base
    assert prompts_hash(Prompts(tokens, mask, {"end": torch.tensor([1])})) != base
    assert prompts_hash(Prompts(tokens, mask, decoder=Prompts.of(tokens))) != base


def test_the_hash_is_pinned():
    """Recorded hashes must hold for good."""
    assert (
        prompts_hash(Prompts.of(torch.tensor([[1, 2]])))
        == "26bba0417af14d661b941bcd62c0d659f869800b08bccd1f57af72ca76107e98"
    )


def test_a_miss_teaches():
    """For generators and for their parameters."""
    with pytest.raises(
        UnknownNameError, match=r"no prompt generator named 'random-token'\. Did you mean 'random-tokens'"
    ):
        make_prompts("random-token", 9, 1)
    with pytest.raises(
        UnknownNameError, match=r"no parameter of random-tokens named 'len'.* It has length, bos, distinct, low, high\."
    ):
        make_prompts("random-tokens", 9, 1, len=3)
