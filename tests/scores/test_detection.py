"""Detection patterns from outside equal the head detector of TransformerLens, rounding apart."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from headkb.errors import HeadkbError, ShapeError, UnknownNameError  # noqa: E402
from headkb.scores import SCORES, detection_pattern, detector, previous_token  # noqa: E402
from headkb.tensors import Prompts  # noqa: E402


def causal_pattern(seed, length, heads=3):
    """Random softmax rows over the keys in sight, `[1, head, pos, pos]`."""
    logits = 2 * torch.randn(1, heads, length, length, generator=torch.Generator().manual_seed(seed))
    return logits.masked_fill(~torch.ones(length, length, dtype=torch.bool).tril(), -torch.inf).softmax(-1)


def theirs(attention, wanted, measure, exclude_bos, exclude_current_token):
    """Their `compute_head_attention_similarity_score` on one head, from its documentation, without the rounding."""
    attention, count = attention.clone(), len(attention)
    compared = attention if measure == "mul" else (attention - wanted).abs()
    if exclude_bos:
        compared[:, 0] = 0
    if exclude_current_token:
        compared.fill_diagonal_(0)
    if measure == "mul":
        return ((compared * wanted).sum() / compared.sum()).item()
    return 1 - (compared.mean() * count).item()


@pytest.mark.parametrize("measure", ["mul", "abs"])
@pytest.mark.parametrize("exclude_bos", [False, True])
@pytest.mark.parametrize("exclude_current_token", [False, True])
@pytest.mark.parametrize("weights", [False, True])
def test_a_tensor_equals_their_detector(measure, exclude_bos, exclude_current_token, weights):
    """0 and 1 or weights, both measures, all exclusions."""
    attention, wanted = causal_pattern(3, 6), torch.rand(6, 6, generator=torch.Generator().manual_seed(1)).tril()
    wanted = wanted if weights else wanted.round()
    options = {"measure": measure, "exclude_bos": exclude_bos, "exclude_current_token": exclude_current_token}
    values = detector(wanted, **options)(attention, Prompts.of(torch.arange(6)[None]))
    expected = [theirs(attention[0, head], wanted, **options) for head in range(3)]
    assert values[0].tolist() == pytest.approx(expected, abs=1e-6)


def test_previous_token_from_outside_is_the_variant_inside():
    """The same pattern as a tensor, as a function, and in the score's own measures, padding included."""
    prompts = Prompts(torch.arange(12).view(2, 6), torch.tensor([[True] * 6, [True] * 4 + [False] * 2]))
    pattern = torch.cat([causal_pattern(1, 6), causal_pattern(2, 6)])

    def before(tokens):
        return torch.ones(len(tokens), len(tokens)).tril(-1).triu(-1)

    for measure in ("mul", "abs"):
        inside = previous_token(pattern, prompts, measure=measure)
        torch.testing.assert_close(detector(before, measure=measure)(pattern, prompts), inside)
        one = Prompts.of(prompts.tokens[:1])
        tensor = detector(before(torch.arange(6)), measure=measure)(pattern[:1], one)
        torch.testing.assert_close(tensor, inside[:1])


def test_a_decorated_function_is_a_score_with_the_parameters_of_the_detector():
    """Its docstring is the summary, its name stays its own, and the registry refuses a second one."""
    try:

        @detection_pattern("mine-alone", prompts="ioi")
        def mine(tokens):
            """Looks at everything."""
            return torch.ones(len(tokens), len(tokens)).tril()

        entry = SCORES["mine-alone"]
        assert (entry.prompts, entry.reads, entry.summary) == ("ioi", "pattern", "Looks at everything.")
        assert {key: (p.default, p.annotation) for key, p in entry.parameters.items()} == {
            "measure": ("mul", "Literal['mul', 'abs']"),
            "exclude_bos": (False, "bool"),
            "exclude_current_token": (False, "bool"),
        }
        assert mine(torch.arange(2)).tolist() == [[1, 0], [1, 1]]
        read = entry.reader(exclude_bos=True)
        assert read(causal_pattern(0, 4), Prompts.of(torch.arange(4)[None]))[0].tolist() == pytest.approx([1.0] * 3)
        with pytest.raises(HeadkbError, match="the id 'mine-alone' is taken by"):
            detection_pattern("mine-alone", prompts="ioi")(lambda tokens: tokens)
    finally:
        SCORES.pop("mine-alone", None)


@pytest.mark.parametrize(
    ("targets", "shape"), [(torch.zeros(3, 3), "3 x 3"), (torch.zeros(4), "4"), (lambda tokens: [[1]], "list")]
)
def test_a_pattern_of_another_shape_is_refused(targets, shape):
    """The message says which prompt, and what is needed."""
    message = f"the detection pattern of prompt 0 is {shape}; it must be 4 x 4, [query_pos, key_pos]."
    with pytest.raises(ShapeError) as caught:
        detector(targets)(causal_pattern(0, 4), Prompts.of(torch.arange(4)[None]))
    assert str(caught.value).startswith(message)


def test_other_measures_are_refused():
    """`mean` is a measure of headkb's own scores."""
    with pytest.raises(UnknownNameError, match="no measure of a detection pattern named 'mean'"):
        detector(torch.ones(2, 2), measure="mean")  # type: ignore[arg-type]
