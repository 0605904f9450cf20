"""Single passes of a model with something watched, changed or frozen, which methods are built from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from headkb.attention import Site, anatomy
from headkb.attention.activations import read_z
from headkb.attention.hooks import at_blocks, at_z, removing
from headkb.attention.parts import block_of, model_inputs, output
from headkb.attention.tap import Tap, tapped
from headkb.errors import ModelError
from headkb.finite import check_rows
from headkb.methods.contrast import Contrast, MetricName, end_of
from headkb.sweeps import Change, EditKind, Metric, sweep
from headkb.tensors import Prompts, PromptScores, by_layer

SeeZ: TypeAlias = Callable[[int, Tensor], Tensor | None]
"""(number of the block, z `[prompt, pos, head, d_head]`) → its replacement, or None."""
SeeResidual: TypeAlias = Callable[[int, Tensor], Tensor | None]
"""(number of the block, its input `[prompt, pos, d_model]`) → the replacement, or None."""
Leaves: TypeAlias = dict[str, Any]
"""The output of each matrix of the MLPs, by its name within the model."""

TOKENS = 1024
"""Default number of tokens, padding included, that go through the model at once."""


def layers_of(model: nn.Module) -> tuple[Site, ...]:
    """The attention calls of a model with one residual stream, in layer order.

    Raises:
        ModelError: If it has two stacks, or layers that share their modules.
    """
    parts = anatomy(model)
    if len({site.part for site in parts.sites}) > 1:
        raise ModelError(
            f"{type(model).__name__} has an encoder and a decoder, and this method follows one residual stream. "
            "Choose a score of attention patterns, whose stack --part encoder, decoder or cross selects."
        )
    for site in parts.sites:
        if site.block is None or site.o_proj is None:
            raise ModelError(
                f"the layers of {type(model).__name__} share modules or hide their W_O, so one layer cannot be changed alone."
            )
    return parts.part()


def reads_qkv(model: nn.Module) -> None:
    """Refuse a model whose q, k and v cannot be seen.

    Raises:
        ModelError: If it makes its attention calls itself.
    """
    if anatomy(model).route != "table":
        raise ModelError(
            f"{type(model).__name__} makes its attention calls itself, so q, k and v cannot be seen or changed. "
            "Use a method that edits z (ablation, patching)."
        )


@contextmanager
def watching(
    model: nn.Module,
    *,
    tap: Tap | None = None,
    z: SeeZ | None = None,
    residual: SeeResidual | None = None,
    also: Sequence[Any] = (),
) -> Iterator[None]:
    """Watch or change one pass of one batch, which is run inside; `Stop` ends the block.

    Args:
        model: The model; gradients flow where the caller has them switched on.
        tap: The tap of its attention calls.
        z: Called with each layer's z.
        residual: Called with the input of each layer.
        also: Context managers to hold during the pass.
    """
    sites, route = layers_of(model), anatomy(model).route  # before `also` may replace modules
    with ExitStack() as stack:
        if z is not None:
            stack.enter_context(at_z(sites, z))
        if residual is not None:
            stack.enter_context(at_blocks(model, sites, residual))
        for manager in also:
            stack.enter_context(manager)
        stack.enter_context(tapped(model, tap, route))
        yield


def watch(model: nn.Module, prompts: Prompts, **what: Any) -> None:
    """Run one batch for what is seen on the way, see `watching`; the pass may end early, by `Stop`."""
    with watching(model, **what):
        model(**model_inputs(model, prompts))


def forward(
    model: nn.Module, prompts: Prompts, *, positions: Tensor | None = None, also: Sequence[Any] = (), **what: Any
) -> Tensor:
    """The logits of one pass of one batch, `[prompt, k, d_vocab]`, at `positions` `[prompt, k]` or at all.

    Only those positions are unembedded. `also` and `what` go to `watching`; none of them may end the pass.
    """
    first = () if positions is None else (unembedding_only(model, positions),)
    with watching(model, also=(*first, *also), **what):
        return output(model(**model_inputs(model, prompts)))
    raise RuntimeError("the pass ended before its logits. Use `watch` for passes that raise Stop.")


def measure(model: nn.Module, prompts: Prompts, metric: Metric, **watch: Any) -> Tensor:
    """The metric, `[prompt]`, of one pass of one batch; `watch` goes to `forward`."""
    unembedding_of(model)
    where = None if metric.positions is None else metric.positions.view(len(prompts), -1)
    return value_of(model, metric, forward(model, prompts, positions=where, **watch), prompts)


def value_of(model: nn.Module, metric: Metric, logits: Tensor, prompts: Prompts) -> Tensor:
    """The metric of logits at its positions, over the whole vocabulary; a `ModelError` where they hold NaN."""
    read = logits if metric.tokens is None else logits[..., metric.tokens.to(logits.device)]
    check_rows(model, read, prompts.mask if metric.positions is None else None)
    return metric.value(read, prompts, metric.answers)


def baseline(
    model: nn.Module, both: Contrast, name: MetricName, *, corrupted: bool = False, tokens: int = TOKENS
) -> Tensor:
    """The metric of every unedited prompt, `[prompt]`, clean or corrupted."""
    values = []
    with torch.inference_mode():
        for _, some in both.batches(tokens):
            prompts = some.other if corrupted else some.clean
            values.append(measure(model, prompts, some.metric(name, corrupted=corrupted)).float().cpu())
    return torch.cat(values)


def baselines(model: nn.Module, both: Contrast, name: MetricName, tokens: int = TOKENS) -> tuple[Tensor, Tensor]:
    """The metric of every unedited prompt, `[prompt]` each: clean, then corrupted."""
    return baseline(model, both, name, tokens=tokens), baseline(model, both, name, corrupted=True, tokens=tokens)


def edited(
    model: nn.Module,
    both: Contrast,
    edit: EditKind | Change,
    name: MetricName,
    tokens: int = TOKENS,
    *,
    corrupted: bool = False,
    **what: Any,
) -> tuple[Tensor, PromptScores]:
    """The metric without the edit, `[prompt, 1, 1]`, and with each head edited in turn; `what` goes to `headkb.sweeps.sweep`."""
    before = baseline(model, both, name, corrupted=corrupted, tokens=tokens)
    prompts, metric = both.other if corrupted else both.clean, both.metric(name, corrupted=corrupted)
    after = sweep(model, prompts, edit, metric, tokens_per_batch=tokens, per_prompt=True, **what)
    return before[:, None, None], after


def z_of(model: nn.Module, prompts: Prompts) -> dict[int, Tensor]:
    """Z of every attending block, `[prompt, pos, head, d_head]`, of one batch of a model with one residual stream, without gradients."""
    return read_z(model, prompts, layers_of(model))


def end_means(model: nn.Module, both: Contrast, *, tokens_per_batch: int = TOKENS) -> Tensor:
    """Each head's mean z at "end" of the clean prompts, `[layer, head, d_head]`; NaN in blocks that do not attend."""
    total = torch.zeros(())
    for _, some in both.batches(tokens_per_batch):
        where = torch.arange(len(some)), end_of(some.clean)
        sums = {layer: z[where].sum(0, dtype=torch.float64) for layer, z in z_of(model, some.clean).items()}
        total = total + by_layer(sums, anatomy(model).n_layers(), 0)
    return (total / len(both)).float()


