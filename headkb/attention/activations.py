"""All activations of a few prompts: patterns, q, k, v, z, what each head writes, and the residual stream."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn

from headkb.attention.hooks import at_blocks, at_z, lean, removing
from headkb.attention.parts import Part, Site, block_of, first_tensor, model_inputs, queries_of
from headkb.attention.probe import anatomy
from headkb.attention.tap import Call, Stop, Tap, of_layers, tapped
from headkb.errors import ModelError, check_choice
from headkb.finite import check_heads
from headkb.tensors import Prompts, by_layer

Activation = Literal[
    "pattern", "attn_scores", "q", "k", "v", "z", "o_proj_input", "result", "resid_pre", "resid_mid", "resid_post"
]
Values = dict[str, dict[int, Tensor]]  # by name and block number


def observe(
    model: nn.Module,
    prompts: Prompts,
    what: Collection[Activation] = frozenset({"pattern"}),
    *,
    part: Part | None = None,
) -> dict[Activation, Tensor]:
    """The activations named in `what`, of every layer; for small inputs, since all of them stay in memory.

    Returns:
        `[prompt, layer, …]`, NaN in blocks that do not attend, where … is
        `head query_pos key_pos` for pattern and attn_scores (the softmax's input, mask included);
        `head pos d_head` for q, k and v, as the attention function receives them;
        `pos head d_head` for z and o_proj_input, which differ only where a gate or norm lies between the two;
        `pos head d_model` for result, what each head writes through `W_O`, without its bias;
        `pos d_model` for resid_pre, resid_mid (the input of the MLP or its norm) and resid_post.

    Raises:
        UnknownNameError: If `what` names anything else.
        ModelError: If the model has no such activation.
    """
    names = set(what)
    for name in names:
        check_choice("activation", name, get_args(Activation))
    parts = anatomy(model)
    sites = parts.part(part)
    gated = {site.layer: site.gated for site in sites}
    values: Values = defaultdict(dict)

    def see(layer: int, call: Call) -> None:
        scores = call.scores[..., : call.pattern.shape[-1]]  # without a sink's column
        tensors = {"pattern": call.pattern, "attn_scores": scores, "q": call.q, "k": call.k, "v": call.v}
        for name, value in tensors.items():
            if name in names and value is not None:
                values[name][layer] = value.clone()
        if "z" in names and gated[layer] and call.v is not None:
            values["z"][layer] = call.z(call.v)

    def see_z(layer: int, z: Tensor) -> None:
        values["o_proj_input"][layer] = z.clone()
        values["z"].setdefault(layer, values["o_proj_input"][layer])

    z_sites = sites if names & {"o_proj_input", "result", "z"} else ()
    blocks = sites if names & {"resid_pre", "resid_mid", "resid_post"} else ()
    tap = Tap(see=of_layers(sites, see), batch=len(prompts))
    see_inputs = at_blocks(model, blocks, lambda layer, x: values["resid_pre"].update({layer: x.clone()}))
    with torch.inference_mode(), at_z(z_sites, see_z), see_inputs:
        with removing(_residuals(model, blocks, values, "resid_mid" in names)), tapped(model, tap, parts.route):
            model(**model_inputs(model, prompts))
    for layer, z in values["o_proj_input"].items() if "result" in names else ():
        values["result"][layer] = torch.einsum("bphe,hed->bphd", z, output_weights(model, layer, part)[0])
    for name in what:
        if len(values[name]) != len(sites):
            where, parallel = f"{len(values[name])} of {len(sites)} layers", "its MLP reads the layer's own input"
            reason = parallel if name == "resid_mid" else "the architecture does not show it"
            raise ModelError(f"{name} was found in {where}: {reason}. Leave {name} out.")
    return {name: by_layer(values[name], parts.n_layers(part)) for name in what}


def read_z(model: nn.Module, prompts: Prompts, sites: Sequence[Site], *, exact: bool = True) -> dict[int, Tensor]:
    """Z of every attending block, `[prompt, pos, head, d_head]`, on one batch, from a pass that ends with the last of them.

    Without `exact`, GPT-2's GELU may differ from the model's own in its last bits. A `ModelError` names a head that holds NaN.
    """
    layers, mask = dict[int, Tensor](), queries_of(prompts, sites[0]).mask

    def see(layer: int, z: Tensor) -> None:
        check_heads(model, layer, "z", z.transpose(1, 2), mask)
        layers[layer] = z.clone()
        if len(layers) == len(sites):
            raise Stop

    with torch.no_grad(), at_z(sites, see), lean(model, exact=exact), tapped(model):
        model(**model_inputs(model, prompts))
    return layers


def output_weights(model: nn.Module, layer: int, part: Part | None = None) -> tuple[Tensor, Tensor]:
    """`W_O` of one layer, `[head, d_head, d_model]`, and its bias, `[d_model]`, in any architecture.

    Read by pushing unit vectors through the module, so quantized and offloaded weights need no special case.
    """
    site = anatomy(model).site(layer, part=part)
    if site.o_proj is None:
        raise ModelError(f"no output projection (W_O) was found in layer {layer}. Report the architecture.")
    width, like = site.n_heads * site.d_head, next(model.parameters())
    with torch.inference_mode():
        units = torch.eye(width + 1, width, device=like.device, dtype=like.dtype)  # the last row is zero: the bias
        image = site.o_proj(units[None])[0]
        return (image[:-1] - image[-1]).view(site.n_heads, site.d_head, -1), image[-1]


def _residuals(model: nn.Module, sites: Sequence[Site], values: Values, mid: bool) -> list[Any]:
    """Hooks that record what layers return and, for resid_mid, what the first matrix after `W_O` reads."""
    handles: list[Any] = []
    for site in sites:
        block = block_of(model, site)

        def leave(_: nn.Module, args: Any, result: Any, layer: int = site.layer) -> None:
            values["resid_post"][layer] = first_tensor(result).clone()

        handles += [block.register_forward_hook(leave), *(_mid(block, site, values) if mid else ())]
    return handles


def _mid(block: nn.Module, site: Site, values: Values) -> list[Any]:
    """Hooks that record resid_mid: the input of the first matrix after `W_O`, or of the norm before that matrix."""
    norms: list[tuple[Tensor, Tensor]] = []  # input and output of norms; held, so that no address is used twice
    written: list[bool] = []  # not empty between `W_O` and the MLP's first matrix

    def watch(module: nn.Module, args: tuple[Any, ...], result: Any) -> None:
        read = args[0] if args and isinstance(args[0], Tensor) else None
        if module is site.o_proj:
            written.append(True)
        elif read is not None and not any(p.dim() > 1 for p in module.parameters()):
            if isinstance(result, Tensor) and result.shape == read.shape:
                norms.append((read, result))
        elif read is not None and written:
            written.clear()
            read = next((x for x, y in reversed(norms) if y.data_ptr() == read.data_ptr() != x.data_ptr()), read)
            before = values["resid_pre"][site.layer]
            if not torch.equal(read.reshape(-1), before.reshape(-1)):  # a parallel MLP leaves no middle
                values["resid_mid"][site.layer] = read.reshape(before.shape).clone()

    return [module.register_forward_hook(watch) for module in block.modules() if next(module.children(), None) is None]
