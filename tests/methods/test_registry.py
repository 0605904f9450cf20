"""The registry says what the functions are."""

from __future__ import annotations

import re
from dataclasses import replace
from math import inf

import pytest

torch = pytest.importorskip("torch")

import headkb.methods  # noqa: E402
from headkb import catalog_path  # noqa: E402
from headkb.catalog.load import load_kind  # noqa: E402
from headkb.errors import HeadkbError, ShapeError, UnknownNameError  # noqa: E402
from headkb.scores import SCORES, get_score  # noqa: E402

METHODS = {name: score for name, score in SCORES.items() if score.reads == "model"}
RECORDS = load_kind(catalog_path(), "scores")[0]
OWN_PROMPTS = {"attribution-by-source", "language-importance"}  # need positions or labels that the pairs here lack
RUNS = sorted(  # run on prompt pairs; the others read patterns, matrices, or train
    name
    for name in METHODS
    if {"passes", "gradients"} & set(RECORDS[name].needs) and not {"pattern", "training"} & set(RECORDS[name].needs)
    if name not in OWN_PROMPTS and name != "sparse-attention-decomposition"
)


@pytest.mark.parametrize("name", sorted(METHODS))
def test_every_method_can_be_imported_by_its_name(name):
    """From `headkb.methods`, and no module of the same name hides it."""
    function = METHODS[name].function
    assert getattr(headkb.methods, function.__name__) is function
    assert function.__name__ in headkb.methods.__all__
    assert "Returns:" in (function.__doc__ or "")


def test_needs_agree_with_the_signatures():
    """Scores that read matrices alone take no prompts, and gradients cost backward passes."""
    for name, method in METHODS.items():
        needs = set(RECORDS[name].needs)
        assert (needs == {"weights"}) == (not method.needs_prompts), name
        assert ("gradients" in needs) == (RECORDS[name].cost.backward != "0"), name
        if needs <= {"weights", "answers", "positions"}:
            assert RECORDS[name].cost.forward == "0", name


def test_a_method_has_no_reader():
    """It needs a model; the message says so."""
    with pytest.raises(HeadkbError, match="zero-ablation reads a model, not patterns"):
        get_score("zero-ablation").reader()


@pytest.mark.parametrize("name", RUNS)
def test_every_method_gives_a_number_a_prompt_and_head(tiny, pairs, name):
    """`[prompt, layer, head]` within the recorded range, and the prompts are left as they were."""
    method, prompts = METHODS[name], pairs(padded=True)
    before = prompts.tokens.clone()
    values = method.function(tiny("gpt2"), prompts)
    assert values.shape == (3, 3, 4)
    assert values.dtype == torch.float32
    assert not values.requires_grad
    known = values[:, values.isfinite().all(0)] if name == "backup-effect" else values  # three heads are knocked out
    assert known.isfinite().all()
    assert known.shape == ((3, 9) if name == "backup-effect" else values.shape)
    least, most = RECORDS[name].range.least, RECORDS[name].range.most
    assert known.min() >= (-inf if least is None else least)
    assert known.max() <= (inf if most is None else most)
    assert torch.equal(prompts.tokens, before)


@pytest.mark.parametrize("name", [name for name in RUNS if "answers" in RECORDS[name].needs])
def test_prompts_without_answers_are_refused(tiny, pairs, name):
    """The message says what to put where."""
    with pytest.raises(ShapeError, match=r"paired\['answers'\]|`corrupted`"):
        SCORES[name].function(tiny("gpt2"), replace(pairs(), paired={}, corrupted=None))


def test_misses_teach():
    """Near names of methods, parameters and their values stand in the message."""
    with pytest.raises(UnknownNameError, match=r"no score named 'zero-ablaton'. Did you mean 'zero-ablation'"):
        get_score("zero-ablaton")
    method = get_score("path-patching")
    with pytest.raises(UnknownNameError, match=r"no parameter of path-patching named 'throgh'. Did you mean 'through'"):
        method.check(throgh="q")
    with pytest.raises(UnknownNameError, match=r"no through of path-patching named 'z'. Choose q or k or v."):
        method.check(through="z")
    assert method.check(through="k") == {"through": "k"}


@pytest.mark.parametrize(
    ("name", "parameters", "text"),
    [
        (
            "activation-patching",
            {"patch_direction": "forwards"},
            "no patch_direction of activation-patching named 'forwards'",
        ),
        ("activation-patching", {"normalize": "all"}, "no normalize of activation-patching named 'all'"),
        ("path-patching", {"receivers": ["L9H9"]}, "no head named 'L9H9'. Blocks 0 to 2 attend (4 heads each)."),
        ("path-patching", {"senders": [(0, 7)]}, "no head named 'L0H7'"),
        ("path-patching", {"mlps": "off"}, "no mlps of path-patching named 'off'"),
        ("head-logit-lens", {"reading": "rank"}, "no reading of head-logit-lens named 'rank'"),
        ("resample-ablation", {"source": "other"}, "no source of resample-ablation named 'other'"),
        ("directional-addition", {"direction": "up"}, "no direction of directional-addition named 'up'"),
        ("zero-ablation", {"metric": "logits"}, "no metric of zero-ablation named 'logits'. Did you mean"),
    ],
)
def test_wrong_keywords_are_refused(tiny, pairs, name, parameters, text):
    """With the values that there are."""
    with pytest.raises(UnknownNameError, match=re.escape(text)):
        SCORES[name].function(tiny("gpt2"), pairs(), **parameters)


def test_lengths_that_differ_are_refused_where_positions_must_agree(tiny, pairs):
    """The message holds the lengths found."""
    for name, parameters in (("mean-ablation", {"per_position": True}), ("resample-ablation", {"source": "shuffled"})):
        with pytest.raises(ShapeError, match="these have 5 to 7 tokens"):
            SCORES[name].function(tiny("gpt2"), pairs(padded=True), **parameters)


def test_runs_that_do_not_differ_have_no_share(tiny, pairs):
    """Without a gap between the runs, its share is NaN and not a huge number."""
    prompts = pairs()
    same = replace(prompts, corrupted=replace(prompts, corrupted=None))
    assert SCORES["activation-patching"].function(tiny("gpt2"), same).isnan().all()
    assert (SCORES["activation-patching"].function(tiny("gpt2"), same, normalize="none").abs() < 1e-6).all()


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
        SCORES["zero-ablation"].function(model, prompts)


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
    """A method's record names ids of scores, or modules of the checkout; each of the survey's methods names one."""
    import importlib

    from headkb import load_catalog

    catalog = load_catalog()
    for record in catalog.methods.values():
        assert record.implementation or record.placement.by == "headkb", record.id
        for name in (record.implementation or "").split(", "):
            if name and name not in SCORES:
                assert name.startswith(("headkb.", "organisms.")), record.id
                importlib.import_module(name)
