"""Encoder–decoders, models of images and sound, and models with unusual limits: each score is a value or one sentence."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from click.testing import CliRunner  # noqa: E402

from headkb.attention import read_patterns, run, zero  # noqa: E402
from headkb.catalog import Catalog  # noqa: E402
from headkb.catalog.rules import passport_mismatch  # noqa: E402
from headkb.cli import main  # noqa: E402
from headkb.errors import HeadkbError, ModelError, ReproductionError  # noqa: E402
from headkb.inputs import noise  # noqa: E402
from headkb.models import LoadOptions, load_model  # noqa: E402
from headkb.prompts import make_prompts, prompts_hash  # noqa: E402
from headkb.reproduce import Plan, measure, rerun  # noqa: E402
from headkb.reproduce.record import facts_of, run_record  # noqa: E402
from headkb.scores import SCORES  # noqa: E402
from headkb.tensors import Prompts  # noqa: E402
from tests.models.folders import KINDS  # noqa: E402

N = {"n": 2, "seed": 0}
POSITIONAL = sorted(score.id for score in SCORES.values() if not score.words)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The folder of a kind, made once."""
    made: dict[str, Path] = {}

    def of(kind: str) -> Path:
        if kind not in made:
            made[kind] = KINDS[kind](tmp_path_factory.mktemp("kinds") / kind)
        return made[kind]

    return of


@pytest.fixture(scope="session")
def loaded(folder: Any) -> Any:
    """The loaded model of a kind, or of one part of it, loaded once."""
    models: dict[tuple[str, str | None], Any] = {}

    def of(kind: str, part: str | None = None) -> Any:
        if (kind, part) not in models:
            models[kind, part] = load_model(str(folder(kind)), options=LoadOptions(part=part))
        return models[kind, part]

    return of


def attentions(model: Any, name: str, **inputs: Any) -> Any:
    """The model's own patterns, `[prompt, layer, head, query_pos, key_pos]`."""
    with torch.inference_mode():
        return torch.stack(getattr(model(**inputs, output_attentions=True), name), 1)


@pytest.mark.parametrize("kind", ["t5", "bart"])
@pytest.mark.parametrize(
    ("part", "name"),
    [("encoder", "encoder_attentions"), ("decoder", "decoder_attentions"), ("cross", "cross_attentions")],
)
def test_each_stack_of_an_encoder_decoder_is_scored_on_the_same_prompt(loaded: Any, kind: str, part: str, name: str):
    """The decoder reads what the encoder reads, and the value is that of the model's own patterns."""
    model, keywords = loaded(kind), {**N, "length": 12}
    found = measure("previous-token", model, generator="random-tokens", parameters=keywords, part=part)
    tokens = make_prompts("random-tokens", model, 2, 0, length=12).tokens
    own = attentions(model.model, name, input_ids=tokens, decoder_input_ids=tokens).diagonal(-1, -2, -1).mean((0, -1))
    torch.testing.assert_close(found.summary.mean.float(), own, rtol=0, atol=1e-5)
    assert found.prompts["parameters"] == {"length": 12, "part": part}


def test_the_part_decides_whether_later_keys_are_seen(loaded: Any):
    """The encoder of T5 sees the whole prompt and its decoder does not, as readers learn; the prompts say which is read."""
    for part in ("encoder", "decoder"):
        prompts, causal = make_prompts("random-tokens", loaded("t5"), 2, part=part), list[bool]()

        def reader(pattern: Any, shown: Prompts, causal: list[bool] = causal) -> Any:
            causal.append(shown.meta["causal"])
            return pattern[..., 0].mean(-1)

        read_patterns(loaded("t5").model, prompts, {"first": reader}, part=part)
        assert set(causal) == {part == "decoder"}
        assert (prompts.meta["part"], prompts.meta["decoder_reads"]) == (part, "the same prompt")


