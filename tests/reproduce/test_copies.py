"""Claims about sentences: run on a quantised copy of their model, and on a user's own sentences; played through on small random models."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from headkb.catalog.load import load  # noqa: E402
from headkb.catalog.rules import check  # noqa: E402
from headkb.cli import main  # noqa: E402
from headkb.exact import build_tokenizer  # noqa: E402
from headkb.models import LoadedModel, load_model  # noqa: E402
from headkb.models.passport import Passport, make_passport  # noqa: E402
from headkb.prompts import make_prompts  # noqa: E402

MODEL = "{{name: {name}, kind: public, family: gpt2, n_layers: 2, n_heads: 2{more}}}\n"
CLAIMS = """\
paper: moss-1999-sparkle
measures:
  back:
    name: From the pronoun to its antecedent
    definition: Attention from the pronoun to its antecedent.
    score: position-to-position
    score_parameters: {{query: pronoun, key: antecedent}}
    prompts: coreference
    parameters: {{n: 8, bos: none}}
claims:
  - {{id: near, head: sparkle, model: whole, statement: It looks back., measure: back, values: {{L1H0: {near}}}, tolerance: 0.0001, {own}, {source}}}
  - {{id: far, head: sparkle, model: whole, statement: It looks back., measure: back, values: {{L1H0: {far}}}, tolerance: 0.01, {source}}}
"""
SCORE = """\
name: Beam
summary: Attention from one place to another.
needs: [pattern, positions]
formula: A
range: {least: 0, most: 1}
unit: unitless
direction: more
direction_reason: "1 where the beam meets its place, 0 where it misses."
cost: {forward: P}
sources: [{paper: moss-1999-sparkle, locator: equation 2}]
pitfalls: [{text: A beam can be bent.}]
parameters:
  query: {default: end, meaning: Where it starts.}
  key: {default: io, meaning: Where it ends.}
  causal: {default: null, meaning: Whether it looks back only.}
"""
COPIED = ", quantisation_of: whole, quantisation: rounded, weights_sha256: {sha256}"
SOURCE = "source: {paper: moss-1999-sparkle, locator: table 3}, confidence: high"
FILE = ["The [cat] sat on the mat because {it} was tired.", "The boy found a [key] and hid {it}."]


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """Two sentences of a user."""
    path = tmp_path / "mine.txt"
    path.write_text("\n".join(FILE))
    return path


@pytest.fixture
def catalog(toy_copy: Path, tmp_path: Path, mine: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The toy catalog with a model that is not at hand, its copy, which is, and two claims about the first."""
    torch.manual_seed(3)
    folder = tmp_path / "models" / "copy"
    with torch.no_grad():
        model = transformers.GPT2LMHeadModel(
            transformers.GPT2Config(vocab_size=80, n_positions=128, n_embd=16, n_layer=2, n_head=2)
        )
        for parameter in model.parameters():
            parameter.mul_(3)  # uneven attention, far from none
    model.save_pretrained(folder)
    build_tokenizer().save_pretrained(folder)
    monkeypatch.setenv("HEADKB_MODELS", str(folder.parent))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    # These weights are floats; their passport says `rounded`, as a copy's would.
    monkeypatch.setattr("headkb.models.checkpoint.make_passport", functools.partial(rounded, make_passport))
    loaded = load_model(str(folder))
    own = make_prompts("coreference", loaded, 1, file=str(mine), bos="none").meta["of_file"]["sha256"]
    value = by_hand(loaded)
    assert 0.01 < value < 0.05  # so that a tolerance of 0.01 tells twenty times as much apart
    text = CLAIMS.format(
        near=round(value, 6),
        far=round(20 * value, 6),
        own=f"source_inputs: {{n: 2, sha256: {own}, tolerance: 0.9}}",
        source=SOURCE,
    )
    (toy_copy / "claims" / "copied-claims.yaml").write_text(text)
    (toy_copy / "scores" / "position-to-position.yaml").write_text(SCORE)
    (toy_copy / "models" / "whole.yaml").write_text(MODEL.format(name="Whole", more=""))
    (toy_copy / "models" / "copy.yaml").write_text(
        MODEL.format(name="Copy", more=COPIED.format(sha256=loaded.passport.weights_sha256))
    )
    return toy_copy


