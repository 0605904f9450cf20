"""Part c: each head's direct path to the logits on IOI prompts, against one whole pass a sender, and against the matrix products alone.

The plain way knows nothing of headkb's savings: hooks on each `W_O` fix every head's z, and all logits are computed. It is timed on a few
senders and scaled to all, since each takes a pass of the same size.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

PROMPTS = 8
SENDERS = 4
"""Senders that the plain way is timed on, spread over the layers."""


def main(chosen: argparse.Namespace) -> None:
    """Measure ours and the plain way on the same prompts, compare the values, and print the ratio."""
    from headkb.attention import anatomy
    from headkb.methods import path_patching
    from headkb.models import load_model
    from headkb.prompts import make_prompts

    loaded = load_model(chosen.model)
    model, sites = loaded.model, anatomy(loaded.model).part()
    prompts = make_prompts("ioi", loaded, PROMPTS, corruption="abc")
    path_patching(model, prompts.select(slice(0, 1)), senders="L0H0")  # what is found once for a model
    ours, values = timed(lambda: path_patching(model, prompts))
    every = [(site.layer, head) for site in sites for head in range(site.n_heads)]
    senders = every[len(every) // (2 * SENDERS) :: len(every) // SENDERS][:SENDERS]
    fixed, kept = timed(lambda: unchanged(model, sites, prompts))
    some, plain = timed(lambda: [whole_pass(model, sites, prompts, kept, sender) for sender in senders])
    plain_all = fixed + some * len(every) / len(senders)
    differences = [
        float((values[:, layer, head] - value).abs().max()) for (layer, head), value in zip(senders, plain, strict=True)
    ]
    least = bound(model, sites, prompts)
    print(
        f"path patching of {len(every)} senders, {PROMPTS} prompts of {prompts.tokens.shape[1]} tokens: ours {ours:.1f}, plain {plain_all:.1f} "
        f"CPU s ({some:.1f} for {len(senders)} senders), ratio {plain_all / ours:.1f}; matrix products of our plan {least:.1f}, "
        f"ours / bound {ours / least:.2f}; largest difference of a value {max(differences):.1e}",
        flush=True,
    )


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds, and the result."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def difference(model: Any, prompts: Any, hooks: list[Any], tokens: Any) -> Any:
    """The logit difference at each prompt's end, `[prompt]`, of one whole pass under forward pre-hooks, which are removed."""
    import torch

    try:
        with torch.inference_mode():
            logits = model(tokens, attention_mask=prompts.mask.long(), use_cache=False).logits
    finally:
        for hook in hooks:
            hook.remove()
    rows = torch.arange(len(prompts))
    at = logits[rows, prompts.positions["end"]]
    return at[rows, prompts.paired["answers"]] - at[rows, prompts.paired["wrong"]]


def unchanged(model: Any, sites: Any, prompts: Any) -> tuple[Any, dict[int, Any], dict[int, Any]]:
    """The clean metric, and every layer's z on the clean and the corrupted prompts."""
    kept: list[dict[int, Any]] = []
    metrics = []
    for tokens in (prompts.tokens, prompts.corrupted.tokens):
        z: dict[int, Any] = {}
        hooks = [
            site.o_proj.register_forward_pre_hook(
                lambda _, args, layer=site.layer, z=z: z.update({layer: args[0].clone()})
            )
            for site in sites
        ]
        metrics.append(difference(model, prompts, hooks, tokens))
        kept.append(z)
    return metrics[0], kept[0], kept[1]


def whole_pass(model: Any, sites: Any, prompts: Any, kept: Any, sender: tuple[int, int]) -> Any:
    """What the sender's corrupted z changes with all other heads fixed, `[prompt]`."""
    clean, z_clean, z_corrupted = kept
    hooks = []
    for site in sites:
        z = z_clean[site.layer].clone()
        if site.layer == sender[0]:
            mine = slice(sender[1] * site.d_head, (sender[1] + 1) * site.d_head)
            z[..., mine] = z_corrupted[site.layer][..., mine]
        hooks.append(site.o_proj.register_forward_pre_hook(lambda _, __, z=z: (z,)))
    return difference(model, prompts, hooks, prompts.tokens) - clean


def bound(model: Any, sites: Any, prompts: Any) -> float:
    """CPU seconds of the matrix products alone: two passes of all prompts, and the MLPs above each sender at one position a prompt."""
    import torch
    from torch import nn

    from headkb.attention.parts import block_of

    def product(matrix: Any, rows: int) -> None:
        torch.mm(torch.randn(rows, matrix.in_features), matrix.weight.T)

    def all_products() -> None:
        for at, site in enumerate(sites):
            block = [module for module in block_of(model, site).modules() if isinstance(module, nn.Linear)]
            inside = set(site.module.modules())
            for matrix in block:
                for _ in range(2):
                    product(matrix, prompts.tokens.numel())
                if matrix not in inside:
                    for below in sites[: at + 1]:
                        product(matrix, below.n_heads * len(prompts))

    with torch.inference_mode():
        return timed(all_products)[0]
