"""The registry says what the functions are."""

from __future__ import annotations

import inspect
import re
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from headkb.errors import ShapeError, UnknownNameError  # noqa: E402
from headkb.methods import METHODS, get_method  # noqa: E402

UNLISTED = {"tokens_per_batch", "heads"}  # change speed and extent, not the number
OWN_PROMPTS = {"attribution-by-source", "language-importance"}  # need positions or labels that the pairs here lack


@pytest.mark.parametrize("name", sorted(METHODS))
def test_parameters_are_those_of_the_function(name):
    """Names and defaults, and a docstring that says what comes back."""
    method = METHODS[name]
    keywords = {
        p.name: p.default
        for p in inspect.signature(method.function).parameters.values()
        if p.kind is inspect.Parameter.KEYWORD_ONLY and p.name not in UNLISTED
    }
    assert {key: p.default for key, p in method.parameters.items() if key not in UNLISTED} == keywords
    for parameter in method.parameters.values():
        assert not parameter.choices or parameter.default in parameter.choices
    assert "Returns:" in (method.function.__doc__ or "")
    assert "Source:" in (inspect.getmodule(method.function).__doc__ or "") + (method.function.__doc__ or "")


@pytest.mark.parametrize("name", sorted(METHODS))
def test_records_are_complete(name):
    """Ids are kebab-case, summaries are sentences, ranges are in order."""
    method = METHODS[name]
    assert method.id == name
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
    assert method.summary.endswith(".")
    assert method.formula
    assert method.source
    assert method.cost
    assert method.version >= 1
    assert method.range[0] < method.range[1]


@pytest.mark.parametrize(
    "name",
    sorted(name for name, m in METHODS.items() if m.needs in ("causal", "attribution") and name not in OWN_PROMPTS),
)
def test_every_method_gives_a_number_a_prompt_and_head(tiny, pairs, name):
    """`[prompt, layer, head]` within the stated range, and the prompts are left as they were."""
    method, prompts = METHODS[name], pairs(padded=True)
    before = prompts.tokens.clone()
    found = method.function(tiny("gpt2"), prompts)
    assert found.shape == (3, 3, 4)
    assert found.dtype == torch.float32
    assert not found.requires_grad
    known = found[:, found.isfinite().all(0)] if name == "backup-effect" else found  # three heads are knocked out
    assert known.isfinite().all()
    assert known.shape == ((3, 9) if name == "backup-effect" else found.shape)
    assert known.min() >= method.range[0]
    assert known.max() <= method.range[1]
    assert torch.equal(prompts.tokens, before)


@pytest.mark.parametrize("name", sorted(METHODS.keys() - {"information-flow", *OWN_PROMPTS}))
def test_prompts_without_answers_are_refused(tiny, pairs, name):
    """The message says what to put where."""
    method = METHODS[name]
    if method.needs not in ("causal", "attribution"):
        pytest.skip("needs no answers")
    with pytest.raises(ShapeError, match=r"paired\['answers'\]|`corrupted`"):
        method.function(tiny("gpt2"), replace(pairs(), paired={}, corrupted=None))


def test_misses_teach():
    """Near names of methods, parameters and their values stand in the message."""
    with pytest.raises(UnknownNameError, match=r"no method named 'zero-ablaton'. Did you mean 'zero-ablation'"):
        get_method("zero-ablaton")
    method = get_method("path-patching")
    with pytest.raises(UnknownNameError, match=r"no parameter of path-patching named 'throgh'. Did you mean 'through'"):
        method.check(throgh="q")
    with pytest.raises(UnknownNameError, match=r"no through of path-patching named 'z'. Choose one of q, k, v."):
        method.check(through="z")
    assert method.check(through="k") == {"through": "k"}


