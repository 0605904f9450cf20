"""`headkb reproduce --claims` played through on a stand-in: a small random GPT-2 that HEADKB_MODELS holds in place of a hub model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from headkb.catalog.load import load  # noqa: E402
from headkb.catalog.rules import check  # noqa: E402
from headkb.cli import main  # noqa: E402
from headkb.errors import ReproductionError  # noqa: E402
from headkb.exact import build_tokenizer  # noqa: E402
from headkb.models import load_model  # noqa: E402
from headkb.prompts import make_prompts  # noqa: E402

MODEL = """\
name: Stand-in
kind: public
hub_id: jar/stand-in
family: gpt2
n_layers: 2
n_heads: 2
"""
ABSENT = MODEL.replace("Stand-in", "Absent").replace("jar/stand-in", "jar/absent")
CLAIMS = """\
paper: moss-1999-sparkle
measures:
  glow:
    name: Glow
    definition: Mean attention to the previous position.
    score: previous-token
    prompts: random-tokens
    parameters: {{length: 12, n: 4, bos: none}}
  glow-on-one-text:
    name: Glow on one text
    definition: The same on a text that is not at hand.
    score: previous-token
  shine:
    name: Shine
    definition: A quantity of another kind.
  ratio:
    name: Ratio
    definition: Glow over shine.
    score: previous-token
    differs: Divided by the shine.
claims:
  - {{id: met, head: sparkle, model: stand-in, statement: It looks back., measure: glow, values: {{L1H0: {met}}}, tolerance: 0.0001, {source}}}
  - {{id: missed, head: sparkle, model: stand-in, statement: It looks back., measure: glow, values: {{L0H1: {missed}}}, tolerance: 0.01, {source}}}
  - {{id: opposite, head: sparkle, model: stand-in, statement: It looks back., measure: glow, values: {{L0H1: {opposite}}}, tolerance: 0.01, {source}}}
  - {{id: no-prompts, head: sparkle, model: stand-in, statement: It looks back., measure: glow-on-one-text, values: {{L0H1: 0.5}}, tolerance: 0.05, {source}}}
  - {{id: no-score, head: sparkle, model: stand-in, statement: It looks back., measure: shine, values: {{L0H1: 0.5}}, {source}}}
  - {{id: no-tolerance, head: sparkle, model: stand-in, statement: It looks back., measure: ratio, values: {{L0H1: 0.5}}, {source}}}
  - {{id: no-number, head: sparkle, model: stand-in, heads: [L0H0], statement: It looks back., {source}}}
  - {{id: no-head, head: sparkle, model: stand-in, statement: They look back., measure: glow, value: 0.5, {source}}}
  - {{id: no-model, head: sparkle, model: absent, statement: It looks back., measure: glow, values: {{L0H1: 0.5}}, tolerance: 0.05, {source}}}
"""
SOURCE = "source: {paper: moss-1999-sparkle, locator: table 3}, confidence: high"


@pytest.fixture
def catalog(toy_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The toy catalog with claims about the stand-in: one true by a loop over the model's own attention, one half too high, one of the wrong sign."""
    torch.manual_seed(3)
    config = transformers.GPT2Config(vocab_size=80, n_positions=128, n_embd=16, n_layer=2, n_head=2)
    folder = tmp_path / "models" / "stand-in"
    with torch.no_grad():
        model = transformers.GPT2LMHeadModel(config)
        for parameter in model.parameters():
            parameter.mul_(8)  # far from uniform attention
    model.save_pretrained(folder)
    build_tokenizer().save_pretrained(folder)
    monkeypatch.setenv("HEADKB_MODELS", str(folder.parent))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    met, other = by_hand(folder)
    text = CLAIMS.format(met=round(met, 6), missed=round(1.5 * other, 6), opposite=round(-other, 6), source=SOURCE)
    (toy_copy / "claims" / "stand-in-claims.yaml").write_text(text)
    (toy_copy / "models" / "stand-in.yaml").write_text(MODEL)
    (toy_copy / "models" / "absent.yaml").write_text(ABSENT)
    return toy_copy


def by_hand(folder: Path) -> tuple[float, float]:
    """Previous-token attention of L1H0 and L0H1, from transformers' own attention output, in loops."""
    loaded = load_model(str(folder))
    tokens = make_prompts("random-tokens", loaded, 4, 0, length=12, bos="none").tokens
    with torch.no_grad():
        attentions = loaded.model(tokens, output_attentions=True).attentions
    found = []
    for layer, head in ((1, 0), (0, 1)):
        weights = [attentions[layer][n, head, t, t - 1].item() for n in range(4) for t in range(1, 12)]
        found.append(sum(weights) / len(weights))
    return found[0], found[1]


def run(catalog: Path, *args: str) -> Result:
    """The command on that catalog."""
    return CliRunner().invoke(main, ["--catalog", str(catalog), "reproduce", *args], catch_exceptions=False)