def test_a_recorded_part_is_measured_again(loaded: Any):
    """What a measurement says of its prompts is enough to repeat it."""
    first = measure("induction", loaded("t5"), parameters=N, part="encoder")
    again = measure("induction", loaded("t5"), parameters={**N, **first.prompts["parameters"]})
    assert (again.values(), again.prompts) == (first.values(), first.prompts)
    assert again.values() != measure("induction", loaded("t5"), parameters=N).values()


@pytest.mark.parametrize(("kind", "part"), [("t5", "encoder"), ("whisper", "cross"), ("clip", "vision")])
def test_a_run_holds_its_part_and_is_rerun_on_it(folder: Any, real_catalog: Catalog, kind: str, part: str):
    """Record, passport, rule and rerun agree on the stack that was read, also where it is half of a checkpoint."""

    def load(name: str, revision: str | None, dtype: str, part: str | None) -> Any:
        return load_model(str(folder(kind)), options=LoadOptions(dtype=dtype, part=part))

    loaded = load(kind, None, "float32", part)
    plan = Plan("positional", "default", "entropy", None, {**N, "part": part}, threshold=9.0, recipe="default")
    found = measure("entropy", loaded, parameters=plan.parameters)
    record = run_record(plan, kind, facts_of(found, "more"))
    assert record.part == part
    assert record.passport is not None
    assert record.passport.stack(record.part).part == part
    assert rerun(record, next(iter(real_catalog.models.values())), load).status == "met"
    catalog = replace(real_catalog, runs={record.id: record})
    assert list(passport_mismatch.check(catalog)) == []


def test_the_command_line_scores_a_part_of_t5(folder: Any):
    """`--part` reaches every stack, and one that is not there is named."""
    score = ["score", "induction", "--model", str(folder("t5")), "--prompts", "2", "--json", "--part"]
    for part in ("encoder", "decoder", "cross"):
        result = CliRunner().invoke(main, [*score, part], catch_exceptions=False)
        assert json.loads(result.stdout)["prompts"]["parameters"]["part"] == part
    result = CliRunner().invoke(main, [*score, "middle"])
    assert result.exit_code != 0
    assert "Choose --part encoder or decoder or cross" in result.output


@pytest.mark.parametrize("kind", ["vit", "deit", "dinov2", "clip-vision", "wav2vec2", "hubert"])
def test_images_and_sound_are_scored_on_noise(loaded: Any, kind: str):
    """A score of positions alone equals that of the model's own patterns on the same seeded noise."""
    model = loaded(kind)
    found = measure("attention-to-first", model, parameters={"n": 3, "seed": 4})
    inputs = noise(model.model, 3, torch.Generator().manual_seed(4))
    own = attentions(model.model, "attentions", **inputs)[..., 1:, 0].mean((0, -1))
    torch.testing.assert_close(found.summary.mean.float(), own, rtol=0, atol=1e-5)
    assert (found.prompts["generator"], model.passport.vocabulary) == ("noise-inputs", 0)
    assert model.passport.stack().positions == {"wav2vec2": 24, "hubert": 24, "deit": 6}.get(kind, 5)


def test_noise_is_part_of_the_hash_of_the_prompts(loaded: Any):
    """Another seed gives other images and another hash; the same seed the same; batches keep each image with its prompt."""
    prompts = [make_prompts("noise-inputs", loaded("vit"), 3, seed) for seed in (0, 0, 1)]
    hashes = [prompts_hash(some) for some in prompts]
    assert hashes[0] == hashes[1] != hashes[2]
    rows = torch.cat([batch.inputs["pixel_values"] for batch in prompts[0].batches(5)])
    assert torch.equal(rows, prompts[0].inputs["pixel_values"])


