"""How prompts carry answers and counterparts, and what is said when they do not."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from torch import Tensor  # noqa: E402

from headkb.errors import ShapeError, UnknownNameError  # noqa: E402
from headkb.methods.contrast import MetricName, contrast, end_of, named  # noqa: E402
from headkb.tensors import Prompts, position_mask  # noqa: E402


def says(error, text):
    """The error with that text in it."""
    return pytest.raises(error, match=re.escape(text))


def test_slices_keep_both_sides_together(pairs):
    """A slice of a contrast is the slice of every part of it, and of one length."""
    prompts = pairs(padded=True)
    both = contrast(prompts)
    parts = [some for _, some in both.batches(prompts.tokens.shape[1])]
    assert len(parts) == len(prompts)
    assert torch.equal(torch.cat([some.other.tokens for some in parts]), both.other.tokens)
    assert torch.equal(torch.cat([some.clean.mask for some in parts]), prompts.mask)
    assert torch.equal(torch.cat([some.answers for some in parts]), prompts.paired["answers"])
    assert torch.equal(torch.cat([some.wrong for some in parts]), prompts.paired["wrong"])


def test_prompts_are_sliced_with_all_that_belongs_to_them(pairs):
    """Answers and counterparts follow their prompts, so a batch of `Prompts.batches` is a contrast of its own."""
    prompts = pairs(padded=True)
    one = prompts.select(slice(1, 2))
    assert one.tokens.shape == one.corrupted.tokens.shape == (1, 5)
    assert torch.equal(one.corrupted.tokens, prompts.corrupted.tokens[1:2, :5])
    assert one.paired["answers"].tolist() == prompts.paired["answers"][1:2].tolist()
    assert contrast(one).pair[1].tolist() == prompts.paired["wrong"][1:2].tolist()
    with says(ShapeError, "corrupted has 1 prompts and tokens 3"):
        replace(prompts, corrupted=one)


def test_end_is_the_last_real_token_unless_said(pairs):
    """Corrupted prompts without an end of their own take that of the clean ones."""
    prompts = pairs(padded=True)
    assert torch.equal(end_of(Prompts(prompts.tokens, prompts.mask)), prompts.mask.sum(-1) - 1)
    early = replace(prompts, positions={"end": torch.tensor([1, 2, 3])})
    assert torch.equal(end_of(contrast(early).other), torch.tensor([1, 2, 3]))


def test_positions_filled_up_with_minus_one_count_once(pairs):
    """A row with fewer positions than others marks only its own, and padding is never marked."""
    prompts = replace(pairs(padded=True), positions={"few": torch.tensor([[2, 3], [4, -1], [0, 6]])})
    found = position_mask(named(prompts, "few"), prompts.mask)
    assert [row.nonzero()[:, 0].tolist() for row in found] == [[2, 3], [4], [0, 6]]
    padding = replace(prompts, positions={"few": torch.tensor([[2, 3], [4, 6], [0, 6]])})
    assert position_mask(named(padding, "few"), prompts.mask)[1].nonzero()[:, 0].tolist() == [4]


def test_a_prompt_without_the_position_is_named(pairs):
    """The message holds the number of the prompt."""
    prompts = replace(pairs(), positions={"few": torch.tensor([[2, 3], [-1, -1], [0, 6]])})
    with says(ShapeError, "prompt 1 has no position 'few'"):
        named(prompts, "few")


def test_unknown_positions_and_metrics_are_refused(pairs):
    """With the names that there are."""
    with says(UnknownNameError, "no positions named 'midle'. Did you mean 'middle'? These prompts have: end, middle."):
        named(pairs(), "midle")
    with says(UnknownNameError, "no metric named 'logit'"):
        contrast(pairs()).metric("logit")  # type: ignore[arg-type]


def test_counterparts_of_another_shape_are_refused(pairs):
    """Both shapes stand in the message."""
    prompts = pairs()
    other = Prompts.of(prompts.tokens[:, :-1])
    with says(ShapeError, "corrupted prompts are (3, 6) and the prompts (3, 7)"):
        contrast(replace(prompts, corrupted=other))


def test_answers_of_another_shape_are_refused(pairs):
    """The shape found and the shape needed."""
    prompts = pairs()
    with says(ShapeError, "paired['answers'] is (2,); it must be a tensor [prompt], here (3,)"):
        replace(prompts, paired={"answers": torch.tensor([1, 2])})
    with says(ShapeError, "paired['wrong'] is list"):
        replace(prompts, paired={"wrong": [1, 2, 3]})
    with says(ShapeError, "paired['wrong'] is (3, 1); it must be token ids [prompt]"):
        contrast(replace(prompts, paired={"wrong": torch.tensor([[1], [2], [3]])}))


def test_what_is_missing_is_asked_for(pairs):
    """No counterpart, no answers."""
    bare = contrast(Prompts.of(pairs().tokens))
    with says(
        ShapeError,
        "the 3 prompts have no corrupted counterpart. Choose prompts that have one, such as --generator ioi "
        "(in Python, Prompts of the shape (3, 7) in `corrupted`).",
    ):
        _ = bare.other
    for name in ("logit_diff", "log_prob"):
        with says(ShapeError, "the 3 prompts have no answers"):
            bare.metric(name)


def test_metrics_are_what_they_are_called(tiny, pairs):
    """Read off the full logits by hand."""
    from headkb.methods.passes import baseline

    model, prompts = tiny("gpt2"), pairs(padded=True)
    with torch.no_grad():
        logits = model(prompts.tokens, attention_mask=prompts.mask.long()).logits
    rows, at = torch.arange(3), logits[torch.arange(3), prompts.positions["end"]]
    right = at[rows, prompts.paired["answers"]]
    expected: dict[MetricName, Tensor] = {
        "logit_diff": right - at[rows, prompts.paired["wrong"]],
        "log_prob": at.log_softmax(-1)[rows, prompts.paired["answers"]],
        "probability": at.softmax(-1)[rows, prompts.paired["answers"]],
    }
    for name, value in expected.items():
        torch.testing.assert_close(baseline(model, contrast(prompts), name), value, rtol=1e-5, atol=1e-5)
