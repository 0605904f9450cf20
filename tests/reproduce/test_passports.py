"""Runs say what their model was; what cannot be compared or read is said so before any pass."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from headkb.catalog.load import load  # noqa: E402
from headkb.catalog.rules import RULES  # noqa: E402
from headkb.catalog.schema.run import Expected  # noqa: E402
from headkb.cli import main  # noqa: E402
from headkb.errors import ReproductionError  # noqa: E402
from headkb.head_index import HeadIndex, parse_head  # noqa: E402
from headkb.models import LoadedModel, LoadOptions, load_model  # noqa: E402
from headkb.prompts import make_prompts  # noqa: E402
from headkb.reproduce import Plan, facts_of, measure, rerun, run_on_model, run_record  # noqa: E402
from headkb.reproduce.memory import batch_tokens, fitting, is_out_of_memory  # noqa: E402
from headkb.reproduce.rerun import TOLERANCES  # noqa: E402
from tests.models import folders  # noqa: E402

CATALOG = Path(__file__).parents[2] / "catalog"


def command(*args: object) -> Result:
    """A command on the shipped catalog."""
    return CliRunner().invoke(main, list(map(str, args)))


def scored(*args: object) -> Any:
    """What `headkb score --json` prints."""
    result = command("score", *args, "--prompts", 4, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize(("words", "before"), [("bos", ["<s>"]), ("none", None)])
def test_a_run_says_what_really_stood_before_its_prompts(words: str, before: list[str] | None, tmp_path: Path) -> None:
    """`bos: auto` is the policy; the tokens that it put there stand in the passport."""
    folder = folders.llama(tmp_path / "m", words)
    data = scored("induction", "--model", folder)
    assert (data["bos"], data["passport"].get("before")) == ("auto", before)
    assert scored("induction", "--model", folder, "--set", "bos=none")["passport"].get("before") is None
    shown = command("score", "induction", "--model", folder, "--prompts", 2)
    assert f"bos auto ({' '.join(before or ['none'])})" in " ".join(shown.output.split())


def test_weights_that_no_record_pins_and_tensors_left_over_are_said_on_stderr_and_stored(tmp_path: Path) -> None:
    """The number still goes to stdout alone."""
    folder = folders.configure(folders.llama(tmp_path / "m"), num_hidden_layers=2)
    result = command("score", "previous-token", "--model", folder, "--prompts", 2, "--json")
    assert "unverified weights: no catalog record pins m" in result.stderr
    assert "9 tensors of m's checkpoint are not used" in result.stderr
    passport = json.loads(result.stdout)["passport"]
    assert passport["pinned"] is False
    assert (passport["unused"]["count"], len(passport["unused"]["first"])) == (9, 3)
    assert "unverified" not in command("score", "previous-token", "--prompts", 2).stderr


def test_a_random_model_in_a_folder_called_gpt2_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing about GPT-2 comes of it: every claim is left out with the reason."""
    config = transformers.GPT2Config(**{**folders.GPT, "n_layer": 12, "n_head": 12, "n_embd": 24})
    folders.save(tmp_path / "gpt2", transformers.GPT2LMHeadModel, config)
    monkeypatch.setenv("HEADKB_MODELS", str(tmp_path))
    for args in (["score", "induction"], ["reproduce", "induction"]):
        refused = command(*args, "--model", "gpt2")
        assert refused.exit_code == 2
        assert (
            "this is not gpt2: the model loaded (directory) has width 24 where the catalog says 768" in refused.output
        )
    outcome = command("reproduce", "--claims", "--model", "gpt2", "jiajunsong629-ood-generalization")
    assert "this is not gpt2" in outcome.stdout
    last = outcome.stdout.splitlines()[-1]
    assert "none run" in last, last
    assert not any(line.startswith(("met ", "off ", "not-comparable ")) for line in outcome.stdout.splitlines())


