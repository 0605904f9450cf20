"""The savings of path patching, knock-out and input patching: they are used, and whole passes give the same numbers."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from headkb.errors import ModelError  # noqa: E402
from headkb.methods.contrast import contrast  # noqa: E402
from headkb.methods.heads import every_head  # noqa: E402
from headkb.methods.held import Held, SentPath  # noqa: E402
from headkb.methods.input_patching import input_patching  # noqa: E402
from headkb.methods.knockout import attention_knockout  # noqa: E402
from headkb.methods.passes import layers_of, z_of  # noqa: E402
from headkb.methods.path_patching import path_patching  # noqa: E402
from headkb.sweeps.rows import Rows  # noqa: E402

PATHS = sys.modules["headkb.methods.path_patching"]
NAMES = [
    "gpt2",
    "llama",
    "gemma2",
    "gemma3_text",
    "olmo2",
    "gpt_neox",
    "granite",
    "cohere",
    "falcon",
    "mixtral",
    "bert",
]
ENDS = [(2, 1), (2, 3), (1, 0)]  # in two layers, two heads of one


def both_ways(model, both, route):
    """{sender: change} of held passes, and of whole ones; with the unchanged metric first."""
    sites = layers_of(model)
    with torch.no_grad():
        held = Held(model, both, z_of(model, both.other), route)
        changes: dict[tuple[int, int], Any] = {}
        for site in sites:
            for some, values in held.sent(site.layer, list(range(site.n_heads))):
                for head, value in zip(some, values, strict=True):
                    changes[site.layer, head] = value - held.clean
        clean, whole = PATHS._Whole(model, both, route).effects(every_head(sites))
    found: dict[Any, Any] = {"clean": held.clean}
    expected: dict[Any, Any] = {"clean": clean}
    return found | changes, expected | dict(whole)


def same(found, expected):
    """Equal to 1e-5."""
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("metric", ["logit_diff", "loss"])
@pytest.mark.parametrize("mlps", ["recomputed", "frozen"])
@pytest.mark.parametrize("name", NAMES)
def test_paths_to_the_logits_need_no_attention(tiny, pairs, name, mlps, metric):
    """With padding, at one position and at all of them."""
    found, expected = both_ways(tiny(name), contrast(pairs(padded=True)), SentPath(None, "q", mlps, metric))
    same(found, expected)
    assert max(float(value.abs().max()) for key, value in expected.items() if key != "clean") > 1e-2


@pytest.mark.parametrize("mlps", ["recomputed", "frozen"])
@pytest.mark.parametrize("through", ["q", "k", "v"])
@pytest.mark.parametrize("name", [name for name in NAMES if name != "falcon"])  # which hides q, k and v
def test_paths_to_receivers_run_attention_from_there_on_only(tiny, pairs, name, through, mlps):
    """Several receivers in two layers; senders below, between and above them."""
    found, expected = both_ways(tiny(name), contrast(pairs(padded=True)), SentPath(ENDS, through, mlps, "logit_diff"))
    same(found, expected)
    assert all(float(value.abs().max()) == 0 for (layer, _), value in list(found.items())[1:] if layer == 2)
    assert max(float(value.abs().max()) for key, value in expected.items() if key != "clean") > 1e-3


def passes_counted(model, run):
    """The number of tokens of each call of the model."""
    seen = []
    handle = model.register_forward_pre_hook(
        lambda _, __, kwargs: seen.append(kwargs["input_ids"].numel()), with_kwargs=True
    )
    try:
        run()
    finally:
        handle.remove()
    return seen


@pytest.mark.parametrize("name", NAMES)
def test_only_the_positions_that_are_read_are_run(tiny, pairs, name):
    """Two passes of all prompts, three of the first one as a check, and then one position of each prompt for each layer's heads."""
    prompts, model = pairs(), tiny(name)
    path_patching(model, prompts, tokens_per_batch=1000)  # the model is looked at once
    seen = passes_counted(model, lambda: path_patching(model, prompts, tokens_per_batch=1000))
    count, length = prompts.tokens.shape
    assert sorted(seen) == sorted([count * length] * 2 + [length] * 3 + [count] + [4 * count] * 3)


@pytest.mark.parametrize("method", [attention_knockout, input_patching])
@pytest.mark.parametrize("name", NAMES)
def test_single_heads_are_swept(tiny, pairs, monkeypatch, name, method):
    """No whole pass for a head but the one that checks the sweep, with padding and in small batches."""
    if name == "falcon" and method is input_patching:
        pytest.skip("it hides q, k and v")
    whole = []
    real = Rows._whole

    def counted(*args):
        whole.append(args)
        return real(*args)

    monkeypatch.setattr(Rows, "_whole", counted)
    method(tiny(name), pairs(padded=True), tokens_per_batch=14)
    assert len(whole) <= 2  # one for each batch


def test_a_wrong_saving_is_not_used(tiny, pairs, monkeypatch):
    """Where held passes give another number than a whole one, or fail, whole ones are run, with the right result."""
    prompts, model = pairs(), tiny("llama")
    right = path_patching(model, prompts)
    assert right[:, 1].abs().max() > 1e-2
    real = Held._held

    def off(self, *args, **kwargs):
        return real(self, *args, **kwargs) * 1.01

    def failing(self, *args, **kwargs):
        raise ModelError("no")

    for wrong in (off, failing):
        monkeypatch.setattr(Held, "_held", wrong)
        torch.testing.assert_close(path_patching(model, prompts), right, rtol=1e-4, atol=1e-5)


def test_nothing_changes_without_a_difference(tiny, pairs):
    """A corrupted run that is the clean one sends nothing."""
    prompts = pairs(padded=True)
    equal = replace(prompts, corrupted=replace(prompts, corrupted=None))
    for ends in (None, "L2H1"):
        assert path_patching(tiny("gemma3_text"), equal, receivers=ends).nan_to_num().abs().max() < 1e-5