def rounded(make: Callable[..., Passport], *args: object, **facts: object) -> Passport:
    """The passport of a quantised copy."""
    return make(*args, **{**facts, "quantisation": "rounded"})


def by_hand(loaded: LoadedModel) -> float:
    """Attention from pronoun to antecedent of L1H0 on the claims' eight sentences, from transformers' own output, prompt by prompt."""
    made = make_prompts("coreference", loaded, 8, bos="none")
    paid = []
    for row, length in enumerate(made.lengths.tolist()):
        with torch.no_grad():
            out = loaded.model(made.tokens[row : row + 1, :length], output_attentions=True).attentions
        paid.append(out[1][0, 0, made.positions["pronoun"][row], made.positions["antecedent"][row]].item())
    return float(sum(paid) / len(paid))


def run(catalog: Path, *args: str) -> Result:
    """The command on that catalog."""
    return CliRunner().invoke(main, ["--catalog", str(catalog), "reproduce", *args], catch_exceptions=False)


def rows(catalog: Path, *args: str, code: int = 0) -> list[dict[str, Any]]:
    """The runs as JSON; `code` is that of the command."""
    result = run(catalog, *args, "--json")
    assert result.exit_code == code, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_copy_can_meet_a_claim_and_the_run_names_it(catalog: Path) -> None:
    """Met, with the copy, its original, every sentence and its value; the values' mean is that of transformers' own attention."""
    (row,) = rows(catalog, "copied-claims/near", "--model", "copy")
    assert (row["standing"], row["model"], row["copy_of"]) == ("met", "copy", "whole")
    assert "Run on copy, a quantised copy of whole." in row["expected"][0]["reason"]
    assert "Run on other sentences than the source's." in row["expected"][0]["reason"]
    values = row["by_prompt"]["L1H0"]
    assert len(values) == len(row["prompts"]["texts"]) == 8
    assert sum(values) / 8 == pytest.approx(row["expected"][0]["value"], abs=1e-4)


def test_a_copy_never_puts_a_claim_off(catalog: Path) -> None:
    """A twentieth of the claimed value would put it off; on a copy the run is not comparable, with its cause, and so is the claim."""
    result = run(catalog, "copied-claims/near", "copied-claims/far", "--model", "copy", "--record")
    told = " ".join(result.output.split())
    assert "not-comparable sparkle/copied-claims/far in copy, a quantised copy of whole: " in told
    assert "that this one does not says nothing against it." in told
    loaded, found = load(catalog)
    assert [d.text() for d in [*found, *check(loaded)]] == []
    assert loaded.evidence.standing("copied-claims/near") == "met"
    assert loaded.evidence.standing("copied-claims/far") == "not-comparable"
    assert any(r.id.startswith("copied-claims-far-copy-") and r.cause for r in loaded.runs.values())
    assert run(catalog, "copied-claims/near", "--check").output.endswith("1 met, 0 drifted, 0 left out\n")


def test_all_claims_of_the_original_are_run_on_a_copy_that_is_named(catalog: Path) -> None:
    """Both claims, on the copy; asked for by the original, which is not at hand, none is run."""
    found = rows(catalog, "--claims", "copied-claims", "--model", "copy")
    assert [(row["claim"], row["model"], row["copy_of"]) for row in found] == [
        ("copied-claims/far", "copy", "whole"),
        ("copied-claims/near", "copy", "whole"),
    ]
    assert [row["standing"] for row in found] == ["not-comparable", "met"]
    left_out = rows(catalog, "--claims", "copied-claims", "--model", "whole", code=2)
    assert [row["outcome"] for row in left_out] == [None, None]
    assert rows(catalog, "--claims", "moss-1999-sparkle", "--model", "copy", code=2) == []


