from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb.errors import HeadkbError  # noqa: E402
from headkb.exact import build_tokenizer  # noqa: E402
from headkb.prompts import vocabulary  # noqa: E402
from headkb.prompts.drafts import Draft, collect  # noqa: E402
from headkb.prompts.lines import Line, Unfit, fill, read, uniform, word_starts  # noqa: E402


@pytest.fixture
def characters():
    """One token a character."""
    return vocabulary(build_tokenizer())


@pytest.fixture
def words(tokenizer):
    """One token a word, mostly."""
    return vocabulary(tokenizer)


def test_a_template_marks_its_slots():
    """Several names for one place, text of its own, and slots without a name."""
    line = fill("The {=son of:relation} {who:a+b} and {other}", {"who": "Tom", "other": "Ann"})
    assert line.text == "The son of Tom and Ann"
    assert [line.text[start:stop] for _, start, stop in line.marks] == ["son of", "Tom", "Tom"]
    assert [name for name, _, _ in line.marks] == ["relation", "a", "b"]


def test_a_word_of_one_token_has_one_place(words):
    """With its leading space, whatever stands before."""
    reading = read(words, fill("When {a:io} and {b:s1} came", {"a": "Mary", "b": "John"}, " Mary", " John"))
    assert [words.decode(reading.ids[at]) for at in (*reading.marks["io"], *reading.marks["s1"])] == [" Mary", " John"]
    assert (words.decode(reading.right), words.decode(reading.wrong)) == (" Mary", " John")


def test_a_word_of_several_tokens_keeps_all_its_places(characters):
    """And the space that both answers begin with belongs to the prompt."""
    reading = read(characters, fill("So {a:io} saw", {"a": "Mary"}, " Mary", " John"))
    assert "".join(characters.decode(reading.ids[at]) for at in reading.marks["io"]) == "Mary"
    assert characters.decode(reading.ids[-1]) == " "
    assert (characters.decode(reading.right), characters.decode(reading.wrong)) == ("M", "J")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (Line("a\nb"), "the tokenizer has no token for '\\n'"),
        (Line("I saw", (), " Mark", " Mary"), "the right and the wrong answer begin with the same token"),
        (Line("I saw", (), " Mary", " Mary"), "the right and the wrong answer begin with the same token"),
    ],
)
def test_what_cannot_be_written_says_why(characters, line, reason):
    """Signs that are missing, answers that a first token does not tell apart."""
    with pytest.raises(Unfit) as caught:
        read(characters, line)
    assert str(caught.value) == reason


def test_an_answer_that_melts_into_the_prompt_is_refused(words):
    """Without a space the tokenizer joins the two."""
    with pytest.raises(Unfit, match="the answer melts into the end of the prompt"):
        read(words, Line("We met Ma", (), "ry", "rk"))


def test_words_are_grouped_by_their_tokens(characters, words):
    """Single tokens if there are enough, else the largest group of one length with first tokens of their own."""
    names = ["Mary", "Mark", "John", "Tom", "Rose", "Anna"]
    assert uniform(words, names, 3, "t") == (names, {"words_dropped": [], "tokens_per_word": 1})
    kept, facts = uniform(characters, names, 3, "t")
    assert kept == ["Mary", "John", "Rose", "Anna"]
    assert facts == {"words_dropped": ["Mark", "Tom"], "tokens_per_word": 4}
    with pytest.raises(
        HeadkbError, match=r"t: headkb-exact writes at most 4 of its words .*; 5 are needed\. Use another tokenizer\."
    ):
        uniform(characters, names, 5, "t")


def test_every_piece_knows_its_word(characters):
    """Blanks belong to none, a sign is a word of its own."""
    text = "ab cd."
    assert word_starts(characters, text, characters.text_of(text)) == [0, 0, -1, 3, 3, 5]


def test_prompts_are_padded_and_counted(characters):
    """What cannot be written is left out and counted; of alternatives the first that can be counts."""
    drafts: list[Draft | list[Draft]] = [
        Draft(Line("a\n")),
        [Draft(Line("b\n")), Draft(Line("ab", (("x", 1, 2),)))],
        Draft(Line("abc", (("x", 0, 2),)), facts={"kind": "k"}),
    ]
    made = collect(characters, 1, drafts, "first", "t")
    assert made.meta["dropped"] == {"the tokenizer has no token for '\\n'": 1}
    assert made.tokens.tolist() == [[0, *characters.text_of("ab")]]
    assert made.positions["x"].tolist() == [2]
    assert made.positions["end"].tolist() == [2]
    both = collect(characters, 2, drafts, "first", "t")
    assert both.positions["x"].tolist() == [[2, -1], [1, 2]]
    assert both.mask.tolist() == [[True, True, True, False], [True, True, True, True]]
    with pytest.raises(
        HeadkbError, match=r"t: 2 of 3 prompts can be made with headkb-exact: .* Choose --prompts 2 or fewer "
    ):
        collect(characters, 3, drafts, "first", "t")


def test_corrupted_prompts_have_the_same_length(characters):
    """Or the candidate is left out."""
    drafts = [Draft(Line("ab"), Line("abc")), Draft(Line("ab"), Line("cd"))]
    made = collect(characters, 1, drafts, "none", "t")
    assert made.corrupted.tokens.tolist() == [characters.text_of("cd")]
    assert made.meta["dropped"] == {"the corrupted version is of another length": 1}
