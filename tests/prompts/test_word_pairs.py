from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb.errors import UnknownNameError  # noqa: E402
from headkb.prompts import make_prompts  # noqa: E402
from headkb.prompts.lists import TASKS  # noqa: E402
from tests.prompts.prompt_text import text  # noqa: E402


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
