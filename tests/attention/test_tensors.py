import pytest
import torch

from headkb.errors import ShapeError
from headkb.tensors import Prompts, by_layer, position_mask


def padded():
    """Three prompts of 4, 2 and 3 tokens."""
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0], [1, 1, 1, 0]]).bool()
    return Prompts(torch.arange(12).view(3, 4), mask, {"end": torch.tensor([3, 1, 2])}, {"seed": 7})


def test_batches_come_in_order_and_trimmed():
    """Batches hold at most so many tokens, padding included, and lose common padding."""
    batches = list(padded().batches(6))
    assert [tuple(b.tokens.shape) for b in batches] == [(1, 4), (2, 3)]
    assert torch.equal(torch.cat([b.positions["end"] for b in batches]), padded().positions["end"])
    assert all(b.meta == {"seed": 7} for b in batches)


def test_a_prompt_longer_than_a_batch_stands_alone():
    """No prompt is ever cut."""
    assert [len(b) for b in padded().batches(1)] == [1, 1, 1]


def test_select_can_keep_the_width():
    """`trim=False` keeps positions where logits have them."""
    assert padded().select(slice(1, 2), trim=False).tokens.shape == (1, 4)
    assert padded().select(slice(1, 2)).tokens.shape == (1, 2)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"mask": torch.ones(3, 4)}, "the mask bool"),
        ({"mask": torch.tensor([[False, True, True, True]] * 3)}, "real token after padding"),
        ({"positions": {"end": torch.tensor([1])}}, r"positions\['end'\] is \(1,\)"),
        ({"decoder": Prompts.of(torch.ones(2, 2))}, "decoder has 2 prompts and tokens 3"),
    ],
)
def test_what_does_not_fit_is_refused(change, text):
    """Shapes that do not fit together, and padding on the left, are refused with the shapes named."""
    with pytest.raises(ShapeError, match=text):
        Prompts(**{"tokens": torch.arange(12).view(3, 4), "mask": torch.ones(3, 4, dtype=torch.bool)} | change)


def test_positions_become_a_mask_and_none_means_all():
    """-1 stands for no position, what is not among the allowed is left out, and a position behind the last is refused."""
    among = torch.tensor([[True, True, True], [True, True, False]])
    named = torch.tensor([[0, 2], [2, -1]])
    assert position_mask(named, among).tolist() == [[True, False, True], [False, False, False]]
    assert position_mask(torch.tensor([1, 0]), among).tolist() == [[False, True, False], [True, False, False]]
    assert torch.equal(position_mask(None, among), among)
    with pytest.raises(ShapeError, match="positions go up to 3; the prompts have 3"):
        position_mask(torch.tensor([3, 0]), among)


def test_layers_of_other_shapes_are_padded_with_nan():
    """Each layer keeps its own numbers; the rest of the largest shape, and layers without a tensor, are NaN."""
    wide, narrow = torch.ones(2, 3, 4), torch.zeros(2, 1, 2)
    together = by_layer({0: wide, 2: narrow}, 3)
    assert together.shape == (2, 3, 3, 4)
    assert torch.equal(together[:, 0], wide)
    assert torch.equal(together[:, 2, :1, :2], narrow)
    assert int(together.isfinite().sum()) == wide.numel() + narrow.numel()
