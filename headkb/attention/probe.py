"""Find a model's attention calls, heads and output projections by watching one seven-token pass, not by their names.

`anatomy(model)` also checks, once per model, that the observed model computes what the plain model computes.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

import torch
from torch import Tensor, nn

from headkb.attention.hooks import removing
from headkb.attention.parts import Anatomy, HeadShape, Part, Route, Site, model_inputs, output, stack_of
from headkb.attention.tap import Call, Tap, eager, tapped
from headkb.errors import ModelError
from headkb.finite import check_heads, check_rows
from headkb.inputs import PROBE, PROBE_DECODER, few_tokens, is_paired, noise_input, token_embedding
from headkb.model_cache import ModelCache

TOLERANCE = 1e-5  # logits against the plain eager model, relative to their largest
_ANATOMIES = ModelCache[Anatomy]()


def anatomy(model: nn.Module) -> Anatomy:
    """The attention calls of `model`, probed and checked once, and again if its modules change.

    Raises:
        ModelError: If it cannot be observed faithfully; the text says why.
    """
    return _ANATOMIES.of(model, _probe)


def check_faithful(model: nn.Module) -> Anatomy:
    """`anatomy`, probed anew: every attention call is seen, and observing does not change the output."""
    _ANATOMIES.forget(model)
    return anatomy(model)


def head_shape(model: nn.Module, part: Part | None = None) -> HeadShape:
    """Number and size of the heads in one stack; a `ModelError` if its layers differ in their number."""
    parts = anatomy(model)
    sites = parts.part(part)
    if len({site.n_heads for site in sites}) > 1:
        raise ModelError(f"layers differ in their number of heads: {[s.n_heads for s in sites]}. Use anatomy(model).")
    return HeadShape(parts.n_layers(part), sites[0].n_heads, sites[0].n_key_value_heads, parts.d_model, sites[0].d_head)


def _probe(model: nn.Module) -> Anatomy:
    if not hasattr(model, "get_input_embeddings") or not hasattr(model, "config"):
        raise ModelError(f"{type(model).__name__} is not a transformers model. Load it with AutoModelForCausalLM.")
    if model.training:
        raise ModelError("the model is in training mode, so dropout would change every number. Call model.eval().")
    inputs = model_inputs(model, few_tokens(model))
    unembedding = getattr(model, "get_output_embeddings", lambda: None)()
    unembedded: list[Tensor] = []  # the unembedding's output
    head = [unembedding] if unembedding is not None else []
    hooks = [module.register_forward_hook(lambda *call: unembedded.append(call[-1])) for module in head]
    with torch.inference_mode():
        with removing(hooks), eager(model):
            try:
                plain = output(model(**inputs))
            except Exception as error:
                raise ModelError(f"{type(model).__name__} cannot be run on {', '.join(inputs)} ({error!r}).") from error
        for route in get_args(Route):
            observed, calls = _watched(model, inputs, route)
            if calls:
                break
    if not calls:
        raise ModelError(
            f"no attention call of {type(model).__name__} can be seen: it does not use transformers' attention table and "
            "no softmax over [batch, head, query_pos, key_pos]. Load it with attn_implementation='eager'."
        )
    off = float((observed - plain).abs().max() / plain.abs().max().clamp_min(1e-9))
    sites = _sites(model, calls)
    if not off <= TOLERANCE:
        for site in sites:
            check_heads(model, site.layer, "pattern", calls[site.index].call.pattern[..., 0])
        check_rows(model, plain)
        raise ModelError(
            f"observed logits differ from the plain eager model's by {off:.1e} of the largest logit. Report it."
        )
    d_model = getattr(model.config, "hidden_size", None) or getattr(token_embedding(model), "weight", plain).shape[-1]
    plain_logits = bool(unembedded) and unembedded[0].shape == plain.shape and torch.equal(unembedded[0], plain)
    return Anatomy(route, sites, _depths(model, sites), d_model, unembedding if unembedded else None, plain_logits)


@dataclass
class _Seen:
    """One attention call of the probe, and the modules running at that time."""

    call: Call
    module: nn.Module  # the innermost one with parameters
    run: set[int]  # storages of its inputs, one object for each time that it runs
    inputs: set[int]  # storages of all running modules' inputs, so none of attention's output
    o_proj: nn.Module | None = None
    z: Tensor = field(default_factory=lambda: torch.empty(0))  # the input of `o_proj`

    @property
    def heads(self) -> int:
        return self.call.pattern.shape[1]

    def writes(self, module: nn.Module, x: Tensor) -> bool:
        """Whether `module`, called with `x`, applies a matrix to something of z's shape."""
        weight = getattr(module, "weight", None)
        width = x.shape[-1] // self.heads if self.call.v is None else self.call.v.shape[-1]
        rows = self.call.pattern.shape[::2]  # XLNet puts positions first
        if weight is None or weight.dim() == 1 or x.shape != (*rows, width * self.heads):
            return False
        # A parallel MLP or a gate reads what the running modules were called with, `W_O` what attention returned.
        return x.untyped_storage().data_ptr() not in self.inputs