@pytest.mark.parametrize(("asked", "standing"), [(0.001, "not-comparable"), (0.999, "met")])
def test_a_copy_can_meet_a_table_and_never_puts_it_off(asked: float, standing: str, catalog: Path) -> None:
    """Every head lies far from 1, within the second tolerance and not within the first, which on a copy decides nothing."""
    folder = catalog / "claims" / "copied-claims"
    folder.mkdir()
    (folder / "all.csv").write_text("layer,head,back\n0,0,1\n0,1,1\n1,0,1\n1,1,1\n")
    path = catalog / "claims" / "copied-claims.yaml"
    table = f"table: {{file: copied-claims/all.csv, column: back, tolerance: {asked}, reason: A test.}}"
    claim = f"  - {{id: all, head: sparkle, model: whole, statement: How far all look back., measure: back, {table}, {SOURCE}}}\n"
    path.write_text(path.read_text() + claim)
    run(catalog, "copied-claims/all", "--model", "copy", "--record")
    loaded, found = load(catalog)
    assert [d.text() for d in [*found, *check(loaded)]] == []
    (made,) = loaded.runs_of_claim["copied-claims/all"]
    assert (loaded.evidence.outcome(made).standing, made.copy_of) == (standing, "whole")
    assert bool(made.cause) == (standing != "met")
    assert loaded.evidence.standing("copied-claims/all") == standing


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("copy_of: whole\n", ""), "copy is a quantised copy of whole, and the run does not say so"),
        (("model: copy\n", "model: jar-small\n"), "jar-small is neither that nor a quantised copy of it"),
        (("model: copy\n", "model: whole\n"), "whole is the claim's own model, or there is no claim"),
        (("tolerance: 0.01\n", "tolerance: 5.0\n"), "which its claim does not state"),
    ],
)
def test_a_record_that_hides_or_overstates_a_copy_is_refused(
    change: tuple[str, str], words: str, catalog: Path
) -> None:
    """By the rule that holds a run against its claim."""
    run(catalog, "copied-claims/far", "--model", "copy", "--record")
    (path,) = (catalog / "runs").glob("copied-claims-far-copy-*.yaml")
    text = path.read_text()
    assert change[0] in text
    path.write_text(text.replace(*change))
    loaded, found = load(catalog)
    assert words in " ".join(d.text() for d in [*found, *check(loaded)])


def test_a_users_sentences_are_named_by_hash_and_not_kept(catalog: Path, mine: Path) -> None:
    """The source's own ones, known by their hash, have a tolerance of their own; others have that of other sentences."""
    (row,) = rows(catalog, "copied-claims/near", "--model", "copy", "--set", f"file={mine}")
    prompts, expected = row["prompts"], row["expected"][0]
    assert prompts["file"]["name"] == "mine.txt"
    assert (prompts["n"], prompts["file"]["n"], len(row["by_prompt"]["L1H0"])) == (2, 2, 2)
    assert expected["tolerance"] == 0.9
    assert "Run on the source's own sentences." in expected["reason"]
    assert str(mine.parent) not in json.dumps(row)
    assert "tired" not in json.dumps(row)
    mine.write_text(FILE[0])
    (row,) = rows(catalog, "copied-claims/near", "--model", "copy", "--set", f"file={mine}")
    assert row["expected"][0]["tolerance"] == 0.0001


def test_a_run_on_a_users_sentences_can_be_recorded_and_says_what_a_rerun_needs(catalog: Path, mine: Path) -> None:
    """Its id differs from that on headkb's sentences; without the file it is left out, not called drifted."""
    result = run(catalog, "copied-claims/near", "--model", "copy", "--set", f"file={mine}", "--record")
    assert "on 2 sentences of mine.txt (SHA-256 " in " ".join(result.output.split())
    run(catalog, "copied-claims/near", "--model", "copy", "--record")
    loaded, found = load(catalog)
    assert [d.text() for d in [*found, *check(loaded)]] == []
    assert len(loaded.runs_of_claim["copied-claims/near"]) == 2
    again = " ".join(run(catalog, "copied-claims/near", "--check").output.split())
    assert "it read 2 sentences of a user's own file, which is not kept" in again
    assert again.endswith("1 met, 0 drifted, 1 left out")


def test_only_sentences_of_a_claim_can_be_set_and_recorded(catalog: Path) -> None:
    """Other parameters would make another measure than the claim's."""
    result = CliRunner().invoke(
        main,
        [
            "--catalog",
            str(catalog),
            "reproduce",
            "copied-claims/near",
            "--model",
            "copy",
            "--set",
            "bos=first",
            "--record",
        ],
    )
    assert result.exit_code == 2
    assert "not with --record, unless it is file=PATH for a claim" in " ".join(result.output.split())
