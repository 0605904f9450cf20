"""Whatever a generator or score is given, it is read in the type of its signature or refused in a sentence."""

from __future__ import annotations

import math

import pytest

hypothesis = pytest.importorskip("hypothesis")
pytest.importorskip("torch")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from headkb.catalog import code  # noqa: E402
from headkb.errors import HeadkbError  # noqa: E402
from headkb.keywords import COUNTS, Keyword, allowed, keywords_of, value_of  # noqa: E402
from headkb.prompts import GENERATORS, make_prompts  # noqa: E402

NUMBERS = st.integers() | st.floats() | st.booleans() | st.none()
WORDS = st.text(max_size=12) | st.sampled_from(
    ["none", "null", "true", "1e999", "nan", "٣", "1_0", " 3", "first", "all", "1,2,3"]
)
THINGS = (
    NUMBERS
    | WORDS
    | st.lists(st.integers(), max_size=2)
    | st.dictionaries(st.text(max_size=2), st.integers(), max_size=1)
)
EVERY = [*code.generators().values(), *code.scores().values()]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(EVERY), THINGS, st.randoms(use_true_random=False))
def test_a_value_comes_out_in_a_type_that_its_keyword_takes(entry, value, random):
    """A plain value that is read has one of the types, is finite, and lies in the range; every other is refused by name."""
    keywords = {**(COUNTS if entry.decorator == "generator" else {}), **entry.keywords}
    if not keywords:
        return
    name = random.choice(sorted(keywords))
    takes = allowed(keywords[name].annotation)
    try:
        read = value_of(f"{name} of {entry.id}", keywords[name], value)
    except HeadkbError as error:
        refused = str(error)
        assert f"{name} of {entry.id}" in refused
        return
    if isinstance(value, (list, dict)):
        assert takes.others
        return
    assert str(read) in takes.choices or type(read) in takes.kinds
    if type(read) in (int, float) and str(read) not in takes.choices:
        limits = takes.kinds[type(read)]
        assert math.isfinite(read)
        assert limits.least <= read <= limits.most


SMALL = {
    "length": st.integers(0, 40), "period": st.integers(0, 12), "shots": st.integers(0, 8), "n": st.integers(0, 3),
    "symbols": st.integers(0, 9), "order": st.integers(0, 3), "digits": st.integers(0, 6), "sentences": st.integers(0, 15),
}  # fmt: skip
"""What may well be asked for, so that some prompts are made."""


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_parameter_of_a_generator_ends_in_a_traceback(data, tokenizer):
    """Prompts, or one of headkb's own exceptions: nothing else comes out."""
    entry = data.draw(st.sampled_from(sorted(GENERATORS.values(), key=lambda g: g.id)))
    names = data.draw(st.lists(st.sampled_from(sorted(entry.parameters)), max_size=2, unique=True))
    given_ = {name: data.draw(SMALL.get(name, THINGS) | THINGS) for name in names}
    source = data.draw(st.sampled_from([tokenizer, 64]))
    n = data.draw(SMALL["n"])
    hypothesis.assume(not any(isinstance(v, int) and v > 2_000 for v in given_.values()))
    try:
        prompts = make_prompts(entry.id, source, n, **given_)
    except HeadkbError:
        return
    assert prompts.tokens.shape[0] == n


@pytest.mark.parametrize("value", [2**64, -1, 1.5, "first", True, None, math.nan])
def test_seeds_and_numbers_of_prompts_are_whole_and_in_range(value):
    """Those that torch could not take, too."""
    with pytest.raises(HeadkbError, match=r"seed of random-tokens is"):
        make_prompts("random-tokens", 64, 1, value)
    with pytest.raises(HeadkbError, match=r"n of random-tokens is"):
        make_prompts("random-tokens", 64, 10**9 if value == 2**64 else value)


def test_a_word_for_a_number_becomes_the_number_everywhere():
    """What YAML writes as 1 is the text that a keyword of texts takes, and the other way round."""
    made = make_prompts("interleaved-markov", 64, 2, lags=1, length="9")
    assert made.meta["parameters"]["lags"] == "1"
    assert made.meta["parameters"]["length"] == 9


def test_signatures_and_their_source_say_the_same():
    """The catalog is checked by the source alone; the code checks by what was imported."""
    for id_, entry in code.generators().items():
        written, real = entry.keywords, keywords_of(GENERATORS[id_].function)
        assert written.keys() == real.keys()
        for name, keyword in written.items():
            one, other = allowed(keyword.annotation), allowed(real[name].annotation)
            assert (one.choices, one.kinds) == (other.choices, other.kinds), f"{id_} {name}"


def test_a_question_can_be_no_copy_of_its_examples():
    """Where there are too few sums for that, the search for one ends."""
    with pytest.raises(HeadkbError, match="hold nearly every sum"):
        make_prompts("shifted-addition", _digits(), 2, shots=64, shift=5)


def _digits():
    from headkb.models import load_model

    return load_model("organism-tasks")


def test_a_table_of_transitions_is_bounded():
    """Symbols to the power of order would fill any memory."""
    with pytest.raises(HeadkbError, match="Choose fewer of either"):
        make_prompts("icl-markov", 2000, 1, symbols=1000, order=8, length=20)


def test_plain_annotations_keep_their_meaning():
    """Keywords of plug-ins without a range, and without an annotation."""
    assert value_of("x", Keyword("float"), "0.5") == 0.5
    assert value_of("x", Keyword(""), "word") == "word"
    with pytest.raises(HeadkbError, match="Choose a number"):
        value_of("x", Keyword("float"), "inf")