def _watched(model: nn.Module, inputs: dict[str, Any], route: Route) -> tuple[Tensor, list[_Seen]]:
    """One pass with hooks on every module: its output, and each attention call with its `W_O`."""
    calls: list[_Seen] = []
    running: list[tuple[nn.Module, set[int]]] = []  # a stack: modules, outermost first, and their inputs' storages

    def enter(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        tensors = [x for x in (*args, *kwargs.values()) if isinstance(x, Tensor) and x.is_floating_point()]
        leaf = next(module.children(), None) is None
        if tensors and leaf and calls and calls[-1].o_proj is None and calls[-1].writes(module, tensors[0]):
            around = running[-1][0]  # a LoRA wrapper, if there is one
            calls[-1].o_proj = around if getattr(around, "base_layer", None) is module else module
            calls[-1].z = tensors[0]
        running.append((module, {x.untyped_storage().data_ptr() for x in tensors}))

    def leave(*_: Any) -> None:
        running.pop()

    def see(call: Call) -> None:
        module, run = next(entry for entry in reversed(running) if next(entry[0].parameters(), None) is not None)
        calls.append(_Seen(call, module, run, set().union(*(inputs_of for _, inputs_of in running))))

    handles: list[Any] = []
    for module in model.modules():
        handles.append(module.register_forward_pre_hook(enter, with_kwargs=True, prepend=True))
        handles.append(module.register_forward_hook(leave, always_call=True))
    with removing(handles), tapped(model, Tap(see=see), route):
        return output(model(**inputs)), calls


def _sites(model: nn.Module, calls: list[_Seen]) -> tuple[Site, ...]:
    kind, paired, noise = type(model).__name__, is_paired(model), noise_input(model) is not None
    if any(one.run is other.run for one, other in itertools.pairwise(calls)):
        raise ModelError(f"{kind} makes two attention calls at once, so no head has one pattern. Use another model.")
    # Encoder and decoder read prompts of two lengths; cross-attention is not square.
    length = calls[0].call.pattern.shape[-1] if noise else PROBE

    def part(pattern: Tensor) -> Part | None:
        batch, _, queries, keys = pattern.shape
        if paired and queries == PROBE_DECODER:
            return "decoder" if keys == queries else "cross" if noise or keys == PROBE else None
        if batch > 1 or queries != keys or queries != length:
            return None  # windows
        return "encoder" if paired else "self"

    seen = [(s, name) for s in calls if (name := part(s.call.pattern)) is not None]
    if not seen or (len(seen) < len(calls) and not paired):
        raise ModelError(
            f"{kind} attends within windows or stages: one prompt has patterns of "
            f"{sorted({tuple(s.call.pattern.shape) for s in calls})}. Choose a model that attends over all pairs of positions."
        )
    blocks = {p: _blocks(model, [s.module for s, of in seen if of == p]) for p in {of for _, of in seen}}
    sites: list[Site] = []
    for s, name in seen:
        pattern, v, gated = s.call.pattern, s.call.v, False
        if v is not None and s.o_proj is not None:
            z = s.call.z(v).reshape(s.z.shape)  # [batch, pos, head * d_head], as `W_O` reads it
            gated = not torch.allclose(z, s.z, rtol=1e-3, atol=1e-3 * float(z.abs().nan_to_num().max()))
        width = 0 if s.o_proj is None else s.z.shape[-1] // s.heads  # without v and W_O nothing shows how wide z is
        sizes = (s.heads, s.heads, width) if v is None else (s.heads, v.shape[1], v.shape[-1])
        causal = name != "cross" and not bool(pattern.triu(1).any())
        block, place = blocks[name].pop(0), sum(site.part == name for site in sites)
        layer = place if block is None else int(block.rsplit(".", 1)[-1])
        facts = *sizes, gated, causal, pattern.shape[-2], layer, block
        sites.append(Site(s.call.index, name, s.module, s.o_proj, *facts))
    return tuple(sites)


def _depths(model: nn.Module, sites: Sequence[Site]) -> dict[str, int]:
    """Blocks of each part: the length of the list that its blocks stand in, or its calls where layers share a module."""
    depths: dict[str, int] = {}
    for site in sites:
        known = len(stack_of(model, [site])) if site.block else 0
        depths[site.part] = max(depths.get(site.part, 0), known, site.layer + 1)
    return depths


def _blocks(model: nn.Module, modules: list[nn.Module]) -> list[str | None]:
    """The shortest numbered prefix of the modules' names that differs between all of them: `h.3` of `h.3.attn`."""
    split = [name.split(".") for wanted in modules for name, module in model.named_modules() if module is wanted]
    for depth in range(1, min(map(len, split)) + 1):
        names = {".".join(parts[:depth]): parts[depth - 1].isdigit() for parts in split}
        if len(names) == len(modules) and all(names.values()):
            return list(names)
    return [None] * len(modules)