@pytest.mark.parametrize(
    ("name", "parameters", "text"),
    [
        ("activation-patching", {"patch_direction": "forwards"}, "no patch_direction named 'forwards'"),
        ("activation-patching", {"normalize": "all"}, "no normalize named 'all'"),
        ("path-patching", {"receivers": ["L9H9"]}, "no head named 'L9H9'. The model has 3 x 4 heads."),
        ("path-patching", {"senders": [(0, 7)]}, "no head named 'L0H7'"),
        ("path-patching", {"mlps": "off"}, "no mlps named 'off'"),
        ("head-logit-lens", {"reading": "rank"}, "no reading named 'rank'"),
        ("resample-ablation", {"source": "other"}, "no source of resample-ablation named 'other'"),
        ("directional-addition", {"direction": "up"}, "no direction named 'up'"),
        ("zero-ablation", {"metric": "logits"}, "no metric named 'logits'. Did you mean"),
    ],
)
def test_wrong_keywords_are_refused(tiny, pairs, name, parameters, text):
    """With the values that there are."""
    with pytest.raises(UnknownNameError, match=re.escape(text)):
        METHODS[name].function(tiny("gpt2"), pairs(), **parameters)


def test_lengths_that_differ_are_refused_where_positions_must_agree(tiny, pairs):
    """The message holds the lengths found."""
    for name, parameters in (("mean-ablation", {"per_position": True}), ("resample-ablation", {"source": "shuffled"})):
        with pytest.raises(ShapeError, match="these have 5 to 7 tokens"):
            METHODS[name].function(tiny("gpt2"), pairs(padded=True), **parameters)


def test_runs_that_do_not_differ_have_no_share(tiny, pairs):
    """Without a gap between the runs, its share is NaN and not a huge number."""
    prompts = pairs()
    same = replace(prompts, corrupted=replace(prompts, corrupted=None))
    assert METHODS["activation-patching"].function(tiny("gpt2"), same).isnan().all()
    assert (METHODS["activation-patching"].function(tiny("gpt2"), same, normalize="none").abs() < 1e-6).all()


def test_encoder_decoder_models_are_refused():
    """Methods follow one stream; the message says so."""
    transformers = pytest.importorskip("transformers")
    from headkb.errors import ModelError
    from headkb.tensors import Prompts

    config = transformers.T5Config(vocab_size=40, d_model=16, d_kv=4, d_ff=16, num_layers=1, num_heads=2)
    model = transformers.T5ForConditionalGeneration(config).eval()
    tokens = torch.arange(3, 9)[None]
    prompts = Prompts(
        tokens, tokens > 0, paired={"answers": tokens[0, :1], "wrong": tokens[0, 1:2]}, decoder=Prompts.of(tokens)
    )
    with pytest.raises(ModelError, match="T5ForConditionalGeneration has an encoder and a decoder"):
        METHODS["zero-ablation"].function(model, prompts)


def test_a_gap_that_is_not_clearly_there_is_not_shared_out():
    """`solved` is `set` where the mean gap is more than two standard errors above 0, and NaN else, one prompt included."""
    from headkb.methods.contrast import is_solved, normalized

    change, clear, vague = torch.ones(4, 1, 1), torch.tensor([2.0, 3.0, 2.5, 2.5]), torch.tensor([2.0, -2.0, 1.0, -0.9])
    assert torch.equal(normalized(change, clear, "solved"), normalized(change, clear, "set"))
    assert normalized(change, vague, "solved").isnan().all()
    assert not normalized(change, vague, "set").isnan().any()
    assert normalized(change, -clear, "solved").isnan().all()
    assert not is_solved(torch.tensor([5.0]))


def test_every_implementation_that_the_catalog_names_is_there():
    """A method's record names ids of this registry, or modules of the package; each of the survey's methods names one."""
    import importlib

    from headkb import load_catalog

    catalog = load_catalog()
    for record in catalog.methods.values():
        assert record.implementation or record.placement.by == "headkb", record.id
        for name in (record.implementation or "").split(", "):
            if name and name not in METHODS:
                assert name.startswith("headkb."), record.id
                importlib.import_module(name)
