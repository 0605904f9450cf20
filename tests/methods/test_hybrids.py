"""Methods on models in which only some blocks attend, and on models around a text model."""

import dataclasses
from typing import Any

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

import headkb.methods as methods  # noqa: E402
from headkb.attention import anatomy, edits  # noqa: E402
from headkb.errors import ModelError, UnknownNameError  # noqa: E402
from headkb.methods.contrast import contrast  # noqa: E402
from headkb.methods.direct_logit import attribute  # noqa: E402
from headkb.methods.heads import named_heads, top_heads  # noqa: E402
from headkb.methods.knockout import knockout_windows  # noqa: E402
from headkb.methods.passes import measure  # noqa: E402
from headkb.methods.weights import composition  # noqa: E402
from headkb.tensors import Prompts  # noqa: E402
from tests.attention.architectures import prompts, shared  # noqa: E402
from tests.attention.hybrids import CONDITIONAL  # noqa: E402

HYBRIDS = ("jamba", "lfm2", "nemotron_h", "qwen3_5_text", "qwen3_5")
BY_BLOCK: dict[str, Any] = {
    "zero-ablation": methods.zero_ablation,
    "mean-ablation": methods.mean_ablation,
    "resample-ablation": methods.resample_ablation,
    "activation-patching": methods.activation_patching,
    "attribution-patching": methods.attribution_patching,
    "attention-knockout": methods.attention_knockout,
    "input-patching": methods.input_patching,
    "path-patching": methods.path_patching,
    "directional-addition": methods.directional_addition,
    "directional-subtraction": methods.directional_subtraction,
    "function-vector": methods.average_indirect_effect,
    "probing": methods.probe_accuracy,
    "qk-matching": methods.qk_matching,
    "composition": lambda model, given: methods.composition_score(model),
}


def pairs(count=4):
    """Contrasts of one length, with labels."""
    given = prompts(padded=False, count=count)
    answers = torch.arange(count) + 4
    paired = {"answers": answers, "wrong": answers + 10, "labels": torch.arange(count) % 2}
    return Prompts(given.tokens, given.mask, {}, {}, None, paired, Prompts.of(given.tokens.roll(1, 0)))


@pytest.mark.parametrize("method", BY_BLOCK)
@pytest.mark.parametrize("name", HYBRIDS)
def test_values_stand_in_the_rows_of_the_blocks_that_attend(name, method):
    """Every method has a row for each block: NaN where none attends, numbers where one does."""
    model = shared(name)
    values, parts = BY_BLOCK[method](model, pairs()), anatomy(model)
    attending = [site.layer for site in parts.part()]
    assert values.shape[1:] == (parts.n_layers(), 4)
    missing = [block for block in range(parts.n_layers()) if block not in attending]
    assert values[:, missing].isnan().all()
    counted = attending[:-1] if method == "composition" else attending  # no head comes after the last
    assert values[:, counted].isfinite().all()


def test_the_row_of_a_block_is_what_editing_that_block_does():
    """Ablation, knock-out and path patching to the logits agree with edits of Jamba's block 3 made one by one."""
    model, given = shared("jamba"), pairs()
    both = contrast(given)
    metric = both.metric("logit_diff")
    with torch.no_grad():
        clean = measure(model, given, metric)

        def after(edit):
            logits = edits.run(model, given, [edit])[:, -1]
            rows = torch.arange(4)
            return logits[rows, given.paired["answers"]] - logits[rows, given.paired["wrong"]]

        zeroed = clean - after(edits.zero([(3, 1)]))
        cut = clean - after(edits.knock_out([(3, 1)], query=torch.full((4,), 11)))
    torch.testing.assert_close(methods.zero_ablation(model, given)[:, 3, 1], zeroed, rtol=0, atol=5e-5)
    torch.testing.assert_close(methods.attention_knockout(model, given)[:, 3, 1], cut, rtol=0, atol=5e-5)
    assert knockout_windows(model, given).isnan().all(0).tolist() == [True, False, True, False]


def test_heads_are_named_and_ranked_by_block():
    """Names go to blocks, ranking passes over blocks that do not attend, and composition joins blocks 1 and 3."""
    model, given = shared("jamba"), pairs()
    assert named_heads(model, "L3H1, L1H0") == [(3, 1), (1, 0)]
    with pytest.raises(UnknownNameError, match=r"no head named 'L2H1'\. Blocks 1 and 3 attend"):
        named_heads(model, "L2H1")
    assert {layer for layer, _ in top_heads(methods.zero_ablation(model, given), 8)} == {1, 3}
    strengths = composition(model, "k")
    assert strengths.isfinite().flatten().nonzero().shape[0] == 16
    assert strengths[1, :, 3].isfinite().all()
    sent = methods.path_patching(model, given, receivers="L3H1", through="k")
    assert sent.isnan().all((0, 2)).tolist() == [True, False, True, True]


def test_a_method_that_takes_the_stream_apart_says_that_it_needs_every_block():
    """Direct logit attribution of Jamba is refused in one sentence, and points to what works."""
    with pytest.raises(ModelError, match=r"2 of 4 layers do not attend.*Use ablation or patching"):
        methods.direct_logit_attribution(shared("jamba"), pairs())


@pytest.mark.parametrize("name", ["llava", "mistral3", "qwen2_5_vl", "gemma3", "qwen3_vl"])
def test_a_model_around_a_text_model_is_taken_apart_like_it(name):
    """The shares of heads, MLPs and embedding add up to the logit difference, and the lens reads logits."""
    model, given = shared(name), pairs()
    assert name in CONDITIONAL
    whole = attribute(model, given)
    with torch.no_grad():
        value = measure(model, given, contrast(given).metric("logit_diff"))
    torch.testing.assert_close(whole.total, value, rtol=0, atol=2e-4)
    assert methods.head_logit_lens(model, given).isfinite().all()


@pytest.mark.parametrize("name", ["llama4", "llava", "jamba"])
def test_retrieval_finds_the_end_of_text_in_the_text_configuration(name):
    """Llama 4's outer configuration names no end of text; its text configuration does."""
    given = pairs()
    where = torch.tensor([[2, 3]] * 4)
    values = methods.retrieval_score(
        shared(name), dataclasses.replace(given, positions={"source": where}), max_new=3, least_recall=0.0
    )
    assert values.shape[0] == 4
    assert values[:, [site.layer for site in anatomy(shared(name)).part()]].isfinite().all()


@pytest.mark.parametrize(
    "method", [methods.head_logit_lens, methods.direct_logit_attribution, methods.zero_ablation, methods.ov_copying]
)
def test_a_model_without_logits_is_refused_by_every_method_that_needs_them(method):
    """The lens took hidden dimensions for logits; now all say that there is no unembedding."""
    with pytest.raises(ModelError, match="no unembedding"):
        method(shared("llama").base_model, pairs())
