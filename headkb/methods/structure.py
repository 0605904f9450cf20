"""Norms and factors between heads, residual stream and logits, found by watching one short pass and not by names.

`structure(model)` finds them once per model: the norm that some models (Gemma 2, OLMo 2) apply to attention's output, the factor
by which others (Granite) multiply it, the final norm, and whether the logits are scaled or capped after the unembedding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from headkb.attention import Site, anatomy
from headkb.attention.hooks import removing
from headkb.attention.parts import block_of, first_tensor, stack_of
from headkb.attention.tap import tapped
from headkb.errors import ModelError
from headkb.inputs import few_tokens
from headkb.methods.passes import Leaves, forward, layers_of, mlps_frozen, mlps_seen
from headkb.model_cache import ModelCache

_TOLERANCE = 1e-3  # relative to the largest value


@dataclass(frozen=True)
class Structure:
    """Norms and factors between heads, stream and logits.

    Attributes:
        norms: Each layer's norm on attention's output before it is added to the stream; None if it has none.
        multipliers: Each layer's factor of that output.
        final_norm: The norm before the unembedding; None if there is none.
        logit_scale: Factor of the unembedding's output, 1 in most models; NaN in a model with a soft cap.
        lengths: Number of values each layer returns; 0 = a bare tensor.
    """

    norms: tuple[nn.Module | None, ...]
    multipliers: tuple[float, ...]
    final_norm: nn.Module | None
    logit_scale: float
    lengths: tuple[int, ...]

    @property
    def capped(self) -> bool:
        """Whether the logits are soft-capped; attributions are then to the logits before the cap."""
        return self.logit_scale != self.logit_scale


_STRUCTURES = ModelCache[Structure]()


def structure(model: nn.Module) -> Structure:
    """The structure of `model`, found once, and again if its modules change.

    Raises:
        ModelError: If a layer does more than add attention and MLP to the stream (BERT's norm after the sum).
    """
    return _STRUCTURES.of(model, _look)


def _look(model: nn.Module) -> Structure:
    sites = layers_of(model)
    stack = stack_of(model, sites)
    if len(stack) != len(sites):
        raise ModelError(
            f"{len(stack) - len(sites)} of {len(stack)} layers do not attend; methods that take the stream apart need all to. "
            "Use ablation or patching."
        )
    prompts, leaves, watch = few_tokens(model), Leaves(), _Watch(model, sites)
    with torch.no_grad(), removing(watch.handles()):
        forward(model, prompts, also=[mlps_seen(model, sites, leaves)])
        multipliers = tuple(watch.multiplier(layer, leaves) for layer in range(len(sites)))
    for before, after in zip(watch.outputs, watch.inputs[1:], strict=False):
        if not torch.equal(before, after):
            raise ModelError(f"{type(model).__name__} changes the stream between its layers. Use ablation or patching.")
    scale, norm = watch.logit_scale(), watch.final_norm()
    return Structure(tuple(watch.norms), multipliers, norm, scale, tuple(watch.lengths))


class _Watch:
    """Input and output of each layer and its `W_O` in one pass, and of the modules after the last layer."""

    def __init__(self, model: nn.Module, sites: tuple[Site, ...]) -> None:
        self.model, self.sites = model, sites
        self.inputs: list[Tensor] = []
        self.calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
        self.outputs: list[Tensor] = []
        self.lengths: list[int] = []
        self.written: list[Tensor] = []
        self.norms: list[nn.Module | None] = []
        self.after: list[tuple[nn.Module, Tensor, Tensor]] = []
        self.again: Tensor | None = None  # while a layer is rerun, the output of its W_O
        self.head: tuple[Tensor, Tensor] | None = None  # input and output of the unembedding
        self.result = torch.empty(0)

    def handles(self) -> list[Any]:
        """Hooks on everything."""
        handles: list[Any] = []
        for site in self.sites:
            assert site.o_proj is not None
            block = block_of(self.model, site)
            handles.append(block.register_forward_pre_hook(self._enter, with_kwargs=True))
            handles.append(block.register_forward_hook(self._leave))
            handles.append(site.o_proj.register_forward_hook(self._write))
        leaves = [module for module in self.model.modules() if next(module.children(), None) is None]
        handles += [module.register_forward_hook(self._leaf) for module in leaves]
        if (head := anatomy(self.model).unembedding) is not None:
            handles.append(head.register_forward_hook(self._unembed))
        handles.append(self.model.register_forward_hook(self._finish))
        return handles

    def _enter(self, _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if self.again is None:
            self.inputs.append((args[0] if args else kwargs["hidden_states"]).clone())
            self.calls.append((args, kwargs))

    def _leave(self, _: nn.Module, __: Any, result: Any) -> None:
        if self.again is None:
            self.lengths.append(0 if isinstance(result, Tensor) else len(result))
            self.outputs.append(first_tensor(result).clone())

    def _write(self, _: nn.Module, __: Any, result: Tensor) -> Tensor | None:
        if self.again is not None:
            return self.again
        self.written.append(result.clone())
        self.norms.append(None)
        return None

    def _leaf(self, module: nn.Module, args: tuple[Any, ...], result: Any) -> None:
        """A leaf without a matrix that reads `W_O`'s output is the norm on it; after the layers, the final norm."""
        tensors = bool(args) and isinstance(args[0], Tensor) and isinstance(result, Tensor)
        if (
            self.again is not None
            or not tensors
            or any(p.dim() > 1 for p in module.parameters())
            or args[0].shape != result.shape
        ):
            return
        if len(self.outputs) == len(self.sites):
            self.after.append((module, args[0].clone(), result.clone()))
        elif len(self.written) == len(self.outputs) + 1 and self.norms[-1] is None:
            same = args[0].numel() == self.written[-1].numel() and torch.equal(
                args[0].reshape(-1), self.written[-1].reshape(-1)
            )
            if same and not torch.equal(args[0], result):
                self.norms[-1] = module

    def _unembed(self, _: nn.Module, args: tuple[Any, ...], result: Tensor) -> None:
        self.head = args[0].clone(), result.clone()

    def _finish(self, _: nn.Module, __: Any, result: Any) -> None:
        logits = getattr(result, "logits", None)
        if logits is not None:
            self.result = logits

    def multiplier(self, layer: int, leaves: Leaves) -> float:
        """The factor of attention's output, after the norm on it.

        With the MLPs frozen, replacing `W_O`'s output by random numbers changes the layer's output by those times the factor.
        """
        like = self.written[layer]
        noise = torch.randn(like.shape, generator=torch.Generator().manual_seed(0)).to(like)
        norm: Callable[[Tensor], Tensor] = self.norms[layer] or (lambda x: x)
        expected = norm(noise) - norm(torch.zeros_like(noise))
        added = self._rerun(layer, noise, leaves) - self._rerun(layer, torch.zeros_like(noise), leaves)
        ratio = float((added.double() * expected).sum() / expected.double().square().sum())
        ratio = 1.0 if abs(ratio - 1) < _TOLERANCE / 10 else ratio
        off = (added - ratio * expected).abs().max() / added.abs().max().clamp_min(1e-9)
        if not off <= _TOLERANCE:
            raise ModelError(
                f"layer {layer} of {type(self.model).__name__} does not add what attention writes to a residual stream (off by "
                f"{off:.0e}): a norm stands after the sum, or the layer is gated. Use ablation or patching."
            )
        return ratio

    def _rerun(self, layer: int, written: Tensor, leaves: Leaves) -> Tensor:
        """The layer's output on the same input if `W_O` writes this and the MLP what it wrote before."""
        from transformers.cache_utils import Cache

        site, (args, kwargs) = self.sites[layer], self.calls[layer]
        kwargs = {key: None if isinstance(x, Cache) else x for key, x in kwargs.items()}  # it holds this pass already
        mine = {name: result for name, result in leaves.items() if name.startswith(f"{site.block}.")}
        self.again = written
        try:
            with mlps_frozen(self.model, mine), tapped(self.model, None):
                return first_tensor(block_of(self.model, site)(*args, **kwargs))
        except Exception as error:
            raise ModelError(
                f"layer {layer} of {type(self.model).__name__} cannot be run alone ({type(error).__name__}), so what attention adds to the "
                "stream cannot be told from the rest. Use ablation or patching."
            ) from error
        finally:
            self.again = None

    def final_norm(self) -> nn.Module | None:
        """The module between the last layer and the unembedding.

        Raises:
            ModelError: If there is more than one norm.
        """
        if not self.head or torch.equal(self.head[0], self.outputs[-1]):
            return None
        for module, x, image in self.after:
            if torch.equal(x, self.outputs[-1]) and torch.equal(image, self.head[0]):
                return module
        raise ModelError(
            f"{type(self.model).__name__} does more than one norm between its last layer and the unembedding. "
            "Use ablation or patching."
        )

    def logit_scale(self) -> float:
        """The factor between the unembedding's output and the logits; NaN if there is no such factor."""
        if not self.head or self.head[1].shape != self.result.shape:
            return 1.0
        raw, logits = self.head[1].double(), self.result.double()
        ratio = float((raw * logits).sum() / raw.square().sum())
        if (logits - ratio * raw).abs().max() > _TOLERANCE / 10 * logits.abs().max():
            return float("nan")
        return 1.0 if abs(ratio - 1) < _TOLERANCE / 10 else ratio