def test_a_head_that_does_not_exist_cannot_be_compared(toy_copy: Path) -> None:
    """It is said before anything is measured, and puts no claim off."""
    path = toy_copy / "claims" / "moss-1999-sparkle.yaml"
    path.write_text(path.read_text().replace("values: {L0H1: 0.9}", "values: {L9H9: 0.9}\n    tolerance: 0.05"))
    catalog, _ = load(toy_copy)
    plan = Plan(
        "sparkle",
        "c",
        "previous-token",
        "random-tokens",
        {"length": 9, "n": 2},
        claim="moss-1999-sparkle/small-sparkle",
    )
    with pytest.raises(
        ReproductionError,
        match=r"cannot be compared: L9H9 does not exist in exact-previous-token, which has 1 layers of 4 heads\.",
    ):
        run_on_model(catalog, plan, load_model("exact-previous-token"), lambda *_: pytest.fail("measured all the same"))


@pytest.fixture(scope="module")
def run():
    """A run of an exact model."""
    measurement = measure(
        "previous-token",
        load_model("exact-previous-token"),
        generator="random-tokens",
        parameters={"length": 9, "n": 2},
    )
    expected = [Expected(head=HeadIndex(0, 0), value=1.0, tolerance=1e-6, reason="built so")]
    plan = Plan("previous-token", "default", "previous-token", "random-tokens", {"length": 9, "n": 2}, recipe="default")
    return run_record(plan, "exact-previous-token", facts_of(measurement, "more"), expected)


@pytest.mark.parametrize(
    ("passport", "changes", "words"),
    [
        ({}, {}, None),
        ({"d_model": 9}, {}, "d_model was measured as 9"),
        ({"files": {"model.safetensors": "0" * 64}}, {}, "the hashes of the files give 000000000000…"),
        ({}, {"heads": (parse_head("L0H9"),)}, "L0H9 does not exist"),
        ({}, {"values": ((1.0,) * 4, (0.0,) * 4)}, "there are values of 2 layers, but the model has 1"),
        ({}, {"model_source": "directory"}, "the weights are called pinned"),
    ],
)
def test_runs_are_held_to_their_passports(
    run, passport: dict[str, Any], changes: dict[str, Any], words: str | None, real_catalog
) -> None:
    """Shape, heads, hash of the files and whether the weights are pinned."""
    changed = run.model_copy(update={**changes, "passport": run.passport.model_copy(update=passport)})
    model = real_catalog.models["exact-previous-token"].model_copy(
        update={"weights_sha256": None, "d_model": run.passport.d_model}
    )
    catalog = replace(real_catalog, runs={changed.id: changed}, models={model.id: model})
    found = [finding.message for finding in RULES["passport-mismatch"].check(catalog)]
    assert found == [] if words is None else any(words in message for message in found), found


def test_every_recorded_run_of_a_model_has_a_passport(real_catalog) -> None:
    """What a run on published data cannot have."""
    for run in real_catalog.runs.values():
        assert (run.passport is None) == (run.model_source == "published-data"), run.id


@pytest.mark.parametrize(
    ("score", "settings"), [("induction", "prompts.period="), ("zero-ablation", None), ("entropy", "length=")]
)
def test_a_model_of_32_positions_can_be_scored(score: str, settings: str | None, tmp_path: Path) -> None:
    """The refusal names the setting that makes the prompts short enough, and with it the score is there."""
    config = transformers.GPT2Config(**{**folders.GPT, "n_positions": 32})
    folder = folders.save(tmp_path / "short", transformers.GPT2LMHeadModel, config)
    refused = command("score", score, "--model", folder, "--prompts", 4)
    if refused.exit_code == 0:
        return
    words = " ".join(refused.output.split())
    assert "short reads at most 32 tokens" in words
    if settings is None:
        assert "Choose another model." in words
        return
    typed = words.split("Choose shorter prompts: ")[1].split(" (")[0].split()
    assert any(word.startswith(settings) for word in typed)
    assert scored(score, "--model", folder, *typed)["top"]


