from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb.prompts import make_prompts  # noqa: E402
from headkb.prompts.lists import CATEGORIES, TOPICS  # noqa: E402
from tests.prompts.prompt_text import at, text  # noqa: E402


@pytest.mark.parametrize("answered", [False, True])
def test_labels_stand_behind_their_topics(tokenizer, answered):
    """One label for each topic of a prompt, both equally often; the token before each label is the colon."""
    made = make_prompts("labelled-sentences", tokenizer, 8, answered=answered, seed=6)
    for row in range(8):
        parts = [part.strip() for part in text(tokenizer, made, row).split(";")]
        pairs = [tuple(word.strip() for word in part.split(":")) for part in parts[:4]]
        topic_of = {sentence: topic for topic, known in TOPICS.items() for sentence in known}
        label_of = {topic_of[sentence]: label for sentence, label in pairs}
        assert len(set(label_of.values())) == 2
        assert sorted(label for _, label in pairs) == ["bar", "bar", "foo", "foo"]
        assert [sign.strip() for sign in at(tokenizer, made, "before_labels", row)] == [":"] * 4
        asked = topic_of[parts[4].split(":")[0]]
        if answered:
            assert parts[4].split(":")[1].strip() == label_of[asked]
            assert made.positions["before_final"][row] == made.positions["final_label"][row] - 1
        else:
            assert f" {label_of[asked]}".startswith(tokenizer.decode([int(made.paired["answers"][row])]))
    assert (made.corrupted is None) == answered


def test_lists_ask_for_one_kind_and_their_counterparts_for_another(tokenizer):
    """Same list, other question; the answers are the members of either kind."""
    made = make_prompts("category-lists", tokenizer, 6, seed=2)
    for row in range(6):
        items = "".join(at(tokenizer, made, "item", row)).strip()
        other = "".join(at(tokenizer, made, "other_item", row)).strip()
        kind, foreign = (
            "".join(at(tokenizer, made, "predicate", row)).strip(),
            "".join(at(tokenizer, made.corrupted, "predicate", row)).strip(),
        )
        assert items in CATEGORIES[kind]
        assert other in CATEGORIES[foreign]
        assert text(tokenizer, made, row).split(".")[0] == text(tokenizer, made.corrupted, row).split(".")[0]
    members = [member for known in CATEGORIES.values() for member in known]
    assert len(members) == len(set(members))


@pytest.mark.parametrize("nouns", ["stereotyped", "defined"])
def test_genders_come_in_turn(tokenizer, nouns):
    """The counterpart's noun calls for the other pronoun."""
    made = make_prompts("gendered-nouns", tokenizer, 8, nouns=nouns)
    assert made.paired["labels"].tolist() == [1, 0] * 4
    assert torch.equal(made.corrupted.paired["answers"], made.paired["wrong"])