def test_every_claim_gets_a_standing_or_a_reason(catalog: Path) -> None:
    """One is met, two are off, and each of the others says which piece is missing."""
    result = run(catalog, "--claims", "stand-in-claims", "--json")
    assert result.exit_code == 0
    found = {row.get("claim") or row["id"]: row for row in map(json.loads, result.stdout.splitlines())}
    name = "stand-in-claims/{}".format
    said = {
        claim: (found[name(claim)]["standing"], found[name(claim)]["outcome"])
        for claim in ("met", "missed", "opposite")
    }
    assert said == {"met": ("met", "met"), "missed": ("off", "off"), "opposite": ("off", "off")}
    assert found[name("met")]["model_kind"] == "public"
    reasons = {
        "no-prompts": "its measure names no prompts",
        "no-score": "“Shine”, whose formula no score has",
        "no-tolerance": "How its measure differs: Divided by the shine.",
        "no-number": "it states no number",
        "no-head": "a number that belongs to no single head",
        "no-model": "jar/absent is not in the Hugging Face cache",
    }
    assert len(found) == 3 + len(reasons)
    for claim, words in reasons.items():
        assert found[name(claim)]["outcome"] is None
        assert words in found[name(claim)]["reason"]


def test_runs_are_written_valid_and_can_be_rerun(catalog: Path) -> None:
    """`--record` writes every run, the catalog stays valid, the claims stand by them, and `--check` meets the runs."""
    result = run(catalog, "--claims", "--model", "stand-in", "--record")
    assert result.output.endswith("8 claims: 1 met, 2 off, 5 left out\n")
    loaded, found = load(catalog)
    assert [d.text() for d in [*found, *check(loaded)]] == []
    told = {r.claim: loaded.evidence.outcome(r).standing for r in loaded.runs.values() if r.model == "stand-in"}
    assert told == {"stand-in-claims/met": "met", "stand-in-claims/missed": "off", "stand-in-claims/opposite": "off"}
    assert {claim: loaded.evidence.standing(claim) for claim in told} == told
    assert loaded.evidence.standing("stand-in-claims/no-model") == "not-rerun"
    again = run(catalog, "stand-in-claims/met", "stand-in-claims/missed", "--check")
    assert again.output.endswith("2 met, 0 drifted, 0 left out\n")


def test_a_claim_that_cannot_be_run_does_not_keep_the_others_from_it(catalog: Path) -> None:
    """On a model as with --claims, the reason is given beside the results; alone it is the error."""
    both = run(catalog, "stand-in-claims/met", "stand-in-claims/no-prompts", "--model", "stand-in")
    assert both.stdout.startswith("met             sparkle/stand-in-claims/met in stand-in: L1H0 ")
    assert "left out        stand-in-claims/no-prompts: its measure names no prompts" in both.output
    assert both.output.endswith("1 run, 1 left out\n")
    alone = run(catalog, "stand-in-claims/no-prompts", "--model", "stand-in")
    assert alone.exit_code == 2
    assert "stand-in-claims/no-prompts cannot be rerun: its measure names no prompts" in " ".join(alone.output.split())


def test_one_claim_or_head_type_can_be_chosen(catalog: Path) -> None:
    """By the claim's id; a head type takes all claims about it, of every file."""
    assert run(catalog, "--claims", "stand-in-claims/met").output.endswith("1 claims: 1 met, 0 left out\n")
    assert "\n12 claims: 1 met, 2 off, 9 left out" in run(catalog, "--claims", "sparkle").output


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--claims", "stand-in-claim"], "Did you mean 'stand-in-claims'"),
        (["--claims", "--model", "stand-inn"], "Did you mean 'stand-in'?"),
        (["--claims", "--check"], "goes neither with --data nor with --check"),
    ],
)
def test_wrong_use_is_told(args: list[str], words: str, catalog: Path) -> None:
    """Exit code 2 and one sentence."""
    result = CliRunner().invoke(main, ["--catalog", str(catalog), "reproduce", *args])
    assert result.exit_code == 2
    assert words in " ".join(result.output.split())


@pytest.mark.parametrize("how", [("--claims", "stand-in-claims/met"), ("stand-in-claims/met", "--model", "stand-in")])
def test_what_could_not_be_recorded_is_not_computed(
    how: tuple[str, ...], catalog: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With --record weights that nobody could get again are refused before any pass; without it they are run."""

    def refuse(*_: object) -> None:
        raise ReproductionError("there is no commit.")

    monkeypatch.setattr("headkb.reproduce.check_recordable", refuse)
    assert run(catalog, *how).stdout.startswith("met ")
    passes: list[object] = []
    monkeypatch.setattr("headkb.reproduce.measurements.measure_request", lambda *args: passes.append(args))
    assert "there is no commit." in run(catalog, *how, "--record").output
    assert passes == []
    assert [path.name for path in (catalog / "runs").glob("stand-in-*")] == []
