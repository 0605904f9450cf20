from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb.errors import HeadkbError, UnknownNameError  # noqa: E402
from headkb.exact import build_tokenizer  # noqa: E402
from headkb.prompts import make_prompts, vocabulary  # noqa: E402

SPECIAL = {0, 1, 2}


def test_the_block_stands_there_twice():
    """The second copy equals the first, BOS stands before both, and the positions say where each is."""
    made = make_prompts("repeated-random-tokens", build_tokenizer(), 3, period=5)
    assert made.tokens.shape == (3, 11)
    assert (made.tokens[:, 0] == 0).all()
    first = made.tokens.gather(1, made.positions["first_copy"])
    assert torch.equal(first, made.tokens.gather(1, made.positions["second_copy"]))
    assert made.positions["first_copy"][0].tolist() == [1, 2, 3, 4, 5]
    assert made.meta["period"] == 5


def test_distinct_blocks_hold_no_token_twice():
    """So the earlier copy of a token is one place."""
    made = make_prompts("repeated-random-tokens", 60, 20, period=50)
    assert all(len(set(row[:50].tolist())) == 50 for row in made.tokens)


def test_special_tokens_are_never_drawn():
    """Not in ten thousand draws from 71 ordinary tokens."""
    made = make_prompts("random-tokens", build_tokenizer(), 100, length=100, bos="none")
    assert not SPECIAL & set(made.tokens.flatten().tolist())


def test_a_range_of_ids_can_be_asked_for():
    """From low up to, but without, high."""
    made = make_prompts("random-tokens", 500, 20, length=100, low=100, high=110)
    assert set(made.tokens.flatten().tolist()) == set(range(100, 110))


def test_the_seed_decides():
    """The same seed gives the same prompts whatever was drawn before, another seed others."""
    first = make_prompts("repeated-random-tokens", 100, 4, seed=1)
    torch.rand(3)
    assert torch.equal(first.tokens, make_prompts("repeated-random-tokens", 100, 4, seed=1).tokens)
    assert not torch.equal(first.tokens, make_prompts("repeated-random-tokens", 100, 4, seed=2).tokens)


def test_the_prompts_of_the_transformer_lens_demo_come_out():
    """The demo's draw, `torch.manual_seed(0); torch.randint(100, 20000, (2, 100))`, from our generator."""
    ours = make_prompts(
        "repeated-random-tokens", 50257, 2, seed=0, period=100, bos="none", distinct=False, low=100, high=20000
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        theirs = torch.randint(100, 20000, (2, 100))
    assert torch.equal(ours.tokens, theirs.repeat(1, 2))


def test_draws_do_not_change_between_versions():
    """Pinned: recorded prompts must come out of their seed for good."""
    made = make_prompts("repeated-random-tokens", 1000, 2, seed=0, period=3)
    assert (
        made.tokens[:, :3].tolist()
        == make_prompts("repeated-random-tokens", 1000, 5, seed=0, period=3).tokens[:2, :3].tolist()
    )
    assert make_prompts("random-tokens", 1000, 1, seed=0, length=4).tokens.tolist() == [[44, 239, 933, 760]]


@pytest.mark.parametrize("bos", ["none", "first", "auto"])
def test_bos_is_put_where_asked(bos):
    """`auto` follows the tokenizer, which opens with BOS; the choice is in the record."""
    made = make_prompts("random-tokens", build_tokenizer(), 2, length=4, bos=bos)
    assert made.tokens.shape[1] == (4 if bos == "none" else 5)
    assert made.meta["bos"] == bos
    assert made.meta["prefix"] == ([] if bos == "none" else [0])


def test_bos_that_does_not_exist_is_refused():
    """A bare vocabulary size has none, and no other policy exists."""
    with pytest.raises(HeadkbError, match=r"vocabulary of 9 has no BOS token to put first\. Choose --set bos=none"):
        make_prompts("random-tokens", 9, 1, bos="first")
    with pytest.raises(UnknownNameError, match="no bos of random-tokens named 'always'"):
        make_prompts("random-tokens", 9, 1, bos="always")


def test_every_segment_ends_in_the_delimiter_and_nothing_else_is_it():
    """The positions hold all delimiters."""
    made = make_prompts("delimited-random-tokens", build_tokenizer(), 4, segments=3, segment_length=5)
    stop = vocabulary(build_tokenizer()).table["."]
    where = made.tokens == stop
    assert made.meta["delimiter"] == stop
    assert made.positions["delimiter"][0].tolist() == [6, 12, 18]
    assert torch.equal(where.nonzero()[:, 1].reshape(4, 3), made.positions["delimiter"])


@pytest.mark.parametrize(("delimiter", "expected"), [(";", ";"), (7, 7), (None, ".")])
def test_the_delimiter_can_be_chosen(delimiter, expected):
    """As text, as an id, or by default a full stop."""
    made = make_prompts("delimited-random-tokens", build_tokenizer(), 1, delimiter=delimiter)
    table = vocabulary(build_tokenizer()).table
    assert made.meta["delimiter"] == (table[expected] if isinstance(expected, str) else expected)


def test_without_a_tokenizer_the_lowest_id_delimits():
    """A vocabulary size has no text to look for."""
    assert make_prompts("delimited-random-tokens", 100, 1).meta["delimiter"] == 0


@pytest.mark.parametrize(
    ("name", "source", "parameters", "message"),
    [
        (
            "repeated-random-tokens",
            30,
            {},
            "vocabulary of 30 has 30 ordinary tokens between the start and the end; the prompts need 50",
        ),
        (
            "repeated-random-tokens",
            99,
            {"repeats": 1},
            "repeats of repeated-random-tokens is 1. Choose a whole number from 2 to 1,000.",
        ),
        ("random-tokens", 99, {"length": 0}, "length of random-tokens is 0. Choose a whole number from 1 to 100,000."),
        ("delimited-random-tokens", 99, {"delimiter": "and then"}, "'and then' is not one token of vocabulary of 99"),
        ("delimited-random-tokens", 99, {"delimiter": 99}, "vocabulary of 99 has no id 99"),
    ],
)
def test_what_cannot_be_drawn_is_told_in_words(name, source, parameters, message):
    """With the number found and the number needed."""
    with pytest.raises(HeadkbError) as caught:
        make_prompts(name, source, 1, **parameters)
    assert message in str(caught.value)
