from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb.prompts import make_prompts  # noqa: E402
from headkb.prompts.lists import CYCLES, ORDINAL_CLASSES  # noqa: E402
from tests.prompts.prompt_text import at  # noqa: E402


def test_the_eight_classes_have_the_size_of_the_benchmark():
    """288 pairs in all, before single tokens are chosen; only days and months go round."""
    pairs = {name: len(items) - (name not in CYCLES) for name, items in ORDINAL_CLASSES.items()}
    assert list(pairs.values()) == [199, 19, 9, 7, 7, 12, 12, 25]
    assert sum(pairs.values()) - 2 == 288


def test_succession_asks_for_the_next_item(tokenizer):
    """Alone, or after three in order; the corrupted sequence holds the same items in another order."""
    alone = make_prompts("succession", tokenizer, 8, classes="days", seed=2)
    days = ORDINAL_CLASSES["days"]
    for row in range(8):
        item = at(tokenizer, alone, "item", row)[0].strip()
        assert tokenizer.decode([int(alone.paired["answers"][row])]).strip() == days[(days.index(item) + 1) % 7]
    three = make_prompts("succession", tokenizer, 8, classes="months", form="sequence", seed=2)
    months = ORDINAL_CLASSES["months"]
    shown = [word.strip() for word in at(tokenizer, three, "members")]
    start = months.index(shown[0])
    assert shown == [months[(start + step) % 12] for step in range(3)]
    assert sorted(three.corrupted.tokens[0].tolist()) == sorted(three.tokens[0].tolist())
