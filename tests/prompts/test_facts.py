from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb.prompts import make_prompts  # noqa: E402
from tests.prompts.prompt_text import at  # noqa: E402


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
