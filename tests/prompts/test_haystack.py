from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb.prompts import make_prompts  # noqa: E402
from tests.prompts.prompt_text import text  # noqa: E402


def test_the_needle_is_found_where_it_is_hidden(tokenizer):
    """The answer's tokens follow its queries, one by one, and are those of the needle; the depth moves it."""
    made = make_prompts("needle", tokenizer, 11, length=120)
    for row in range(11):
        source, answer = (made.positions[name][row][made.positions[name][row] >= 0] for name in ("source", "answer"))
        assert torch.equal(made.tokens[row, source], made.tokens[row, answer + 1])
        assert int(source.max()) < int(answer.min())
    early, late = (
        make_prompts("needle", tokenizer, 4, length=120, depth=depth).positions["needle"][:, 0] for depth in (0.0, 1.0)
    )
    assert (early < late).all()
    asking = make_prompts("needle", tokenizer, 2, length=60, forced=False)
    assert text(tokenizer, asking).endswith("Answer:")
    assert "answer" not in asking.positions
