from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb.attention import read_patterns  # noqa: E402
from headkb.errors import UnknownNameError  # noqa: E402
from headkb.exact import EXACT, build, build_tokenizer  # noqa: E402
from headkb.exact.layout import AGAINST, D_MODEL, N_HEADS  # noqa: E402
from headkb.exact.tokenizer import BOS, VOCABULARY  # noqa: E402
from headkb.head_index import HeadIndex  # noqa: E402
from headkb.methods import METHODS  # noqa: E402
from headkb.prompts import make_prompts  # noqa: E402
from headkb.scores import SCORES  # noqa: E402


@pytest.fixture(scope="module")
def models():
    """Every exact model with its truth, built once."""
    return {name: build(name) for name in EXACT}


def at(values, head):
    """The values of one head on each prompt."""
    return values[:, head.layer, head.head]


@pytest.mark.parametrize("bos", ["auto", "none"])
@pytest.mark.parametrize("name", sorted(EXACT))
def test_scores_find_the_truth(models, name, bos):
    """Every score of every head that is known by construction comes out to 1e-6, and exactly where it is 0 or 1."""
    model, truth = models[name]
    for score_id, heads in truth.items():
        score = SCORES[score_id]
        prompts = make_prompts(score.default_prompts, build_tokenizer(), 6, seed=1, bos=bos)
        values = read_patterns(model, prompts, {score_id: score.reader()})[score_id]
        for head, value in heads.items():
            found = at(values, head)
            assert found.isfinite().all(), (score_id, head)
            torch.testing.assert_close(found, torch.full_like(found, value), rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", sorted(EXACT))
def test_the_engine_and_output_attentions_agree(models, name):
    """Transformers' own attention weights give the same values as the streamed ones."""
    model, truth = models[name]
    score = SCORES[next(iter(truth))]
    prompts = make_prompts(score.default_prompts, build_tokenizer(), 3)
    streamed = read_patterns(model, prompts, {"score": score.reader()})["score"]
    with torch.inference_mode():
        patterns = model(prompts.tokens, attention_mask=prompts.mask.long(), output_attentions=True).attentions
    kept = torch.stack([score.reader()(pattern, prompts) for pattern in patterns], dim=1)
    torch.testing.assert_close(streamed, kept, rtol=0, atol=1e-6)


def test_attention_is_exactly_one_hot(models):
    """Rivals of the previous-token head are 120 logits away, which is nothing in float32."""
    model, _ = models["exact-previous-token"]
    tokens = torch.tensor([[0, 5, 9, 5, 7]])
    with torch.inference_mode():
        pattern = model(tokens, output_attentions=True).attentions[0][0]
    assert torch.equal(pattern[0], torch.eye(5)[[0, 0, 1, 2, 3]])
    assert torch.equal(pattern[1], torch.eye(5))
    torch.testing.assert_close(pattern[3], torch.ones(5, 5).tril() / torch.arange(1, 6)[:, None])


def test_the_induction_model_predicts_the_repetition(models):
    """In the second copy every next token is right: matching and copying together."""
    model, _ = models["exact-induction"]
    prompts = make_prompts("repeated-random-tokens", build_tokenizer(), 4, period=20)
    with torch.inference_mode():
        guessed = model(prompts.tokens).logits.argmax(-1)
    assert torch.equal(guessed[:, 21:-1], prompts.tokens[:, 22:])


def test_induction_needs_the_head_below(models):
    """Without the previous-token head's output the keys hold no token before, and the induction head finds nothing."""
    model, _ = build("exact-induction")
    with torch.no_grad():
        model.transformer.h[0].attn.c_proj.weight.zero_()
    prompts = make_prompts("repeated-random-tokens", build_tokenizer(), 2, period=20)
    values = read_patterns(model, prompts, {"induction": SCORES["induction"].reader()})["induction"]
    assert (at(values, HeadIndex(1, 0)) < 0.1).all()


@pytest.mark.parametrize("name", sorted(EXACT))
def test_models_are_the_same_bit_for_bit_and_leave_the_random_state_alone(models, name):
    """Building draws nothing from the caller's generator."""
    before = torch.get_rng_state()
    again, _ = build(name)
    assert torch.equal(torch.get_rng_state(), before)
    first = models[name][0].state_dict()
    assert all(torch.equal(first[key], value) for key, value in again.state_dict().items())


@pytest.mark.parametrize("name", sorted(EXACT))
def test_records_fit_the_models(models, name):
    """Layers, heads, sizes and the heads of the truth."""
    record, (model, truth) = EXACT[name], models[name]
    assert model.config.num_hidden_layers == record.n_layers
    assert model.config.num_attention_heads == N_HEADS
    assert model.config.hidden_size == D_MODEL
    assert record.id == name
    assert record.summary.endswith(".")
    assert set(truth) <= set(SCORES)
    for heads in truth.values():
        for head in heads:
            assert head.layer < record.n_layers
            assert head.head < N_HEADS


def test_the_tokenizer_is_lossless_on_its_signs():
    """One token a character, BOS before, everything else unknown."""
    tokenizer = build_tokenizer()
    ids = tokenizer.encode("Ab, c.")
    assert len(ids) == 7
    assert ids[0] == tokenizer.bos_token_id
    assert tokenizer.decode(ids[1:]) == "Ab, c."
    assert tokenizer.encode("é", add_special_tokens=False) == [tokenizer.unk_token_id]


def signs(text):
    """BOS and the characters, `[1, pos]`."""
    return torch.tensor([[VOCABULARY[BOS], *(VOCABULARY[sign] for sign in text)]])


@pytest.mark.parametrize(
    ("text", "answer"), [("xAyBzAw", "B"), ("xAyBzBw", "A"), ("xAyBzAw.q,", "B"), ("QrsKtuQ", "K"), ("abKcd", "K")]
)
def test_the_name_mover_finds_the_name_that_is_left(models, text, answer):
    """Whichever of two capitals is repeated, and however far back, the other one is the answer."""
    model, _ = models["exact-name-mover"]
    with torch.inference_mode():
        logits = model(signs(text)).logits[0, -1]
    assert logits.argmax() == VOCABULARY[answer]
    assert logits.max() == pytest.approx(20.0, abs=1e-4)


def test_the_name_mover_needs_the_inhibition_through_its_query():
    """Without the S-inhibition head's output the mover looks at both names alike: the Q-composition carries the answer."""
    model, _ = build("exact-name-mover")
    with torch.no_grad():
        model.transformer.h[1].attn.c_proj.weight.zero_()
        pattern = model(signs("xAyBzCw"), output_attentions=True).attentions[2][0, 0, -1]
    assert pattern.tolist() == pytest.approx([0, 0, 1 / 3, 0, 1 / 3, 0, 1 / 3, 0], abs=1e-4)


@pytest.mark.parametrize("name", sorted(name for name, model in EXACT.items() if model.by_weights))
def test_methods_that_read_matrices_find_the_truth(models, name):
    """Copying is +1, anti-copying -1, and a successor head turns every letter into the next one."""
    model, _ = models[name]
    for method, (parameters, heads) in EXACT[name].by_weights.items():
        given = {"classes": "letters"} if method == "successor" else {}
        prompts = make_prompts(METHODS[method].default_prompts, build_tokenizer(), 40, 1, **given)
        values = METHODS[method].function(model, prompts, **parameters)
        for head, value in heads.items():
            torch.testing.assert_close(at(values, head), torch.tensor([value]), rtol=0, atol=1e-4)


@pytest.mark.parametrize(("text", "answer"), [("abz", "a"), ("Q", "R"), ("x7", "8"), ("9", "0")])
def test_the_successor_model_goes_round(models, text, answer):
    """The next letter or digit, the first one after the last."""
    model, _ = models["exact-successor"]
    with torch.inference_mode():
        assert model(signs(text)).logits[0, -1].argmax() == VOCABULARY[answer]


def test_copying_and_anti_copying_differ_in_the_logits_alone(models):
    """The token before gets +20 from the one head and -20 from the other, so together they leave nothing."""
    model, _ = models["exact-copying"]
    with torch.inference_mode():
        logits = model(signs("pq")).logits[0, -1]
        assert logits.abs().max() < 1e-4
    alone, _ = build("exact-copying")
    with torch.no_grad():
        alone.lm_head.weight[:, AGAINST] = 0
        assert alone(signs("pq")).logits[0, -1, VOCABULARY["p"]] == pytest.approx(20.0, abs=1e-4)


def test_a_miss_teaches():
    """The near name stands in the message."""
    with pytest.raises(
        UnknownNameError, match=r"no exact model named 'exact-inducton'\. Did you mean 'exact-induction'"
    ):
        build("exact-inducton")
