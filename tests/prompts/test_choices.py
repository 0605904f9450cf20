from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb.errors import HeadkbError  # noqa: E402
from headkb.prompts import make_prompts  # noqa: E402
from tests.prompts.prompt_text import at  # noqa: E402


def test_multiple_choice_moves_the_right_answer(tokenizer):
    """Every letter is right equally often; the corrupted prompt holds the right option at the rival's letter."""
    made = make_prompts("mcqa", tokenizer, 12)
    assert made.meta["correct"] == [0, 1, 2, 3] * 3
    assert made.positions["letters"].shape == (12, 4)
    assert torch.equal(
        made.positions["correct_letter"],
        made.positions["letters"][torch.arange(12), torch.tensor(made.meta["correct"])],
    )
    other = made.corrupted
    assert torch.equal(other.paired["answers"], made.paired["wrong"])
    assert at(tokenizer, other, "correct_content") == at(tokenizer, made, "correct_content")


def test_yes_no_names_both_answers_in_both_orders(tokenizer):
    """Half of the questions are to be answered with Yes, in either order of the instruction."""
    made = make_prompts("yes-no", tokenizer, 8)
    assert at(tokenizer, made, "yes") == [" Yes"]
    assert (made.positions["yes"] < made.positions["no"]).tolist() == [True, True, False, False] * 2
    yes = [tokenizer.decode([int(id_)]).strip() == "Yes" for id_ in made.paired["answers"]]
    assert yes == [True, False] * 4
    first = made.positions["after_instruction"][:, 0]
    assert (first > torch.maximum(made.positions["yes"], made.positions["no"])).all()


def test_statements_come_in_pairs(tokenizer):
    """A true and a false version each, in one group."""
    made = make_prompts("true-false", tokenizer, 60)
    assert made.paired["labels"].tolist() == [1, 0] * 30
    assert torch.equal(made.paired["groups"][::2], made.paired["groups"][1::2])


def test_each_letter_can_be_looked_at_by_itself(tokenizer):
    """Four places of one token, together the letters."""
    made = make_prompts("mcqa", tokenizer, 4)
    each = torch.stack([made.positions[f"letter_{letter}"] for letter in "abcd"], 1)
    assert torch.equal(each, made.positions["letters"])


def test_answered_questions_come_before_the_one_that_is_asked(tokenizer):
    """The examples hold the letters evenly, whatever is right next, and no place that is marked."""
    made = make_prompts("mcqa", tokenizer, 40, shots=3)
    assert all(told.count("Question: ") == 4 and told.count("Answer: ") == 3 for told in made.meta["texts"])
    assert made.meta["correct"] == [0, 1, 2, 3] * 10
    shown = [part[0] for told in made.meta["texts"] for part in told.split("Answer: ")[1:]]
    assert all(20 <= shown.count(letter) <= 40 for letter in "ABCD")
    last = [told.split("Answer: ")[-1][0] for told in made.meta["texts"]]
    same = sum(letter == "ABCD"[right] for letter, right in zip(last, made.meta["correct"], strict=True))
    assert 2 <= same <= 18
    asked = [told.rindex("Question: ") for told in made.meta["texts"]]
    before = len(tokenizer.encode(made.meta["texts"][0][: asked[0]], add_special_tokens=False))
    assert int(made.positions["letters"][0, 0]) > before
    with pytest.raises(HeadkbError, match="shots of mcqa is -1"):
        make_prompts("mcqa", tokenizer, 1, shots=-1)