def test_a_tokenizer_that_is_larger_than_the_embedding_is_refused_before_any_pass(tmp_path: Path) -> None:
    """And random tokens, which draw ids that have a row, are what to choose."""
    config = transformers.LlamaConfig(**{**folders.GQA, "vocab_size": 100})
    folder = folders.save(tmp_path / "m", transformers.LlamaForCausalLM, config)
    refused = command("score", "entropy", "--model", folder)
    assert refused.exit_code == 2
    assert "but the model's embedding has 100 rows" in " ".join(refused.output.split())
    assert scored("entropy", "--model", folder, "--generator", "random-tokens")["top"]


def test_roberta_reads_two_tokens_fewer_than_its_table_has_rows(tmp_path: Path) -> None:
    """Its positions begin behind the row for padding."""
    config = transformers.RobertaConfig(
        **{**folders.BASE, "max_position_embeddings": 34, "pad_token_id": 1, "bos_token_id": 0}
    )
    loaded = load_model(str(folders.save(tmp_path / "m", transformers.RobertaForMaskedLM, config, "bos_eos")))
    assert loaded.passport.longest == 32
    measure("entropy", loaded, generator="random-tokens", parameters={"n": 2, "length": 30})
    with pytest.raises(ReproductionError, match="reads at most 32 tokens"):
        measure("entropy", loaded, generator="random-tokens", parameters={"n": 2, "length": 31})


@pytest.mark.parametrize("score", ["zero-ablation", "head-logit-lens", "retrieval", "language-importance"])
def test_a_score_of_logits_is_refused_for_a_model_without_any(score: str, tmp_path: Path) -> None:
    """By the passport, in one sentence, with what to choose."""
    folder = folders.save(tmp_path / "bare", transformers.LlamaModel, transformers.LlamaConfig(**folders.GQA))
    refused = command("score", score, "--model", folder)
    assert refused.exit_code == 2
    assert f"{score} reads logits, and bare gives none: it was saved as LlamaModel" in " ".join(refused.output.split())


def test_text_prompts_need_a_tokenizer(tmp_path: Path) -> None:
    """And the sentence names prompts that do not."""
    refused = command("score", "entropy", "--model", folders.llama(tmp_path / "m", None))
    assert "m has no tokenizer, and the prompts of english-sentences are text" in " ".join(refused.output.split())
    assert "--generator random-tokens" in refused.output


