"""One text through a model: tokens and the patterns of every head."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb import Catalog  # noqa: E402
from headkb.attention import observe  # noqa: E402
from headkb.errors import HeadkbError  # noqa: E402
from headkb.models import load_model  # noqa: E402
from headkb.reproduce.text_pattern import text_ids, text_pattern  # noqa: E402
from headkb.tensors import Prompts  # noqa: E402

pytestmark = pytest.mark.usefixtures("one_thread")


def test_the_weights_are_those_that_the_model_uses(real_catalog: Catalog) -> None:
    """Of every layer and head, with the token that the tokenizer puts first."""
    loaded = load_model("organism-tasks", catalog_models=real_catalog.models)
    seen = text_pattern(loaded, "the cat saw the dog .")
    ids, _ = text_ids(loaded, "the cat saw the dog .")
    assert seen.tokens[0] == "<bos>"
    assert len(seen.tokens) == len(ids) == 7
    there = observe(loaded.model, Prompts.of(torch.tensor([ids])), {"pattern"})["pattern"][0]
    assert torch.equal(seen.weights, there)
    assert seen.weights.shape == (4, 8, 7, 7)
    assert seen.weights.sum(-1).allclose(torch.ones(4, 8, 7), atol=1e-5)


def test_a_text_that_is_too_long_or_empty_is_refused(real_catalog: Catalog) -> None:
    """Before any pass, with what to do."""
    loaded = load_model("organism-tasks", catalog_models=real_catalog.models)
    with pytest.raises(HeadkbError, match="at most 4 tokens, and the text has 7"):
        text_pattern(loaded, "the cat saw the dog .", most=4)
    with pytest.raises(HeadkbError, match="makes no token"):
        text_pattern(loaded, "")
