"""Sentences with a pronoun and its antecedent: where the places lie, and what a user's file may say."""

from __future__ import annotations

import re

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb.errors import HeadkbError  # noqa: E402
from headkb.exact import build_tokenizer  # noqa: E402
from headkb.prompts import make_prompts  # noqa: E402
from headkb.prompts.lists import COREFERENCE, FUNCTION_WORDS  # noqa: E402
from headkb.prompts.pronouns import marked_sentence, read_sentences, sentences_hash  # noqa: E402
from tests.prompts.prompt_text import at, text  # noqa: E402

PRONOUNS = {"he", "she", "it", "they", "them"}
CAT, KEY = "The [cat] sat on the <mat> because {it} was tired.", "The <boy> found a [key] and hid {it}."


def words_of(sentence):
    """Marked word by kind."""
    return {kind: re.search(rf"{re.escape(a)}(\w+){re.escape(b)}", sentence)[1] for kind, a, b in MARKS}


MARKS = (("antecedent", "[", "]"), ("pronoun", "{", "}"), ("distractor", "<", ">"))


def test_the_sentences_are_as_their_page_says():
    """48 different ones, half with two names, half of either with the antecedent first; it never opens a sentence."""
    assert len(set(COREFERENCE)) == 48
    kinds = [words_of(sentence) for sentence in COREFERENCE]
    assert sum(kind["antecedent"].istitle() and kind["distractor"].istitle() for kind in kinds) == 24
    assert sum(sentence.index("[") < sentence.index("<") for sentence in COREFERENCE) == 24
    assert {kind["pronoun"] for kind in kinds} == PRONOUNS
    for sentence in COREFERENCE:
        assert 0 < sentence.index("[") < sentence.index("{")


def test_places_are_the_marked_words(tokenizer):
    """Pronoun, antecedent and distractor are read back from their tokens, the last one where a word has several."""
    made = make_prompts("coreference", tokenizer, 48, seed=3)
    by_text = {marked_sentence(sentence).line.text: words_of(sentence) for sentence in COREFERENCE}
    assert set(made.meta["texts"]) == set(by_text)
    for row, line in enumerate(made.meta["texts"]):
        for name, word in by_text[line].items():
            (token,) = at(tokenizer, made, name, row)
            assert word.endswith(token.strip())


def test_candidates_are_earlier_words_and_content_leaves_out_function_words(tokenizer):
    """Letters only, more than one of them, before the pronoun; the antecedent is among them where it is one token."""
    made = make_prompts("coreference", tokenizer, 48)
    for row in range(48):
        words, content = (made.positions[name][row] for name in ("words", "content"))
        kept = words[words >= 0]
        assert (kept < made.positions["pronoun"][row]).all()
        assert all(piece.strip().isalpha() and len(piece.strip()) > 1 for piece in at(tokenizer, made, "words", row))
        left_out = set(kept.tolist()) - set(content[content >= 0].tolist())
        spelt = {tokenizer.decode([int(made.tokens[row, pos])]).strip().casefold() for pos in left_out}
        assert spelt <= FUNCTION_WORDS
        assert not spelt & {piece.strip().casefold() for piece in at(tokenizer, made, "content", row)}


def test_a_first_token_moves_every_place(tokenizer):
    """With BOS in front, each place lies one further on."""
    bare, opened = (make_prompts("coreference", tokenizer, 6, bos=bos) for bos in ("none", "first"))
    for name in ("pronoun", "antecedent", "distractor"):
        assert torch.equal(bare.positions[name] + 1, opened.positions[name])
    assert torch.equal(
        torch.where(bare.positions["content"] >= 0, bare.positions["content"] + 1, -1), opened.positions["content"]
    )


def test_no_more_sentences_than_there_are(tokenizer):
    """Rather than repeat some."""
    with pytest.raises(HeadkbError, match=r"n is 49; coreference has 48 sentences\. Choose --prompts 1 to 48 "):
        make_prompts("coreference", tokenizer, 49)


def write(tmp_path, *lines):
    """A file of sentences."""
    path = tmp_path / "mine.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_file_gives_all_its_sentences_in_its_order(tmp_path, tokenizer):
    """Whatever n and the seed say; comments and empty lines do not count, a distractor may be missing, meta names the file without its folder."""
    path = write(tmp_path, "# mine", KEY, "", CAT.replace("<", "").replace(">", ""))
    made = make_prompts("coreference", tokenizer, 40, seed=9, file=str(path))
    assert made.meta["texts"] == ["The boy found a key and hid it.", "The cat sat on the mat because it was tired."]
    assert [at(tokenizer, made, "pronoun", row)[0].strip() for row in (0, 1)] == ["it", "it"]
    assert text(tokenizer, made, 1) == made.meta["texts"][1]
    facts = made.meta["of_file"]
    assert (facts["name"], facts["n"]) == ("mine.txt", 2)
    assert facts["sha256"] == sentences_hash([marked for _, marked in read_sentences(path)])


