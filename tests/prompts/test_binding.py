from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb.errors import HeadkbError, UnknownNameError  # noqa: E402
from headkb.prompts import make_prompts  # noqa: E402
from tests.prompts.prompt_text import at  # noqa: E402


def test_ioi_places_and_balance(tokenizer):
    """S1 and S2 are the wrong answer, IO the right one; both orders in turn; ABC has three other names in their places."""
    made = make_prompts("ioi", tokenizer, 10, seed=1)
    tokens = made.tokens
    for name, asked in (("io", "answers"), ("s1", "wrong"), ("s2", "wrong")):
        assert torch.equal(tokens.gather(1, made.positions[name][:, None])[:, 0], made.paired[asked])
    assert torch.equal(made.positions["s1_plus_1"], made.positions["s1"] + 1)
    first = made.positions["io"] < made.positions["s1"]
    assert first.tolist() == [True, False] * 5
    assert made.meta["order"] == ["ABBA", "BABA"] * 5
    names = [made.positions[name] for name in ("io", "s1", "s2")]
    other = made.corrupted.tokens
    three = torch.stack([other.gather(1, where[:, None])[:, 0] for where in names], 1)
    assert all(len(set(row)) == 3 for row in three.tolist())
    assert all(
        not {int(a), int(w)} & set(row)
        for a, w, row in zip(made.paired["answers"], made.paired["wrong"], three.tolist(), strict=True)
    )
    changed = (other != tokens).nonzero()[:, 1].tolist()
    assert len(changed) == 30


def test_ioi_can_swap_the_answer(tokenizer):
    """With s2-io the giver is the other one, and the corrupted prompt's answer is the clean one's rival."""
    made = make_prompts("ioi", tokenizer, 4, corruption="s2-io", order="BABA")
    other = made.corrupted
    assert torch.equal(other.paired["answers"], made.paired["wrong"])
    assert torch.equal(other.tokens.gather(1, made.positions["s2"][:, None])[:, 0], made.paired["answers"])
    with pytest.raises(UnknownNameError, match="no order of ioi named 'ABAB'"):
        make_prompts("ioi", tokenizer, 4, order="ABAB")


def test_colored_objects_ask_for_one_of_three(tokenizer):
    """The right colour stands before the thing asked for; the corrupted prompt asks for another of the three."""
    made = make_prompts("colored-objects", tokenizer, 6)
    assert at(tokenizer, made, "query") == at(tokenizer, made, "correct_object")
    assert torch.equal(made.positions["correct_color"] + 1, made.positions["correct_object"])
    assert (made.corrupted.tokens != made.tokens).sum(1).tolist() == [1] * 6


def test_more_coloured_objects_can_be_shown_before_the_question(tokenizer):
    """Each example is answered rightly; one stands there if nothing is said, and none is not possible."""
    made = make_prompts("colored-objects", tokenizer, 6, shots=3)
    for told in made.meta["texts"]:
        *examples, asked = told.split("Q: ")[1:]
        assert len(examples) == 3
        for example in examples:
            thing, colour = example.split("color is the ")[1].split("?")[0], example.split("A: ")[1].strip().lower()
            assert f"a {colour} {thing}" in example
        assert asked.endswith("\nA:")
    assert torch.equal(
        make_prompts("colored-objects", tokenizer, 3).tokens,
        make_prompts("colored-objects", tokenizer, 3, shots=1).tokens,
    )
    with pytest.raises(HeadkbError, match="shots of colored-objects is 0"):
        make_prompts("colored-objects", tokenizer, 1, shots=0)
