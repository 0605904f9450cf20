"""Language importance: heads that modelling text of one language needs more than modelling that of others.

    LAHIS(h | ℓ) = 1000 · mean_n |∂L_n/∂m_h| · mean_n [∂L_n/∂m_h < 0]        m_h a gate of 1 on the head's z, L_n the loss on text n of ℓ

Cost: one forward and one backward a text, for all heads. Pitfalls: a head may rank high in a language because its texts are hard, not because it is
specific; a few sentences a language are far fewer than the source's thousand articles; tokenizers spell some languages in many more tokens.

Source: Liu et al. 2025 (arXiv:2511.07498), Linuxin-xxx/LAHIS@3b84cc388fc2 src/attn_matrix.py (`get_attn_head_matrix`) and src/language_heads.py
(`get_head_indices`): the upper quantile 0.96 of each language, general from four languages on. Differences: none but the texts.
"""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor, nn

from headkb.errors import HeadkbError, ShapeError
from headkb.methods.contrast import contrast
from headkb.methods.passes import TOKENS, measured, no_parameter_gradients
from headkb.methods.patching import check_choice
from headkb.tensors import Prompts, PromptScores

ImportanceKind = Literal["specific", "general", "importance"]
KINDS: tuple[ImportanceKind, ...] = get_args(ImportanceKind)


def language_importance(
    model: nn.Module,
    prompts: Prompts,
    *,
    kind: ImportanceKind = "specific",
    language: int = 0,
    quantile: float = 0.96,
    general: int = 4,
    tokens_per_batch: int = TOKENS,
) -> PromptScores:
    """Whether each head is important for some languages only, for many, or how important it is for one.

    Args:
        model: Any transformers model with one residual stream.
        prompts: Texts with the number of their language in `paired["labels"]`, such as multilingual-sentences.
        kind: `specific`: 1 if the head lies in the upper quantile of at least one language and of fewer than `general`; `general`: of at least
            so many; `importance`: the number itself, for `language`.
        language: Number of the language, for `importance`.
        quantile: Where a language's important heads begin, 0 to 1.
        general: From how many languages on a head counts as general.
        tokens_per_batch: At most so many tokens go through the model at once.

    Returns:
        `[1, layer, head]`: 0 or 1; for `importance` 0 or more, in a thousandth of the loss's unit.

    Raises:
        ShapeError: If there are no labels, or of one language only.
        HeadkbError: If the language has no texts, or the quantile is out of range.
    """
    check_choice("kind", kind, KINDS)
    labels = prompts.paired.get("labels")
    if labels is None or len(torch.unique(labels)) < 2:
        raise ShapeError(
            f"the {len(prompts)} prompts are not sorted by language. Use prompts with paired['labels'] of two or more languages."
        )
    if not 0 < quantile < 1:
        raise HeadkbError(f"quantile is {quantile}; it must lie between 0 and 1.")
    gates = gate_gradients(model, prompts, tokens_per_batch=tokens_per_batch)  # [prompt, layer, head]
    names = torch.unique(labels).tolist()
    if kind == "importance" and language not in names:
        raise HeadkbError(f"no prompt is of language {language}; there are {', '.join(map(str, names))}.")
    found = {name: _importance(gates[labels == name]) for name in names}
    if kind == "importance":
        return found[language][None]
    times = torch.stack([table >= torch.quantile(table.flatten(), quantile) for table in found.values()]).sum(0)
    chosen = times >= general if kind == "general" else (times > 0) & (times < general)
    return chosen.float()[None]


def gate_gradients(model: nn.Module, prompts: Prompts, *, tokens_per_batch: int = TOKENS) -> PromptScores:
    """∂(mean loss of a prompt) / ∂(gate on a head), `[prompt, layer, head]`, at an open gate."""
    parts = []
    for _, some in contrast(prompts).batches(tokens_per_batch):
        kept: list[Tensor] = []

        def see(_: int, z: Tensor, kept: list[Tensor] = kept) -> Tensor:
            kept.append(z if z.requires_grad else z.detach().requires_grad_())
            return kept[-1]

        with no_parameter_gradients(model):
            value = measured(model, some.clean, some.metric("loss"), z=see)
            gradients = torch.autograd.grad(value.sum(), kept)
        rows = [(z.detach() * g).sum((1, 3)) for z, g in zip(kept, gradients, strict=True)]  # [prompt, head]
        parts.append(torch.stack(rows, 1).float().cpu())
    return torch.cat(parts)


def _importance(gates: Tensor) -> Tensor:
    """`[layer, head]` of one language's gate gradients."""
    return 1000 * gates.abs().mean(0) * (gates < 0).float().mean(0)