def test_part_of_a_word_can_be_marked(tmp_path):
    """Then the last token of that part counts, as a source may have counted; here a token is one letter."""
    tokenizer = build_tokenizer()
    ends = []
    for noun in ("[mail]man", "[mailman]"):
        path = write(tmp_path, f"The dog saw the {noun} and {{he}} ran.")
        ends.append(at(tokenizer, make_prompts("coreference", tokenizer, 1, file=str(path)), "antecedent"))
    assert ends == [["l"], ["n"]]


def test_the_hash_names_the_sentences_and_their_marks():
    """Order, distractors and doubled spaces do not change it; another antecedent does."""
    cat, key = marked_sentence(CAT), marked_sentence(KEY)
    same = [marked_sentence(KEY), marked_sentence("The [cat] sat on  the mat because {it} was tired.")]
    assert sentences_hash([cat, key]) == sentences_hash(same)
    other = marked_sentence("The <cat> sat on the [mat] because {it} was tired.")
    assert sentences_hash([other, key]) != sentences_hash([cat, key])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            "The cat sat because {it} was tired.",
            r"mine\.txt:2: 0 words are marked as antecedent with \[ \]; exactly one is",
        ),
        ("The [cat] and the [dog] saw {it}.", r"mine\.txt:2: 2 words are marked as antecedent"),
        ("The [cat] slept.", r"mine\.txt:2: 0 words are marked as pronoun with \{ \}"),
        ("When {it} slept, the [cat] was tired.", r"mine\.txt:2: the antecedent stands after the pronoun"),
        (
            "The [cat sat because {it} was tired.",
            r"mine\.txt:2: the sign \[ belongs to no mark\. Write it as: The \[cat\]",
        ),
        ("The [ cat] sat because {it} was tired.", r"mine\.txt:2: the mark around ' cat' holds a space"),
        ("A [cat] <saw> <me> and {it} ran.", r"mine\.txt:2: 2 words are marked as distractor"),
        ("The [cat{it}] ran.", r"mine\.txt:2: the sign \[ belongs to no mark"),
    ],
)
def test_a_wrong_line_is_named(line, words, tmp_path, tokenizer):
    """File and line, what is wrong, and how it is written."""
    path = write(tmp_path, CAT, line)
    with pytest.raises(HeadkbError, match=words):
        make_prompts("coreference", tokenizer, 2, file=str(path))


def test_a_sentence_that_the_tokenizer_cannot_break_there_is_named(tmp_path, tokenizer):
    """It is never left out in silence."""
    path = write(tmp_path, CAT, "The [boy]{he} ran.")
    with pytest.raises(HeadkbError, match=r"mine\.txt:2: .*Choose another sentence or another place to mark"):
        make_prompts("coreference", Glued(tokenizer), 2, file=str(path))


class Glued:
    """A tokenizer that writes `boyhe` as one token."""

    def __init__(self, inner):
        self.inner = inner

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def encode(self, told, add_special_tokens=True):
        """As the inner one, the two words melted together."""
        left, glued, right = told.partition("boyhe")
        encode = self.inner.encode
        if not glued:
            return encode(told, add_special_tokens=add_special_tokens)
        return [*encode(left, add_special_tokens=False), 7, *encode(right, add_special_tokens=False)]


def test_files_that_cannot_be_read(tmp_path, tokenizer):
    """No file, no sentence, no UTF-8: one sentence each, with the path."""
    with pytest.raises(HeadkbError, match=r"absent\.txt cannot be read: no such file.*Write --set file=PATH"):
        make_prompts("coreference", tokenizer, 1, file=str(tmp_path / "absent.txt"))
    with pytest.raises(HeadkbError, match=r"mine\.txt holds no sentence\. Write one a line"):
        make_prompts("coreference", tokenizer, 1, file=str(write(tmp_path, "# nothing")))
    path = tmp_path / "latin.txt"
    path.write_bytes(b"The [caf\xe9] closed and {it} burned.")
    with pytest.raises(HeadkbError, match=r"latin\.txt: byte 8 is no UTF-8\. Save the file as UTF-8"):
        make_prompts("coreference", tokenizer, 1, file=str(path))
