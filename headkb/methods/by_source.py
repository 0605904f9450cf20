"""Direct logit attribution split by source token: which of two groups of tokens a head's contribution comes from.

DLA_G(l, h) = Σ_{s ∈ G} A[end, s] ⟨ W_OV x_s / σ , W_U[:, answer] − W_U[:, wrong] ⟩
"""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import nn

from headkb.errors import check_choice
from headkb.methods.contrast import named
from headkb.methods.direct_logit import attribute
from headkb.methods.passes import TOKENS
from headkb.scores import score
from headkb.tensors import Prompts, PromptScores, position_mask

Share = Literal["both", "first", "second"]
SHARES: tuple[Share, ...] = get_args(Share)


@score("attribution-by-source", prompts="lre-facts")
def attribution_by_source(
    model: nn.Module,
    prompts: Prompts,
    *,
    first: str = "subject",
    second: str = "relation",
    share: Share = "both",
    difference: bool = True,
    center: bool = False,
    sign: Literal[1, -1] = 1,
    tokens_per_batch: int = TOKENS,
) -> PromptScores:
    """Each head's direct effect on the answer, as far as it was read from one group of tokens, or at least from each of two.

    Args:
        model: A model whose layers add to one stream and whose values can be seen.
        prompts: Prompts with answers (see `headkb.methods.contrast`) and both positions.
        first: Name of one group of source positions.
        second: Name of the other group.
        share: `first` or `second`, that group's contribution; `both`, the smaller of the two, positive only if either helps.
        difference: Use the logit difference to the rival; False = the answer's logit alone.
        center: With the answer's logit alone, subtract the vocabulary's mean logit, as TransformerLens' centred unembedding does.
        sign: 1, or -1 to count contributions against the answer.

    Returns:
        `[prompt, layer, head]`, in logits; positive = towards the answer.
    """
    check_choice("share", share, SHARES)
    groups = [position_mask(named(prompts, name), prompts.mask) for name in (first, second)]
    check_choice("sign of attribution-by-source", sign, (1, -1))
    by_token = attribute(
        model, prompts, difference=difference, by_source=True, center=center, tokens_per_batch=tokens_per_batch
    ).sources
    assert by_token is not None
    one, two = (sign * (by_token * group[:, None, None]).sum(-1) for group in groups)
    return {"first": one, "second": two, "both": torch.minimum(one, two)}[share]
