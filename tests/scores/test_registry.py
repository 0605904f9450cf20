from __future__ import annotations

import inspect
import re

import pytest

torch = pytest.importorskip("torch")

from headkb.errors import UnknownNameError  # noqa: E402
from headkb.prompts import GENERATORS  # noqa: E402
from headkb.scores import SCORES, get_score  # noqa: E402
from headkb.tensors import Prompts  # noqa: E402


def test_the_first_cut_is_there():
    """Seven ids, which claims and runs may name for good."""
    assert set(SCORES) >= {
        "attention-to-delimiter",
        "attention-to-first",
        "duplicate-token",
        "entropy",
        "induction",
        "next-token",
        "previous-token",
    }


def test_a_miss_teaches():
    """The near name stands in the message."""
    with pytest.raises(UnknownNameError, match=r"no score named 'inductoin'\. Did you mean 'induction'\?"):
        get_score("inductoin")


@pytest.mark.parametrize("score", SCORES.values(), ids=lambda score: score.id)
def test_records_are_whole(score):
    """Every score says what, whence and for which prompts; its parameters are those of its function, defaults included."""
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", score.id)
    assert score.version >= 1
    assert score.formula
    assert score.source
    assert score.summary.endswith(".")
    assert score.default_prompts in GENERATORS
    keywords = {
        p.name: p.default for p in inspect.signature(score.function).parameters.values() if p.kind is p.KEYWORD_ONLY
    }
    assert keywords == {name: parameter.default for name, parameter in score.parameters.items()}
    assert all(not p.choices or p.default in p.choices for p in score.parameters.values())


@pytest.mark.parametrize("score", SCORES.values(), ids=lambda score: score.id)
def test_docstrings_follow_the_template(score):
    """First line, what comes back, source and a runnable example."""
    text = inspect.getdoc(score.function)
    for section in ("Returns:", "Source:", "Example:"):
        assert f"\n{section}\n" in text
    assert "`[batch, head]`" in text


def test_variants_are_parameters():
    """A published variant is the same function with other parameters, and a parameter given by hand overrules it."""
    pattern, prompts = torch.full((1, 1, 4, 4), 0.25), Prompts.of(torch.tensor([[5, 6, 5, 6]]))
    score = get_score("induction")
    assert (
        score.reader("transformer-lens-mul")(pattern, prompts).item()
        == score.function(pattern, prompts, measure="mul").item()
    )
    by_hand = score.reader("transformer-lens-mul", exclude_bos=True)(pattern, prompts)
    assert by_hand.item() == score.reader("transformer-lens-mul-no-bos")(pattern, prompts).item()


@pytest.mark.parametrize(
    ("variant", "parameters", "message"),
    [
        ("strip", {}, "no variant of induction named 'strip'. Did you mean 'stripe'?"),
        (None, {"perod": 3}, "no parameter of induction named 'perod'. Did you mean 'period'?"),
        (None, {"measure": "means"}, "no measure of induction named 'means'. Did you mean 'mean'?"),
    ],
)
def test_unknown_variants_and_parameters_are_refused(variant, parameters, message):
    """Before any model runs."""
    with pytest.raises(UnknownNameError) as caught:
        get_score("induction").reader(variant, **parameters)
    assert str(caught.value).startswith(message)