@pytest.mark.parametrize(
    "args",
    [
        ["nonsense"],
        ["induction", "--generator", "ioo"],
        ["induction", "--set", "lenght=3"],
        ["zero-ablation", "--set", "metric=los"],
    ],
)
def test_what_is_wrong_by_itself_is_refused_before_a_model_is_loaded(
    args: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Score, generator, parameter and value."""
    monkeypatch.setattr("headkb.cli.score.load_catalog_model", lambda *_: pytest.fail("loaded all the same"))
    assert command("score", *args).exit_code == 2


def test_settings_reach_generator_score_and_record(tmp_path: Path) -> None:
    """Types are those of the signatures; the batch is recorded and changes no number."""
    folder = folders.llama(tmp_path / "m")
    data = scored(
        "zero-ablation",
        "--model",
        folder,
        "--generator",
        "random-tokens",
        "--set",
        "length=12",
        "--set",
        "metric=loss",
        "--batch-tokens",
        26,
    )
    assert data["prompts"]["parameters"] == {"length": 12}
    assert data["score_parameters"] == {"metric": "loss"}
    assert data["batch_tokens"] == 26
    whole = scored(
        "zero-ablation", "--model", folder, "--generator", "random-tokens", "--set", "length=12", "--set", "metric=loss"
    )
    torch.testing.assert_close(torch.tensor(data["values"]), torch.tensor(whole["values"]), rtol=0, atol=1e-5)


def test_a_batch_that_is_too_large_is_halved_down_to_one_prompt() -> None:
    """What was tried last is what is recorded; other errors pass."""
    loaded = load_model("exact-entropy")
    prompts = make_prompts("random-tokens", loaded, 8, length=10, bos="none")
    tried: list[int] = []

    def work(tokens: int) -> str:
        tried.append(tokens)
        if tokens > 20:
            raise RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory")
        return "done"

    assert fitting(loaded, prompts, 80, work) == ("done", 20)
    assert tried == [80, 40, 20]

    def never(tokens: int) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(ReproductionError, match="one prompt of 10 tokens takes more memory than is free on cpu"):
        fitting(loaded, prompts, 80, never)
    with pytest.raises(RuntimeError, match="another"):
        fitting(loaded, prompts, 80, lambda _: (_ for _ in ()).throw(RuntimeError("another")))
    assert not is_out_of_memory(ValueError("x"))


def test_tokens_at_once_follow_free_memory_unless_they_were_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer where little is free, never more than a processor makes use of."""
    loaded = load_model("exact-entropy")
    prompts = make_prompts("random-tokens", loaded, 4, length=50)
    monkeypatch.setattr("headkb.reproduce.memory.free_memory", lambda _: 10**12)
    assert batch_tokens(loaded, prompts) == 1024
    monkeypatch.setattr("headkb.reproduce.memory.free_memory", lambda _: 10**6)
    assert 1 <= batch_tokens(loaded, prompts) < 1024
    assert batch_tokens(load_model("exact-entropy", options=LoadOptions(batch_tokens=77)), prompts) == 77


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float64"])
def test_a_rerun_in_another_dtype_may_differ_by_the_stated_tolerance(dtype: str, tmp_path: Path) -> None:
    """And no more; the dtype of the record is what it asks for by default."""
    folder = str(folders.llama(tmp_path / "m"))
    plan = Plan(
        "previous-token", "default", "previous-token", "random-tokens", {"n": 4}, threshold=0.5, recipe="default"
    )
    measurement = measure("previous-token", load_model(folder), generator="random-tokens", parameters={"n": 4})
    run = run_record(plan, "m", facts_of(measurement, "more"))
    other, asked = load_model(folder, options=LoadOptions(dtype=dtype)), list[str]()

    def load(name: str, revision: str | None, kind: str, part: str | None) -> LoadedModel:
        asked.append(kind)
        return other

    model = type("Record", (), {})()
    result = rerun(run, model, load)
    assert (result.status, asked) == ("met", ["float32"]), result.note
    assert result.drift <= TOLERANCES[dtype]
    values = tuple(tuple(v + 3 * TOLERANCES["bfloat16"] for v in row) for row in run.values)
    assert rerun(run.model_copy(update={"values": values}), model, load).status == "drifted"


def test_the_tolerances_are_those_of_the_page() -> None:
    """`docs/rerun.md` states each dtype with its number."""
    page = (CATALOG.parent / "docs" / "rerun.md").read_text(encoding="utf-8")
    for dtype, tolerance in TOLERANCES.items():
        assert f"| `{dtype}` | {tolerance:g} |" in page


def test_a_recipe_can_be_tried_with_other_parameters_and_is_then_not_recorded() -> None:
    """What a refusal says to type works where it was printed; a record is of the recipe itself."""
    tried = command("reproduce", "induction", "--model", "organism-induction", "--set", "prompts.period=9", "--json")
    assert tried.exit_code == 0, tried.output
    rows = map(json.loads, tried.stdout.splitlines())
    runs = [run for run in rows if run.get("prompts", {}).get("generator") == "repeated-random-tokens"]
    assert runs
    assert all(run["prompts"]["parameters"]["period"] == 9 for run in runs)
    refused = command(
        "reproduce", "induction", "--model", "organism-induction", "--set", "prompts.period=9", "--record"
    )
    assert refused.exit_code == 2
    assert "--set tries a recipe with other parameters" in refused.output
