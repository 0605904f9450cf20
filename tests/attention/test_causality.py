"""Whether queries see later keys is measured at each attention call."""

from functools import partial

import pytest
import torch

from headkb.attention import anatomy, read_patterns
from headkb.attention.hooks import at_blocks
from headkb.attention.parts import model_inputs
from headkb.attention.tap import Tap, of_layers, tapped
from headkb.scores import current_token
from headkb.tensors import Prompts
from tests.attention.architectures import ALL, PAIRED, build, prompts, shared


def patterns(model, sites, given, at=None):
    """Each layer's pattern; with `at`, the last position of that block's input is another."""
    seen, parts = {}, anatomy(model)

    def disturb(layer, x):
        new = x.clone()  # [..., pos, d_model]
        new[..., -1, :] += torch.linspace(-3, 3, x.shape[-1])
        return new

    tap = Tap(see=of_layers(sites, lambda layer, call: seen.update({layer: call.pattern.clone()})), batch=len(given))
    blocks = at_blocks(model, [site for site in sites if site.layer == at and site.block], disturb)
    with torch.no_grad(), blocks, tapped(model, tap, parts.route):
        model(**model_inputs(model, given))
    return seen


def brute_force(model, part, given):
    """For each layer of a part, whether a change at the last position leaves the rows of earlier queries as they are."""
    sites = anatomy(model).part(part)
    plain, causal = patterns(model, sites, given), {}
    for site in sites:
        if site.block is None or "XLNet" in type(model).__name__:  # no stream [batch, pos, …]: change the last token
            tokens = given.tokens.clone()
            tokens[:, -1] = (tokens[:, -1] + 5) % 90 + 3
            other = patterns(model, sites, Prompts.of(tokens))
        else:
            other = patterns(model, sites, given, at=site.layer)
        causal[site.layer] = torch.equal(plain[site.layer][:, :, :-1], other[site.layer][:, :, :-1])
        assert not torch.equal(plain[site.layer], other[site.layer]) or part == "cross"
    return causal


@pytest.mark.parametrize("name", ALL)
def test_the_measured_causality_is_that_of_a_disturbed_last_position(name):
    """A layer is causal if and only if what happens at the last position changes no earlier query's row."""
    model, given = shared(name), prompts(name, padded=False)
    for part in ("encoder", "decoder") if name in PAIRED else ("self",):
        measured = {site.layer: site.causal for site in anatomy(model).part(part)}
        assert measured == brute_force(model, part, given)


def mixed():
    """A Llama whose layer 1 sees the whole prompt."""
    model = build("llama")

    def unmask(_, args, kwargs):
        return args, {**kwargs, "attention_mask": torch.zeros_like(kwargs["attention_mask"])}

    model.model.layers[1].register_forward_pre_hook(unmask, with_kwargs=True)
    return model


def test_a_model_with_layers_of_both_kinds_is_right_layer_by_layer():
    """Layer 1 is not causal, its neighbours are, and the brute force agrees."""
    model = mixed()
    measured = {site.layer: site.causal for site in anatomy(model).part()}
    assert measured == {0: True, 1: False, 2: True}
    assert measured == brute_force(model, None, prompts(padded=False))


def test_readers_are_told_the_causality_of_their_layer():
    """Whatever the prompts claim, a score reads its own layer's causality, and gives what it gives when told it."""
    model, given = mixed(), prompts(padded=False)
    told, told_wrong = [], Prompts(given.tokens, given.mask, meta={"causal": True})

    def reader(pattern, shown):
        told.append(shown.meta["causal"])
        return current_token(pattern, shown)

    values = read_patterns(model, told_wrong, {"own": reader})["own"]
    assert told == [True, False, True]
    for causal in (True, False):
        argument = read_patterns(model, given, {"r": partial(current_token, causal=causal)})["r"]
        same = [layer for layer in range(3) if torch.equal(values[:, layer], argument[:, layer])]
        assert same == ([0, 2] if causal else [1])
