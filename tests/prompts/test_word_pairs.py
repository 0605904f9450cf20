from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb.errors import UnknownNameError  # noqa: E402
from headkb.prompts import make_prompts  # noqa: E402
from headkb.prompts.lists import TASKS  # noqa: E402
from tests.prompts.prompt_text import at, text  # noqa: E402


@pytest.mark.parametrize("task", sorted(TASKS))
def test_few_shot_labels_are_shuffled(tokenizer, task):
    """Every example keeps its input and none its label; the shape stays."""
    made = make_prompts("few-shot", tokenizer, 4, task=task)
    clean, shuffled = (text(tokenizer, prompts).split("\n\n") for prompts in (made, made.corrupted))
    for before, after in zip(clean[:-1], shuffled[:-1], strict=True):
        assert before.split("\nA:")[0] == after.split("\nA:")[0]
        assert before.split("\nA:")[1] != after.split("\nA:")[1]
    assert clean[-1] == shuffled[-1]


def test_translation_can_ask_for_the_other_language(tokenizer):
    """Only the language named last differs, and its word is the rival."""
    made = make_prompts("translation", tokenizer, 6, corruption="language", seed=1)
    assert torch.equal(made.corrupted.paired["answers"], made.paired["wrong"])
    for row in range(6):
        assert text(tokenizer, made, row).replace("to French", "to X").replace("to German", "to X") == text(
            tokenizer, made.corrupted, row
        ).replace("to French", "to X").replace("to German", "to X")
    with pytest.raises(UnknownNameError, match="no corruption of translation named 'labels'"):
        make_prompts("translation", tokenizer, 2, corruption="labels")


def test_facts_and_conflicts(tokenizer):
    """No fact comes twice; a conflict states another attribute, its corrupted version the true one."""
    made = make_prompts("lre-facts", tokenizer, 60)
    assert len(set(made.meta["texts"])) == 60
    conflict = make_prompts("knowledge-conflict", tokenizer, 20)
    told = tokenizer.decode(conflict.paired["wrong"][:1]).strip()
    assert at(tokenizer, conflict, "context_answer")[0].strip() == told
    stated = conflict.corrupted
    assert at(tokenizer, stated, "context_answer")[0] == tokenizer.decode(conflict.paired["answers"][:1])
    other = make_prompts("knowledge-conflict", tokenizer, 20, right="context")
    assert torch.equal(other.paired["answers"], conflict.paired["wrong"])


def test_a_subject_is_never_the_first_token_that_a_model_reads(tokenizer):
    """Without a BOS the first token is where heads rest: a text that begins with its subject is opened, clean and corrupted alike."""
    made = make_prompts("lre-facts", tokenizer, 10, relation="landmark")
    assert all(told.startswith("Text: ") for told in made.meta["texts"])
    for prompts in (made, made.corrupted):
        assert text(tokenizer, prompts).startswith("Text: ")
        assert (prompts.positions["subject"][:, 0] >= 2).all()
    assert "".join(at(tokenizer, made, "subject")).strip() == made.meta["subject"][0]


def test_a_text_is_left_alone_where_something_stands_before_it(tokenizer):
    """With a BOS, and where the text begins with another word, nothing is added."""
    assert not any(
        told.startswith("Text")
        for told in make_prompts("lre-facts", tokenizer, 10, relation="landmark", bos="first").meta["texts"]
    )
    assert all(
        told.startswith("The ") for told in make_prompts("lre-facts", tokenizer, 20, relation="capital").meta["texts"]
    )