@pytest.mark.parametrize(
    ("kind", "part"), [("vit", None), ("wav2vec2", None), ("whisper", "encoder"), ("clip", "vision")]
)
def test_scores_that_read_tokens_are_refused_before_the_model_runs(loaded: Any, kind: str, part: str | None):
    """One sentence names what the model reads and the scores that it can have."""
    model = loaded(kind, part if kind == "clip" else None)
    with pytest.raises(
        ModelError, match=rf"depends on the tokens.* reads {model.passport.noise_input}.*entropy, local"
    ):
        measure("induction", model, parameters=N, part=part)


def test_whisper_hears_noise_and_reads_the_prompt(loaded: Any):
    """Token scores work on its decoder, and are those of the model's own patterns."""
    model = loaded("whisper")
    found = measure("induction", model, parameters={**N, "period": 10, "bos": "none"})
    prompts = make_prompts("repeated-random-tokens", model, 2, 0, period=10, bos="none")
    inputs = {**prompts.inputs, "decoder_input_ids": prompts.tokens}
    stripe = attentions(model.model, "decoder_attentions", **inputs).diagonal(-9, -2, -1)[..., -10:].mean((0, -1))
    torch.testing.assert_close(found.summary.mean.float(), stripe, rtol=0, atol=1e-5)


def test_cross_attention_from_words_to_sound_has_entropy(loaded: Any):
    """Scores that need no common positions work on it; the others are refused with the names of those that do."""
    model, keywords = loaded("whisper"), {**N, "length": 12}
    found = measure("entropy", model, generator="random-tokens", parameters=keywords, part="cross")
    prompts = make_prompts("random-tokens", model, 2, 0, length=12)
    own = attentions(model.model, "cross_attentions", **prompts.inputs, decoder_input_ids=prompts.tokens)
    nats = -(own * own.log()).sum(-1) / torch.tensor(50.0).log()
    torch.testing.assert_close(found.summary.mean.float(), nats.mean((0, -1)), rtol=0, atol=1e-5)
    with pytest.raises(ModelError, match=r"Choose attention-to-first or entropy, or --part decoder"):
        measure("local", model, parameters=keywords, part="cross")


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("clip", r"Choose one: --part text or --part vision"),
        ("longformer", r"attends within windows or stages"),
        ("swin", r"attends within windows or stages"),
        ("decision-transformer", r"reads states of a form that headkb cannot make"),
    ],
)
def test_what_cannot_be_scored_is_refused_in_one_sentence(folder: Any, kind: str, reason: str):
    """The reason is what the model does, and the remedy can be followed."""
    with pytest.raises(ModelError, match=reason):
        load_model(str(folder(kind)))


@pytest.mark.parametrize("kind", ["gpt1", "gemma3n"])
def test_layers_that_cannot_be_resumed_are_measured_by_whole_passes(loaded: Any, kind: str):
    """Zero-ablation of a head is what a pass with its z at zero shows."""
    model = loaded(kind)
    found = measure("zero-ablation", model, parameters=N, score_parameters={"metric": "log_prob"})
    prompts = make_prompts("ioi", model, 2, 0)
    rows, end, answer = torch.arange(2), prompts.positions["end"], prompts.paired["answers"]
    with torch.inference_mode():
        clean, silenced = (
            run(model.model, prompts, edits)[rows, end].log_softmax(-1)[rows, answer]
            for edits in ([], [zero([(1, 2)])])
        )
    assert float(found.summary.mean[1, 2]) == pytest.approx(float((clean - silenced).mean()), abs=1e-4)


def test_xlnet_gives_patterns_and_says_that_its_output_projection_is_hidden(loaded: Any):
    """Its tensors hold positions before prompts, so no module is taken for W_O."""
    assert not measure("entropy", loaded("xlnet"), parameters=N).summary.mean.isnan().any()
    with pytest.raises(ModelError, match=r"hide their W_O"):
        measure("zero-ablation", loaded("xlnet"), parameters=N)


@pytest.mark.parametrize("kind", ["t5", "bart", "whisper"])
def test_methods_on_an_encoder_decoder_name_the_option(loaded: Any, kind: str):
    """A method that follows one stream sends the caller to scores of attention patterns."""
    with pytest.raises(ModelError, match=r"--part|score of attention patterns"):
        measure("zero-ablation", loaded(kind), parameters=N)


