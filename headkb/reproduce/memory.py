"""How many tokens go through a model at once: by free memory, and fewer where that was too many."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch

from headkb.errors import ReproductionError
from headkb.models import LoadedModel
from headkb.tensors import Prompts

Work = TypeVar("Work")

ON_CPU, ELSEWHERE = 1024, 16384
"""Tokens at once where memory allows it: more gain nothing on a CPU, and a GPU is only busy with many."""
SHARE = 0.5
"""Share of the free memory that a batch may take."""


def batch_tokens(loaded: LoadedModel, prompts: Prompts) -> int:
    """Tokens at once: what the caller chose when the model was loaded, else what fits into free memory."""
    if loaded.batch_tokens is not None:
        return loaded.batch_tokens
    most = ON_CPU if loaded.passport.device == "cpu" else ELSEWHERE
    return max(1, min(most, int(SHARE * free_memory(loaded) / bytes_per_token(loaded, prompts))))


def side_by_side(loaded: LoadedModel, tokens: int) -> int:
    """MiB for the activations of rows that lie side by side: little on a CPU, which more rows only drive out of its cache."""
    if loaded.passport.device == "cpu":
        return 64
    return max(64, int(SHARE * free_memory(loaded) * min(1.0, tokens / ELSEWHERE)) // 2**20)


def bytes_per_token(loaded: LoadedModel, prompts: Prompts) -> int:
    """About what one token of these prompts takes: attention to all others three times over, the MLP, and float32 logits twice."""
    passport, length = loaded.passport, prompts.tokens.shape[1]
    size = torch.finfo(next(loaded.model.parameters()).dtype).bits // 8
    heads = max(max(stack.n_heads) for stack in passport.stacks)
    logits = 0 if passport.unembedding == "none" else 2 * 4 * passport.vocabulary
    return size * (3 * heads * length + 16 * passport.d_model) + logits


def free_memory(loaded: LoadedModel) -> int:
    """Free bytes where the model is."""
    device = next(loaded.model.parameters()).device
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    import psutil

    return int(psutil.virtual_memory().available)


def fitting(loaded: LoadedModel, prompts: Prompts, tokens: int, work: Callable[[int], Work]) -> tuple[Work, int]:
    """The result of `work(tokens)`, with half as many tokens each time that memory runs out, down to one prompt at once.

    Args:
        loaded: The model, for the message.
        prompts: What goes through it.
        tokens: How many of their tokens at once are tried first.
        work: Does it; called again from the start.

    Returns:
        The result, and the number of tokens at once that it was got with.

    Raises:
        ReproductionError: If one prompt is too much.
    """
    longest = prompts.tokens.shape[1]
    while True:
        try:
            return work(tokens), tokens
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            if tokens <= longest:
                raise ReproductionError(
                    f"one prompt of {longest} tokens takes more memory than is free on {loaded.passport.device}. Choose "
                    "shorter prompts (--set, or parameters= in Python), --dtype bfloat16 or --device-map auto."
                ) from None
        tokens = max(longest, tokens // 2)
        if loaded.passport.device == "cuda":
            torch.cuda.empty_cache()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception says that memory ran out; on the CPU torch has no class of its own for that."""
    words = ("out of memory", "can't allocate memory", "not enough memory")
    return isinstance(error, (MemoryError, torch.OutOfMemoryError)) or any(word in str(error) for word in words)
