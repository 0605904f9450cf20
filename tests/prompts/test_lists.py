from __future__ import annotations

import pytest
import yaml

pytest.importorskip("torch")

from headkb.prompts.lists import (
    CATEGORIES,
    DATA,
    FRENCH,
    GERMAN,
    LANGUAGES,
    LINKED,
    NO,
    SENTENCES,
    YES,
    parse,
    read_lists,
)

FILES = sorted(path.stem for path in DATA.iterdir())


def keys(node):
    """The keys of every mapping of a file, mapping by mapping."""
    if isinstance(node, yaml.MappingNode):
        yield [key.value for key, _ in node.value]
    for child in node.value if isinstance(node, yaml.CollectionNode) else ():
        for inner in child if isinstance(child, tuple) else (child,):
            yield from keys(inner)


@pytest.mark.parametrize("file", FILES)
def test_no_list_and_no_input_stands_twice_in_a_file(file):
    """YAML would keep the last one in silence."""
    node = yaml.compose((DATA / f"{file}.yaml").read_text(encoding="utf-8"))
    assert all(len(set(names)) == len(names) for names in keys(node))


def leaves(value):
    """What the lists hold in the end."""
    if isinstance(value, dict | tuple):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from leaves(inner)
    else:
        yield value


@pytest.mark.parametrize("file", FILES)
def test_every_leaf_is_text(file):
    """A word such as no or a number stays the word that it is."""
    assert all(isinstance(leaf, str) and leaf.strip() == leaf != "" for leaf in leaves(read_lists(file)))


def test_lists_that_are_compared_have_one_length():
    """As many questions for Yes as for No, and the same sentences in each language."""
    assert len(YES) == len(NO)
    assert len({len(sentences) for sentences in LANGUAGES.values()}) == 1


def test_a_word_has_one_category_and_one_sentence_stands_once():
    """So a question about a kind has one answer, and a paragraph of different sentences no repetition."""
    members = [member for known in CATEGORIES.values() for member in known]
    assert len(members) == len(set(members))
    assert len(set(SENTENCES)) == len(SENTENCES)


def test_both_languages_translate_some_of_the_same_words():
    """A prompt that differs in the language alone needs words of both."""
    assert len({word for word, _ in FRENCH} & {word for word, _ in GERMAN}) > 4


def test_a_marked_sentence_gives_its_text_and_its_links():
    """Every determiner leads to the next noun, subject and object to the verb; the marks are gone."""
    text, links = parse("A_d young painter_s bought_v the_d house_o .")
    assert text == "A young painter bought the house."
    assert links == [("determiner", 0, 2), ("subject", 2, 3), ("determiner", 4, 5), ("object", 5, 3)]
    assert not any("_" in parse(sentence)[0] for sentence in LINKED)