def test_a_model_without_logits_is_refused_by_methods_that_read_them(loaded: Any):
    """Hidden dimensions are never read as logits."""
    for score in ("head-logit-lens", "zero-ablation", "language-importance"):
        with pytest.raises(ModelError, match=r"no unembedding"):
            measure(score, loaded("clip-text"), parameters=N)


def test_a_token_without_a_row_is_named(loaded: Any):
    """Text prompts with ids beyond the embedding are refused; random tokens keep to the rows that there are."""
    with pytest.raises(HeadkbError, match=r"hold token \d+ \('.+'\), but the model's embedding has 400 rows"):
        measure("entropy", loaded("few-rows"), parameters=N)
    assert measure("induction", loaded("few-rows"), parameters=N).ranked("more")


@pytest.mark.parametrize(("kind", "longest"), [("roberta", 512), ("mpt", 64), ("short", 32)])
def test_the_longest_prompt_is_what_the_model_can_read(loaded: Any, kind: str, longest: int):
    """At that length the model runs, one token more breaks it, and the refusal names options that help."""
    model = loaded(kind)
    assert model.passport.longest == longest
    with torch.inference_mode():
        model.model(input_ids=torch.full((1, longest), 7))
        with pytest.raises((RuntimeError, IndexError)):
            model.model(input_ids=torch.full((1, longest + 1), 7))
    fits = {**N, "length": longest, "bos": "none"}
    assert measure("current-token", model, generator="random-tokens", parameters=fits).ranked("more")
    with pytest.raises(ReproductionError, match=rf"at most {longest} tokens.*--set length=\d+ "):
        measure("current-token", model, generator="random-tokens", parameters={**fits, "length": longest + 1})


def test_a_score_of_positions_is_sent_to_shorter_prompts(loaded: Any):
    """What the message proposes for a model of 32 positions works."""
    with pytest.raises(ReproductionError, match=r"--generator random-tokens --set length=24 "):
        measure("entropy", loaded("short"), parameters=N)
    assert measure("entropy", loaded("short"), generator="random-tokens", parameters={**N, "length": 24}).ranked("more")


@pytest.mark.parametrize("score", POSITIONAL)
def test_a_score_of_positions_does_not_depend_on_the_tokens(score: str):
    """`words=False` is a fact: other tokens in the same pattern give the same value."""
    pattern = torch.rand(2, 3, 24, 24, generator=torch.Generator().manual_seed(0)).softmax(-1)
    starts = (torch.arange(24) // 6 * 6).expand(2, -1)
    prompts = Prompts.of(torch.zeros(2, 24), {"segment_start": starts})
    others = replace(prompts, tokens=torch.arange(48).view(2, 24))
    values = [SCORES[score].function(pattern, some) for some in (prompts, others)]
    torch.testing.assert_close(*values, rtol=0, atol=0)


PARTS = {**dict.fromkeys(("t5", "bart", "led", "whisper"), ("encoder", "decoder", "cross")), "clip": ("text", "vision")}
CASES = [(kind, part) for kind in KINDS for part in PARTS.get(kind, (None,))]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "part"), CASES)
def test_every_score_on_every_kind_is_a_value_or_a_sentence(folder: Any, kind: str, part: str | None):
    """No exception but headkb's own, each one line long."""
    tower = part if kind == "clip" else None
    sentences, values = [], []
    for score in sorted(SCORES):
        try:
            model = load_model(str(folder(kind)), options=LoadOptions(part=tower))
            values.append(measure(score, model, parameters=N, part=part).values())
        except HeadkbError as error:
            sentences.append(str(error))
    assert len(sentences) + len(values) == len(SCORES)
    assert not [sentence for sentence in sentences if "\n" in sentence]
