import re

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb.attention import anatomy, read_patterns  # noqa: E402
from headkb.errors import ModelError  # noqa: E402
from headkb.methods import attribution_patching, direct_logit_attribution, ov_copying, zero_ablation  # noqa: E402
from headkb.sweeps import Metric, mean_z, sweep  # noqa: E402
from headkb.tensors import Prompts  # noqa: E402
from tests.attention.architectures import build, prompts  # noqa: E402

NAN, INF = float("nan"), float("inf")


def poisoned(path, value=NAN, name="llama"):
    """A model with one number of one tensor replaced."""
    model = build(name)
    with torch.no_grad():
        model.get_parameter(path).view(-1)[5] = value
    return model


def strongest_key(pattern, _):
    """A reader that hides NaN: the place of the largest weight."""
    return pattern.argmax(-1).float().mean(-1)


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        (
            "model.layers.1.self_attn.q_proj.weight",
            NAN,
            "L1H0's pattern holds NaN or infinity; tensor model.layers.1.self_attn.q_proj.weight holds NaN.",
        ),
        (
            "model.layers.0.mlp.down_proj.weight",
            INF,
            "L1H0's pattern holds NaN or infinity; tensor model.layers.0.mlp.down_proj.weight holds infinity.",
        ),
        (
            "model.layers.2.mlp.up_proj.weight",
            NAN,
            "the model's output holds NaN or infinity; tensor model.layers.2.mlp.up_proj.weight holds NaN.",
        ),
        ("lm_head.weight", NAN, "the model's output holds NaN or infinity; tensor lm_head.weight holds NaN."),
    ],
)
def test_a_broken_weight_is_named_with_the_head_that_shows_it(path, value, text):
    """NaN or infinity in a checkpoint is no fault of the engine's: the first head or the output, and the tensor."""
    with pytest.raises(ModelError, match=re.escape(text)):
        anatomy(poisoned(path, value))


def one_token(row):
    """A model whose embedding of token 50 is broken, which the probe does not meet, and prompts with that token."""
    model = build("llama")
    with torch.no_grad():
        model.model.embed_tokens.weight[50] = row
    given = prompts(padded=False)
    given.tokens[given.tokens == 50] = 51
    given.tokens[1, 4] = 50
    return model, given


@pytest.mark.parametrize("row", [NAN, INF])
def test_nan_that_comes_with_a_token_never_becomes_a_score(row):
    """Readers that take the largest key, sweeps, means, methods with gradients and methods on weights all end with the head or tensor."""
    model, given = one_token(row)
    head, tensor = r"L0H0's pattern holds", r"tensor model\.embed_tokens\.weight holds (NaN|infinity)"
    with pytest.raises(ModelError, match=f"{head}.*{tensor}"):
        read_patterns(model, given, {"r": strongest_key})
    with pytest.raises(ModelError, match=f"L0H0's z holds.*{tensor}"):
        mean_z(model, given)
    pairs = Prompts(
        given.tokens, given.mask, paired={"answers": torch.tensor([4, 5, 6]), "wrong": torch.tensor([7, 8, 9])}
    )
    pairs = Prompts(pairs.tokens, pairs.mask, {}, {}, None, pairs.paired, Prompts.of(given.tokens))
    for method in (zero_ablation, direct_logit_attribution, attribution_patching, ov_copying):
        with pytest.raises(ModelError, match=tensor):
            method(model, pairs)


OVERFLOW = r"though all weights are finite: float16 overflows\. Load the model in float32\."


def test_an_overflow_in_half_precision_is_told_from_broken_weights():
    """Finite weights whose product leaves float16 say so, and how to go on, in the probe."""
    model = build("llama").half()
    with torch.no_grad():
        model.model.layers[1].self_attn.v_proj.weight *= 20000
    with pytest.raises(ModelError, match=OVERFLOW):
        anatomy(model)


def test_an_overflow_on_some_prompts_is_found_while_they_are_read():
    """One token alone lies along a direction that the first norm makes too large for float16; the probe does not meet it."""
    model, given = build("llama").half(), prompts(padded=False)
    with torch.no_grad():
        model.model.embed_tokens.weight[:, 0] = 0
        model.model.embed_tokens.weight[96] = torch.eye(32)[0]
        model.model.layers[0].input_layernorm.weight[0] = 60000.0
    given.tokens[1, 4] = 96
    anatomy(model)
    with pytest.raises(ModelError, match=f"L0H0's pattern holds NaN or infinity, {OVERFLOW}"):
        read_patterns(model, given, {"r": strongest_key})


def test_an_edit_that_makes_nan_is_named():
    """A sweep whose own edit overflows says which head was edited, also for a metric that hides it."""
    model, given = build("llama"), prompts()
    hidden = Metric(lambda logits, *_: logits[:, 0].argmax(-1).float(), given.lengths - 1)
    with pytest.raises(
        ModelError, match=r"the output with L0H0.* edited holds NaN or infinity, though all weights are finite"
    ):
        sweep(model, given, lambda layer, z: z * INF, hidden)


def test_padding_may_hold_anything():
    """NaN in the rows of padded queries is nobody's score, and no reason to refuse."""
    from headkb.finite import check_heads, check_rows

    model, mask = build("llama"), torch.tensor([[True, True, False]])
    rows = torch.tensor([[[0.0], [1.0], [NAN]]])
    check_rows(model, rows, mask)
    check_heads(model, 0, "pattern", rows[None, ..., 0], mask)
    with pytest.raises(ModelError, match="the model's output holds NaN"):
        check_rows(model, rows)
