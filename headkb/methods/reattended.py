"""What every head would write if its attention were changed: z from each layer's attention, run again with a change, in one pass.

A change to one head's pattern, query, key or value moves nothing in its own layer but that head's z. So all heads of a layer can be changed at
once, each by its own z read off, and the layer then goes on as it was. The metric under each of these z is a sweep.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from headkb.attention import Site, anatomy
from headkb.attention.hooks import removing
from headkb.attention.parts import model_inputs
from headkb.attention.tap import Stop, Tap, tapped
from headkb.methods.passes import layers_of
from headkb.sweeps import Change
from headkb.tensors import Prompts


def can_reattend(model: nn.Module) -> bool:
    """Whether nothing but `W_O` reads a head's z: no gate or norm over all heads lies between."""
    return not any(site.gated for site in layers_of(model))


def reattended(model: nn.Module, prompts: Prompts, tap: Callable[[Site], Tap]) -> Change:
    """The edit of a sweep over this batch that gives each head the z which it has with its layer's attention under a tap; one pass.

    Args:
        tap: The tap of a layer's attention call, whose index is 0.
    """
    sites, route = layers_of(model), anatomy(model).route
    layers: dict[int, Tensor] = {}
    again: list[bool] = []  # not empty while a layer's attention runs for the second time
    handles: list[Any] = []

    for site in sites:

        def read(_: nn.Module, args: tuple[Any, ...], site: Site = site) -> None:
            if again:
                layers[site.layer] = args[0].unflatten(-1, (site.n_heads, site.d_head)).clone()
                raise Stop

        def repeat(module: nn.Module, args: Any, kwargs: Any, _: Any, site: Site = site) -> None:
            if again:
                return
            again.append(True)
            with tapped(model, tap(site), route):
                result = module(*args, **kwargs)
                if site.layer not in layers:  # `W_O` follows the attention module
                    z = result if isinstance(result, Tensor) else result[0]
                    layers[site.layer] = z.reshape(*z.shape[:2], site.n_heads, site.d_head).clone()
            again.clear()
            if site is sites[-1]:
                raise Stop

        assert site.o_proj is not None
        handles.append(site.o_proj.register_forward_pre_hook(read, prepend=True))
        handles.append(site.module.register_forward_hook(repeat, with_kwargs=True))
    with torch.no_grad(), removing(handles), tapped(model):
        model(**model_inputs(model, prompts))

    def change(layer: int, z: Tensor) -> Tensor:
        """The new z of what a sweep runs: the first prompts, without their padding, from some position on."""
        longest = int(prompts.lengths[: len(z)].max())
        return layers[layer][: len(z), longest - z.shape[1] : longest]

    return change
