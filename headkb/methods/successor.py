"""Successor heads, read from matrices: does the OV circuit turn an item of an ordered class into the next one?"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from headkb.errors import ShapeError
from headkb.methods.matrices import Embedding, circuits, embedding, unembedding
from headkb.methods.structure import structure
from headkb.scores import score
from headkb.tensors import Prompts, PromptScores

SuccessorVariant = Literal["argmax", "next-top5"]


@score("successor", prompts="succession")
def successor(
    model: nn.Module,
    prompts: Prompts,
    *,
    variant: SuccessorVariant = "argmax",
    embedding_kind: Embedding = "mlp0-only",
    pairs: Tensor | None = None,
) -> PromptScores:
    """Share of items whose successor the head's OV circuit raises most.

    Args:
        prompts: Items and successors, as succession prompts give them: the token at `positions["item"]` and `paired["answers"]`, class by
            class in `meta["classes"]`; each pair counts once, items of several tokens do not.
        variant: `argmax`: the successor is the largest of all successors of its class, matrices alone, norms folded in; `next-top5`: it is among
            the five largest logits of the whole vocabulary, with the head's norm, value bias and the final norm applied.
        embedding_kind: The head's input: `mlp0-only` as the source of `argmax`, `mlp0` as that of `next-top5`, or `token`.
        pairs: `[n, 2]` token ids, item and successor, of one class, to use instead of the prompts'.

    Returns:
        `[1, layer, head]`, unitless, 0 (none) to 1 (all).

    Raises:
        ShapeError: If the prompts hold no item of one token with a successor.
    """
    classes = [pairs] if pairs is not None else _pairs(prompts)
    values = [_hits(model, some, variant, embedding_kind) for some in classes]  # [layer, head, pair] each
    return torch.cat(values, -1).float().mean(-1)[None]


def _pairs(prompts: Prompts) -> list[Tensor]:
    """(item, successor), `[n, 2]`, of each class, each pair once."""
    places, answers = prompts.positions.get("item"), prompts.paired.get("answers")
    places = None if places is None else places.view(len(prompts), -1)
    if places is None or answers is None or not bool((alone := (places >= 0).sum(1) == 1).any()):
        raise ShapeError(
            "the prompts have no items of one token with a successor. Choose --generator succession and a tokenizer that writes "
            "them so (in Python also pairs= [n, 2])."
        )
    names = prompts.meta.get("classes", [""] * len(prompts))
    rows_of_pairs = torch.stack([prompts.tokens.gather(1, places.amax(1, keepdim=True))[:, 0], answers], 1)
    rows = [row for row in range(len(prompts)) if alone[row]]
    kinds = {name: [row for row in rows if names[row] == name] for name in dict.fromkeys(names)}
    return [torch.unique(rows_of_pairs[torch.tensor(some)], dim=0) for some in kinds.values() if some]


def _hits(model: nn.Module, pairs: Tensor, variant: SuccessorVariant, kind: Embedding) -> Tensor:
    """Whether each head maps each item to its successor, `[layer, head, pair]`."""
    items, successors = pairs[:, 0], pairs[:, 1]
    x, columns = embedding(model, items, kind), []
    fold = variant == "argmax"
    W_U, final = unembedding(model, fold=fold), structure(model).final_norm
    members = torch.unique(successors)
    with torch.inference_mode():
        for layer in circuits(model, fold=fold):
            if fold:
                written = torch.einsum("td,hde->hte", x, layer.W_V) @ layer.W_O
                logits, own = written @ W_U[:, members], torch.searchsorted(members, successors.contiguous())
            else:
                read = layer.norm(x[:, None])[:, 0].float() if layer.norm is not None else x
                z = torch.einsum("td,hde->hte", read, layer.W_V) + layer.bare.b_V.float()[:, None]
                written = z @ layer.W_O
                logits, own = (final(written).float() if final is not None else written) @ W_U, successors
            target = logits.gather(-1, own[None, :, None].expand(len(logits), -1, -1))
            columns.append((logits >= target).sum(-1) <= (1 if fold else 5))
    return torch.stack(columns)
