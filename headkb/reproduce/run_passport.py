"""What a run record says of its model: the passport, and what really stood before and after the prompts."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from headkb.catalog.schema.passport import RunPassport
from headkb.models import LoadedModel
from headkb.prompts import vocabulary
from headkb.tensors import Prompts

_OF_THE_RUN = {"id", "source", "revision", "weights_sha256", "dtype"}
"""Entries of a passport that a run has as fields of its own."""
_UNUSED = 3
"""How many of the tensors that are left over are named."""


def run_passport(loaded: LoadedModel, prompts: Prompts | None = None) -> dict[str, Any]:
    """The passport as a run record holds it.

    Args:
        loaded: The model.
        prompts: What it read; their first and last tokens are compared with those that the BOS policy puts there.
    """
    data = {key: value for key, value in loaded.passport.data().items() if key not in _OF_THE_RUN}
    if unused := data.pop("unused", ()):
        data["unused"] = {"count": len(unused), "first": list(unused[:_UNUSED])}
    if data["unembedding"] == "none":
        del data["unembedding"]
    before, after = ((), ()) if prompts is None else _around(loaded, prompts)
    piece = RunPassport.model_validate({**data, "before": before, "after": after})
    return piece.model_dump(mode="json", exclude_defaults=True, exclude_none=True)


def _around(loaded: LoadedModel, prompts: Prompts) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The tokens of the policy that really stand before and after every prompt, as the tokenizer spells them."""
    words = vocabulary(loaded)
    before, after = words.around(prompts.meta["parameters"].get("bos", "none"))
    ends = [row[:length] for row, length in zip(prompts.tokens, prompts.lengths.tolist(), strict=True)]
    there = (
        before if all(_same(row[: len(before)], before) for row in ends) else (),
        after if all(_same(row[len(row) - len(after) :], after) for row in ends) else (),
    )
    spell = getattr(loaded.tokenizer, "convert_ids_to_tokens", str)
    return tuple(str(spell(id_)) for id_ in there[0]), tuple(str(spell(id_)) for id_ in there[1])


def _same(tokens: Tensor, ids: tuple[int, ...]) -> bool:
    return torch.equal(tokens.cpu(), torch.tensor(ids, dtype=tokens.dtype))
