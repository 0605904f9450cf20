"""Language importance: heads that the loss on text of one language depends on more than that of others.

LAHIS(h | ℓ) = 1000 · mean_n |∂L_n/∂m_h| · mean_n [∂L_n/∂m_h < 0]        m_h a gate of 1 on the head's z, L_n the loss on text n of ℓ
"""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from torch import Tensor, nn

from headkb.attention import anatomy
from headkb.errors import HeadkbError, ShapeError
from headkb.keywords import Range
from headkb.methods.contrast import contrast
from headkb.methods.passes import TOKENS, z_gradients
from headkb.scores import score
from headkb.tensors import Prompts, PromptScores, by_layer

ImportanceKind = Literal["specific", "general", "importance"]


@score("language-importance", prompts="multilingual-sentences")
def language_importance(
    model: nn.Module,
    prompts: Prompts,
    *,
    kind: ImportanceKind = "specific",
    language: Annotated[int, Range(0, 1000)] = 0,
    quantile: Annotated[float, Range(0, 1)] = 0.96,
    general: Annotated[int, Range(1, 1000)] = 4,
    tokens_per_batch: int = TOKENS,
) -> PromptScores:
    """Whether each head is important for few languages or for many, or how important it is for one.

    Args:
        prompts: Texts with their language's number in `paired["labels"]`, such as multilingual-sentences.
        kind: `specific`: 1 if the head lies in the upper quantile of at least one language and of fewer than `general`; `general`: of `general` or
            more; `importance`: the number itself, for `language`.
        language: Number of the language, for `importance`.
        quantile: Where a language's important heads begin, 0 to 1.
        general: Least number of languages of a general head.

    Returns:
        `[1, layer, head]`: 0 or 1; for `importance` 0 or more, in a thousandth of the loss's unit.

    Raises:
        ShapeError: If there are no labels, or of one language only.
        HeadkbError: If the language has no texts, or the quantile is out of range.
    """
    labels = prompts.paired.get("labels")
    if labels is None or len(torch.unique(labels)) < 2:
        raise ShapeError(
            f"the {len(prompts)} prompts are not sorted by language. Choose --generator multilingual-sentences (in Python, paired['labels'] of two or more languages)."
        )
    if not 0 < quantile < 1:
        raise HeadkbError(f"quantile is {quantile}; it must lie between 0 and 1.")
    gates = gate_gradients(model, prompts, tokens_per_batch=tokens_per_batch)  # [prompt, layer, head]
    names = torch.unique(labels).tolist()
    if kind == "importance" and language not in names:
        raise HeadkbError(f"no prompt is of language {language}; there are {', '.join(map(str, names))}.")
    tables = {name: _importance(gates[labels == name]) for name in names}
    if kind == "importance":
        return tables[language][None]
    times = torch.stack([table >= torch.nanquantile(table, quantile) for table in tables.values()]).sum(0)
    selected = times >= general if kind == "general" else (times > 0) & (times < general)
    return torch.where(tables[names[0]].isnan(), torch.nan, selected.float())[None]


def gate_gradients(model: nn.Module, prompts: Prompts, *, tokens_per_batch: int = TOKENS) -> PromptScores:
    """∂(mean loss of a prompt) / ∂(gate on a head), `[prompt, layer, head]`, at an open gate."""
    parts = []
    for _, some in contrast(prompts).batches(tokens_per_batch):
        layers, gradients = z_gradients(model, some.clean, some.metric("loss"))
        rows = {layer: (z * gradients[layer]).sum((1, 3)) for layer, z in layers.items()}  # [prompt, head]
        parts.append(by_layer(rows, anatomy(model).n_layers()).float().cpu())
    return torch.cat(parts)


def _importance(gates: Tensor) -> Tensor:
    """`[layer, head]` of one language's gate gradients."""
    return 1000 * gates.abs().mean(0) * (gates < 0).float().mean(0)
