"""A detection pattern of one's own, held against every head of a model in one call."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from headkb.attention import read_patterns
from headkb.scores.detection import Targets, detector
from headkb.tensors import Prompts, PromptScores


def detect_head(
    model: nn.Module,
    prompts: Prompts,
    targets: Tensor | Targets,
    *,
    measure: Literal["mul", "abs"] = "mul",
    exclude_bos: bool = False,
    exclude_current_token: bool = False,
) -> PromptScores:
    """How much the attention of each head looks like a detection pattern.

    Equals TransformerLens' function of this name prompt by prompt, but does not round.

    Args:
        model: Any transformers model that the engine can observe.
        prompts: What it reads; `Prompts.of(tokens)` for plain token ids `[prompt, pos]`.
        targets: The detection pattern, `[query_pos, key_pos]`; or a function from one prompt's tokens `[pos]` to it.
        measure: `mul`, attention times the pattern as a share of all attention; `abs`, 1 minus the mean absolute row error.
        exclude_bos: Leave out key 0.
        exclude_current_token: Leave out attention to the query's own position.

    Returns:
        `[prompt, layer, head]`, unitless; with 0 and 1 in the detection pattern 0 to 1 for `mul`, at most 1 for `abs`.

    Raises:
        UnknownNameError: If there is no such measure.
        ShapeError: If a detection pattern is not square or not as long as its prompt.
        ModelError: If the model cannot be observed faithfully.
    """
    read = detector(targets, measure=measure, exclude_bos=exclude_bos, exclude_current_token=exclude_current_token)
    return read_patterns(model, prompts, {"detection": read})["detection"]
