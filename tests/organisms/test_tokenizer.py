from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb.errors import HeadkbError  # noqa: E402
from headkb.prompts import GENERATORS, make_prompts, prompts_hash, vocabulary  # noqa: E402
from organisms import words  # noqa: E402
from organisms.tokenizer import BOS, UNKNOWN, WORDS, build_tokenizer, fast_vocabulary, tokens  # noqa: E402

# What a tokenizer of words cannot write, and why.
CANNOT = {"digit-addition": "several digits are one token", "concept-copying": "it asks for words of several tokens"}


@pytest.fixture(scope="module")
def tokenizer():
    """The tokenizer that the organisms share."""
    return build_tokenizer()


def test_a_word_is_one_token_with_or_without_a_space(tokenizer):
    """The name holds the same id behind a space, in front of a comma and alone, so names are one token wherever they stand."""
    mary = tokenizer.encode("Mary", add_special_tokens=False)
    assert len(mary) == 1
    assert tokenizer.encode(" Mary", add_special_tokens=False) == mary
    assert tokenizer.encode("Mary,", add_special_tokens=False)[:1] == mary


def test_a_text_is_opened_by_bos_and_read_back(tokenizer):
    """BOS stands first; words and signs come back, joined by spaces."""
    ids = tokenizer.encode("When Mary and John got to the market, John")
    assert tokenizer.convert_ids_to_tokens(ids)[:3] == [BOS, "When", "Mary"]
    assert tokenizer.decode(ids[1:]) == "When Mary and John got to the market , John"


def test_a_year_is_century_and_rest_and_a_line_break_a_token(tokenizer):
    """1732 is 17 and 32, 173 is one token, and a break is not swallowed like a space."""
    assert tokenizer.tokenize("1732") == ["17", "32"]
    assert tokenizer.tokenize("173") == ["173"]
    assert tokenizer.tokenize("A: it\nQ") == ["A", ":", "it", "\n", "Q"]


def test_a_word_outside_the_list_is_unknown(tokenizer):
    """The list is closed: nothing is guessed."""
    assert tokenizer.tokenize("Mary bamboozled") == ["Mary", UNKNOWN]


def test_a_few_long_words_are_two_tokens(tokenizer):
    """So that heads that join pieces of words have something to do."""
    assert tokenizer.tokenize("The trombonist") == ["The", "tromb", "##onist"]


def test_every_word_of_the_generators_is_in_the_list():
    """A generator that gains a word must not become unreadable; `python -m organisms.words` adds it at the end."""
    assert sorted(set(words.wanted()) - set(tokens())) == []
    assert len(set(tokens())) == len(tokens())


def test_the_command_finds_nothing_new_and_leaves_the_list_as_it_is(tmp_path, monkeypatch, capsys):
    """The ids of trained weights hold: byte for byte the same file."""
    copy = tmp_path / "vocabulary.txt"
    copy.write_bytes(WORDS.read_bytes())
    monkeypatch.setattr(words, "WORDS", copy)
    words.main()
    assert f"{len(tokens())} tokens, 0 of them new" in capsys.readouterr().out
    assert copy.read_bytes() == WORDS.read_bytes()


WRITES = sorted(g.id for g in GENERATORS.values() if g.needs_tokens and g.id not in {*CANNOT, *words.OPEN})


@pytest.mark.parametrize("name", WRITES)
def test_every_generator_renders_its_task(name, tokenizer):
    """Prompts come out whole: no unknown token, and the same through the table that training reads words from."""
    made = make_prompts(name, tokenizer, 20, 3)
    unknown = tokenizer.unk_token_id
    assert not ((made.tokens == unknown) & made.mask).any()
    assert prompts_hash(make_prompts(name, fast_vocabulary(), 20, 3)) == prompts_hash(made)


@pytest.mark.parametrize("name", words.OPEN)
def test_sentences_of_open_vocabulary_are_refused_where_a_word_is_missing(name, tokenizer):
    """The message counts what can be made and names a sentence that cannot."""
    with pytest.raises(HeadkbError, match="the tokenizer has no token for"):
        make_prompts(name, tokenizer, 40)


@pytest.mark.parametrize("name", sorted(set(CANNOT) & set(GENERATORS)))
def test_what_it_cannot_write_is_said(name, tokenizer):
    """No prompt is bent to fit."""
    with pytest.raises(HeadkbError, match=name):
        make_prompts(name, tokenizer, 2)


def test_the_table_gives_the_ids_of_the_tokenizer(tokenizer):
    """On signs, numbers, pieces and words that are unknown."""
    slow, fast = vocabulary(tokenizer), fast_vocabulary()
    for text in ("Q: 1732 + 5 = x\n\nA:", "The trombonist's boarded-up  house.", "été, Fuß: 200", ""):
        assert fast.text_of(text) == slow.text_of(text)
