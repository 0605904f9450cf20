from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
from headkb.errors import HeadkbError  # noqa: E402
from headkb.exact import build_tokenizer  # noqa: E402
from headkb.prompts import SENTENCES, make_prompts  # noqa: E402
from headkb.prompts.lists import LINKED, parse  # noqa: E402
from tests.prompts.prompt_text import at  # noqa: E402


def test_sentences_are_padded_on_the_right_and_named():
    """The mask ends with each sentence; meta says which ones they are, in the order of the seed."""
    tokenizer = build_tokenizer()
    made = make_prompts("english-sentences", tokenizer, 6, seed=4)
    for row, index in enumerate(made.meta["sentences"]):
        text = SENTENCES[index]
        assert int(made.mask[row].sum()) == len(text) + 1
        assert tokenizer.decode(made.tokens[row][made.mask[row]][1:]) == text
    assert made.meta["sentences"] != make_prompts("english-sentences", tokenizer, 6, seed=5).meta["sentences"]


def test_punctuation_and_special_positions():
    """The full stop at the end is among the punctuation; BOS is the only special token; -1 fills up."""
    made = make_prompts("english-sentences", build_tokenizer(), 48)
    last = made.lengths - 1
    assert (made.positions["punctuation"] == last[:, None]).any(1).all()
    assert made.positions["special"].tolist() == [[0]] * 48
    commas = [
        SENTENCES[index].count(",") + SENTENCES[index].count(".") + SENTENCES[index].count(";")
        for index in made.meta["sentences"]
    ]
    assert (made.positions["punctuation"] >= 0).sum(1).tolist() == commas


def test_no_more_sentences_than_there_are():
    """Rather than repeat some."""
    with pytest.raises(HeadkbError, match=r"n is 49; english-sentences has 48 sentences\. Choose --prompts 1 to 48 "):
        make_prompts("english-sentences", build_tokenizer(), 49)


def test_structure_of_natural_text(tokenizer):
    """Sentences, pieces of words, rare words and grammatical links stand where the positions say."""
    paragraphs = make_prompts("english-paragraphs", tokenizer, 3, sentences=3)
    starts = paragraphs.positions["segment_start"][0][paragraphs.mask[0]]
    assert len(starts[starts >= 0].unique()) == 3
    split = make_prompts("subword-words", tokenizer, 5)
    pieces = split.positions["pieces"][0]
    words = split.positions["word_start"][0]
    assert all(0 <= int(words[pos]) < int(pos) for pos in pieces[pieces >= 0])
    rare = make_prompts("rare-words", tokenizer, 5)
    assert rare.positions["rare"].shape[0] == 5
    linked = make_prompts("dependency-sentences", tokenizer, 40)
    for name in ("determiner", "subject", "object"):
        assert linked.positions[name].shape == linked.positions[f"{name}_head"].shape
    assert torch.equal(linked.positions["subject_head"], linked.positions["object_head"])
    copies = make_prompts("induction-text", tokenizer, 3)
    first, second = (copies.positions[f"{name}_copy"][0] for name in ("first", "second"))
    kept = first >= 0
    assert torch.equal(copies.tokens[0, first[kept]], copies.tokens[0, second[kept]])


@pytest.mark.parametrize("relation", ["subject", "object"])
def test_no_fixed_offset_passes_for_syntax(relation):
    """The most frequent distance from a subject or an object to its verb is that of at most four links in ten."""
    links = [link for sentence in LINKED for link in parse(sentence)[1] if link[0] == relation]
    offsets = [parent - child for _, child, parent in links]
    assert max(offsets.count(offset) for offset in offsets) <= 0.4 * len(offsets)


def test_a_determiner_never_stands_where_heads_rest(tokenizer):
    """Without a BOS a sentence is opened, by tokens that count as no word; the links are the same as with one."""
    bare = make_prompts("dependency-sentences", tokenizer, 40, bos="none")
    opened = make_prompts("dependency-sentences", tokenizer, 40, bos="first")
    assert (bare.positions["dependent"] != 0).all()
    assert (bare.positions["word_start"][:, 0] == -1).all()
    for name in ("dependent", "head", "determiner", "determiner_head", "subject", "object_head"):
        told = [[token.strip()[:1] for token in at(tokenizer, made, name, 0)] for made in (bare, opened)]
        assert told[0] == told[1]
    words = [row[row >= 0].unique().numel() for row in bare.positions["word_start"]]
    assert words == [row[row >= 0].unique().numel() for row in opened.positions["word_start"]]