def copies(prompts: Prompts, count: int) -> Prompts:
    """Tokens and mask of the prompts `count` times, one copy after the other: row `c * len(prompts) + p` is copy c of prompt p."""
    return Prompts(prompts.tokens.repeat(count, 1), prompts.mask.repeat(count, 1))


def chunks(items: Sequence[Any], prompts: Prompts, tokens: int) -> Iterator[Sequence[Any]]:
    """Groups of items, as many as copies of the prompts fit into `tokens`, at least one."""
    step = max(1, tokens // max(1, prompts.tokens.numel()))
    return (items[start : start + step] for start in range(0, len(items), step))


def repeated(metric: Metric, count: int) -> Metric:
    """The metric of `copies(prompts, count)`."""

    def many(x: Tensor | None) -> Tensor | None:
        return None if x is None else x.repeat(count, *[1] * (x.dim() - 1))

    return Metric(metric.value, many(metric.positions), metric.tokens, many(metric.answers))


@contextmanager
def no_parameter_gradients(model: nn.Module) -> Iterator[None]:
    """Enable gradients for activations only; parameters are restored at the end."""
    parameters = [p for p in model.parameters() if p.requires_grad]
    try:
        for parameter in parameters:
            parameter.requires_grad_(False)
        with torch.enable_grad():
            yield
    finally:
        for parameter in parameters:
            parameter.requires_grad_(True)


def z_gradients(model: nn.Module, prompts: Prompts, metric: Metric) -> tuple[dict[int, Tensor], dict[int, Tensor]]:
    """Z of every attending block and the metric's gradient to it, `[prompt, pos, head, d_head]` each."""
    layers: dict[int, Tensor] = {}

    def see(layer: int, z: Tensor) -> Tensor:
        layers[layer] = z if z.requires_grad else z.detach().requires_grad_()
        return layers[layer]

    with no_parameter_gradients(model):
        value = measure(model, prompts, metric, z=see)
        gradients = torch.autograd.grad(value.sum(), list(layers.values()))
    return {layer: z.detach() for layer, z in layers.items()}, dict(zip(layers, gradients, strict=True))


def unembedding_of(model: nn.Module) -> nn.Module:
    """The module that computes the logits.

    Raises:
        ModelError: If there is none.
    """
    head = anatomy(model).unembedding
    if head is None:
        raise ModelError(
            f"{type(model).__name__} has no unembedding, so there are no logits to measure. Choose a checkpoint that was saved with its language head."
        )
    return head


@contextmanager
def unembedding_only(model: nn.Module, positions: Tensor) -> Iterator[None]:
    """Unembed only `positions`, `[prompt, k]`."""
    head = unembedding_of(model)

    def gather(_: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...]:
        where = positions.to(args[0].device)[..., None].expand(-1, -1, args[0].shape[-1])
        return (args[0].gather(1, where), *args[1:])

    with removing([head.register_forward_pre_hook(gather)]):
        yield


def mlp_matrices(model: nn.Module, site: Site) -> dict[str, nn.Module]:
    """The modules of a layer with a matrix, outside its attention and `W_O`, by name."""
    inside = {id(module) for module in (*site.module.modules(), *(site.o_proj.modules() if site.o_proj else ()))}
    return {
        f"{site.block}.{name}": module
        for name, module in block_of(model, site).named_modules()
        if id(module) not in inside and any(p.dim() >= 2 for p in module.parameters(recurse=False))
    }


@contextmanager
def mlps_seen(model: nn.Module, sites: Sequence[Site], leaves: Leaves) -> Iterator[None]:
    """Record the output of every matrix of the MLPs in `leaves`."""

    def keep(name: str) -> Callable[[nn.Module, Any, Any], None]:
        # Falcon adds attention to its MLP's output in place, so record a copy.
        return lambda _, __, result: leaves.__setitem__(name, _each(result, Tensor.clone))

    matrices = {name: module for site in sites for name, module in mlp_matrices(model, site).items()}
    with removing([module.register_forward_hook(keep(name)) for name, module in matrices.items()]):
        yield


@contextmanager
def mlps_frozen(model: nn.Module, leaves: Leaves) -> Iterator[None]:
    """Let every matrix of the MLPs return its recorded output."""

    def give(result: Any) -> Callable[[nn.Module, Any, Any], Any]:
        return lambda _, __, ___: _each(result, Tensor.clone)

    with removing([model.get_submodule(name).register_forward_hook(give(result)) for name, result in leaves.items()]):
        yield


def repeated_leaf(result: Any, count: int) -> Callable[[Any], Any]:
    """A function, of anything, that gives a recorded output for each of `count` copies of the prompts."""
    return lambda _: _each(result, lambda x: x.repeat(count, *[1] * (x.dim() - 1)))


def _each(result: Any, change: Callable[[Tensor], Tensor]) -> Any:
    """A module's output with `change` applied to every tensor in it."""
    if isinstance(result, Tensor):
        return change(result)
    return tuple(_each(x, change) for x in result) if isinstance(result, tuple) else result
