"""NaN and infinity are reported with the head that holds them and the tensor they come from, and never become a score."""

from __future__ import annotations

from typing import NoReturn

import torch
from torch import Tensor, nn

from headkb.errors import ModelError


def check_heads(model: nn.Module, layer: int, what: str, values: Tensor, mask: Tensor | None = None) -> None:
    """Refuse NaN or infinity in what the heads of one layer hold at real positions.

    Args:
        model: The model, whose weights are searched for the cause.
        layer: Number of the block.
        what: What the values are, for the message: pattern, z.
        values: `[batch, head, pos]` or `[batch, head, pos, d]`. Of a pattern one key is enough, since a softmax over NaN or overflow is NaN in
            its whole row.
        mask: `[batch, pos]`, True = a real token; None = all are.

    Raises:
        ModelError: With the first head, and the tensor that holds the NaN or the remedy for an overflow.
    """
    if not _all_finite(values):
        good = values.isfinite() if values.dim() == 3 else values.isfinite().all(-1)
        bad = (~good if mask is None else ~good & mask[:, None].to(good.device)).any(-1).any(0)  # [head]
        if bool(bad.any()):
            refuse(model, f"L{layer}H{int(bad.nonzero()[0])}'s {what}")


def check_rows(model: nn.Module, rows: Tensor, mask: Tensor | None = None, what: str = "the model's output") -> None:
    """Refuse NaN or infinity in `rows`, `[batch, pos, width]`, where `mask`, `[batch, pos]`, is True; None = everywhere.

    Raises:
        ModelError: As `check_heads`.
    """
    if not _all_finite(rows):
        bad = ~rows.isfinite().all(-1)
        if bool(bad.any() if mask is None else (bad & mask.to(bad.device)).any()):
            refuse(model, what)


def _all_finite(values: Tensor) -> bool:
    """Whether a sum is finite, in one pass over the values; False may also mean that the sum itself overflows."""
    return bool(values.sum(dtype=torch.float32).isfinite())


def refuse(model: nn.Module, what: str) -> NoReturn:
    """Say that `what` holds NaN or infinity, and why.

    Raises:
        ModelError: Always.
    """
    weights = [(name, x) for name, x in model.named_parameters() if x.device.type != "meta"]
    bad = [
        (name, "NaN" if bool(x.isnan().any()) else "infinity") for name, x in weights if not bool(x.isfinite().all())
    ]
    if bad:
        (name, kind), more = bad[0], f", as do {len(bad) - 1} others" if len(bad) > 1 else ""
        raise ModelError(f"{what} holds NaN or infinity; tensor {name} holds {kind}{more}. Load intact weights.")
    dtype = str(next(model.parameters()).dtype).removeprefix("torch.")
    remedy = "Look at the scale of the weights." if dtype == "float32" else "Load the model in float32."
    raise ModelError(f"{what} holds NaN or infinity, though all weights are finite: {dtype} overflows. {remedy}")
