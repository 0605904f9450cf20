from __future__ import annotations

import pkgutil
from typing import Literal

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

import headkb.prompts  # noqa: E402
from headkb.errors import HeadkbError, UnknownNameError  # noqa: E402
from headkb.exact import build_tokenizer  # noqa: E402
from headkb.prompts import GENERATORS, generator, make_prompts, prompts_hash  # noqa: E402
from headkb.tensors import Prompts  # noqa: E402

NEWLINES = {"acronyms", "arithmetic", "colored-objects", "digit-addition", "few-shot", "mcqa", "shifted-addition"}
TOKENS = sorted(name for name, entry in GENERATORS.items() if entry.needs_tokens)
FREE_LENGTH = {"question-statements", "instruction-data"}


@pytest.fixture
def own():
    """Takes generators that a test registers out again."""
    before = dict(GENERATORS)
    yield
    GENERATORS.clear()
    GENERATORS.update(before)


def test_every_exported_generator_is_the_function_of_its_record():
    """No submodule hides a function of its name, so `from headkb.prompts import ioi` gives what makes the prompts."""
    modules = {info.name for info in pkgutil.iter_modules(headkb.prompts.__path__)}
    assert not modules & set(headkb.prompts.__all__)
    exported = {name: getattr(headkb.prompts, name) for name in headkb.prompts.__all__}
    for entry in GENERATORS.values():
        assert exported[entry.function.__name__] is entry.function
        assert exported[entry.function.__name__].__name__.replace("_", "-") == entry.id


def test_the_decorator_registers_a_function_with_what_its_source_says(own):
    """Id, version and need as told; summary from the docstring, parameters and choices from the signature."""

    @generator("toy", version=3, needs_tokenizer=True)
    def toy(vocabulary, n, generator, *, size: int = 2, side: Literal["left", "right"] = "left"):
        """Toys in a row.

        They have a side.
        """
        return Prompts.of(torch.full((n, size), 7), side=side)

    entry = GENERATORS["toy"]
    assert (entry.version, entry.needs_tokenizer, entry.summary) == (3, True, "Toys in a row.")
    assert entry.parameters == {"size": 2, "side": "left"}
    assert entry.choices == {"side": ("left", "right")}
    made = make_prompts("toy", 9, 2, size=3)
    assert made.tokens.tolist() == [[7, 7, 7]] * 2
    assert made.meta["parameters"] == {"size": 3, "side": "left"}
    with pytest.raises(UnknownNameError, match=r"no side of toy named 'lift'.* Choose left or right\."):
        toy(None, 1, None, side="lift")  # type: ignore[arg-type]


def test_an_id_belongs_to_one_function(own):
    """A second function under it is refused, the same one once more, as in a notebook, is not."""

    def make():
        @generator("toy")
        def toy(vocabulary, n, generator):
            """Toys."""
            return Prompts.of(torch.zeros(n, 1, dtype=torch.long))

        return toy

    make()
    make()
    again = make()
    assert GENERATORS["toy"].function is again
    with pytest.raises(HeadkbError, match=r"other registers the generator 'toy', which .*toy has registered\. Choose"):

        @generator("toy")
        def other(vocabulary, n, generator):
            """Other toys."""


@pytest.mark.parametrize("name", TOKENS)
def test_the_record_says_how_to_make_them_again(name, tokenizer, signs):
    """Generator, version, seed and every parameter are in meta, and they give the same hash."""
    tokenizer = signs if name == "digit-addition" else tokenizer
    made = make_prompts(name, tokenizer, 8, seed=7)
    meta = made.meta
    again = make_prompts(meta["generator"], tokenizer, meta["n"], meta["seed"], **meta["parameters"])
    assert set(meta["parameters"]) == set(GENERATORS[name].parameters)
    assert prompts_hash(again) == prompts_hash(made)
    assert prompts_hash(make_prompts(name, tokenizer, 8, seed=8)) != prompts_hash(made)


@pytest.mark.parametrize("name", [name for name in TOKENS if not GENERATORS[name].needs_tokenizer])
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


@pytest.mark.parametrize("name", sorted({*TOKENS} - {"digit-addition"}))
def test_a_contrast_has_one_shape_and_two_answers(tokenizer, name):
    """Answers differ and are asked for at the last token; corrupted prompts differ in tokens, in shape only where lengths are free."""
    made = make_prompts(name, tokenizer, 12, seed=3)
    if "answers" in made.paired:
        assert made.paired["answers"].shape == made.paired["wrong"].shape == (12,)
        assert (made.paired["answers"] != made.paired["wrong"]).all()
    if "end" in made.positions and GENERATORS[name].needs_tokenizer:
        assert torch.equal(made.positions["end"], made.lengths - 1)
    for where in made.positions.values():
        assert (where.view(12, -1) < made.lengths[:, None]).all()
    other = made.corrupted
    if other is not None and name not in FREE_LENGTH:
        assert other.tokens.shape == made.tokens.shape
        assert torch.equal(other.mask, made.mask)
        assert (other.tokens != made.tokens).any(1).all()
        assert torch.equal(other.positions["end"], made.positions["end"])


@pytest.mark.parametrize("name", sorted(name for name in GENERATORS if GENERATORS[name].needs_tokenizer))
def test_single_characters_will_do_or_the_message_says_why(name):
    """The exact models' tokenizer writes all but the tasks with line breaks, brackets and signs of arithmetic."""
    if name in NEWLINES:
        with pytest.raises(
            HeadkbError, match=r"0 of 4 prompts can be made with headkb-exact: the tokenizer has no token for"
        ):
            make_prompts(name, build_tokenizer(), 4)
    else:
        made = make_prompts(name, build_tokenizer(), 4)
        if "answers" in made.paired:
            assert (made.paired["answers"] != made.paired["wrong"]).all()


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("succession", {"classes": "weeks"}, "no class of succession named 'weeks'"),
        ("few-shot", {"task": "antonyms"}, "no task of few-shot named 'antonyms'. Did you mean 'antonym'?"),
        ("few-shot", {"shots": 1}, "shots of few-shot is 1. Choose a whole number from 2 to 64."),
        ("mcqa", {"options": 5}, "options of mcqa is 5. Choose a whole number from 2 to 4."),
        ("lre-facts", {"relation": "capitals"}, "no relation named 'capitals'. Did you mean 'capital'?"),
        ("needle", {"depth": 2.0}, "depth of needle is 2.0. Choose a number from 0 to 1 or null."),
        ("acronyms", {"letter": 4}, "letter of acronyms is 4. Choose a whole number from 1 to 3."),
        ("icl-markov", {"symbols": 1}, "symbols of icl-markov is 1. Choose a whole number from 2 to 1,000."),
    ],
)
def test_wrong_parameters_are_refused(tokenizer, name, parameters, message):
    """With what there is."""
    with pytest.raises(HeadkbError) as caught:
        make_prompts(name, tokenizer, 2, **parameters)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("name", ["ioi", "true-false", "needle", "parity"])
def test_a_vocabulary_size_cannot_read(name):
    """The message says what to pass."""
    with pytest.raises(
        HeadkbError,
        match=r"vocabulary of 99 cannot read text\. Choose --generator random-tokens, or a model with its tokenizer",
    ):
        make_prompts(name, 99, 2)
