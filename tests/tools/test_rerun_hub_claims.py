"""The scheduled rerun of claims, played through on a stand-in: a small random GPT-2 that lies in the hub's cache as a snapshot at a commit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

import rerun_hub_claims  # noqa: E402
from rerun_hub_claims import difference, last_run, main, rerun_models, text_of  # noqa: E402

from headkb import load_catalog  # noqa: E402
from headkb.catalog.load import load  # noqa: E402
from headkb.catalog.rules import check  # noqa: E402
from headkb.exact import build_tokenizer  # noqa: E402

COMMIT, LATER = "a" * 40, "b" * 40
MODEL = "name: Stand-in\nkind: public\nhub_id: jar/stand-in\nfamily: gpt2\nn_layers: 2\nn_heads: 2\n"
ABSENT = MODEL.replace("tand-in", "omewhere-else")
CLAIMS = """\
paper: moss-1999-sparkle
measures:
  glow: {name: Glow, definition: Previous token., score: previous-token, prompts: random-tokens, parameters: {length: 12, n: 4, bos: none}}
  shine: {name: Shine, definition: A quantity of another kind.}
  broken: {name: Broken, definition: Prompts that nobody makes., score: previous-token, prompts: no-such-prompts}
claims:
  - {id: a-broken, head: sparkle, model: stand-in, statement: A head., measure: broken, values: {L0H1: 0.5}, tolerance: 0.05, SOURCE}
  - {id: far-off, head: sparkle, model: stand-in, statement: A head., measure: glow, values: {L0H1: 0.99}, tolerance: 0.001, SOURCE}
  - {id: of-all, head: sparkle, model: stand-in, statement: All heads., measure: glow, table: {file: hub-claims/all.csv, column: glow}, SOURCE}
  - {id: no-score, head: sparkle, model: stand-in, statement: A head., measure: shine, values: {L0H1: 0.5}, tolerance: 0.05, SOURCE}
""".replace("SOURCE", "source: {paper: moss-1999-sparkle, locator: table 3}, confidence: high")


def snapshot(cache: Path, commit: str, seed: int) -> None:
    """A random GPT-2 in the hub's cache, as a download of `main` leaves it."""
    folder = cache / "models--jar--stand-in"
    torch.manual_seed(seed)
    config = transformers.GPT2Config(vocab_size=80, n_positions=128, n_embd=16, n_layer=2, n_head=2)
    with torch.no_grad():
        model = transformers.GPT2LMHeadModel(config)
        for parameter in model.parameters():
            parameter.mul_(8)  # far from uniform attention
    model.save_pretrained(folder / "snapshots" / commit)
    build_tokenizer().save_pretrained(folder / "snapshots" / commit)
    (folder / "refs").mkdir(exist_ok=True)
    (folder / "refs" / "main").write_text(commit)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The hub's cache with the stand-in; no network, no folders of models."""
    monkeypatch.delenv("HEADKB_MODELS", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    snapshot(tmp_path / "hub", COMMIT, 3)
    return tmp_path / "hub"


@pytest.fixture
def root(toy_copy: Path, cache: Path) -> Path:
    """The toy catalog with claims about the stand-in, one of which fails, and a model that cannot be had."""
    (toy_copy / "models" / "stand-in.yaml").write_text(MODEL)
    (toy_copy / "models" / "somewhere-else.yaml").write_text(ABSENT)
    (toy_copy / "claims" / "hub-claims.yaml").write_text(CLAIMS)
    (toy_copy / "claims" / "hub-claims").mkdir()
    rows = ["layer,head,glow", "0,0,0.1", "0,1,0.2", "1,0,0.3", "1,1,0.4"]
    (toy_copy / "claims" / "hub-claims" / "all.csv").write_text("\n".join(rows) + "\n")
    return toy_copy


def runs_of(root: Path):
    """Claim → the run of the stand-in that is recorded for it."""
    return {run.claim: run for run in load_catalog(root).runs.values() if run.model == "stand-in"}


def test_first_runs_are_recorded_at_the_commit_and_one_failure_stops_nothing(root: Path) -> None:
    """The commit goes into record and runs, the broken claim is told, the others are run, and the catalog stays valid but for it."""
    report = rerun_models(root, ["stand-in", "somewhere-else"])
    assert {c.after.claim: c.what for c in report.changed} == {
        "hub-claims/far-off": "first run",
        "hub-claims/of-all": "first run",
    }
    assert list(report.failed) == ["hub-claims/a-broken"]
    assert "no-such-prompts" in report.failed["hub-claims/a-broken"]
    assert report.left_out == ["hub-claims/no-score"]
    assert report.pinned == {"stand-in": COMMIT}
    assert "jar/somewhere-else is not in the Hugging Face cache" in report.absent["somewhere-else"]
    assert f"hub_id: jar/stand-in\nrevision: {COMMIT}\n" in (root / "models" / "stand-in.yaml").read_text()
    runs = runs_of(root)
    evidence = load_catalog(root).evidence
    assert {name: evidence.outcome(run).standing for name, run in runs.items()} == {
        "hub-claims/far-off": "off",
        "hub-claims/of-all": "not-comparable",
    }
    assert {c.after.claim: c.says for c in report.changed} == {
        "hub-claims/far-off": "off",
        "hub-claims/of-all": "not-comparable",
    }
    assert {(run.revision, run.model_source, run.passport.pinned) for run in runs.values()} == {(COMMIT, "cache", True)}
    catalog, found = load(root)
    odd = {d.path for d in [*found, *check(catalog)]}
    assert odd <= {"claims/hub-claims.yaml", "models/somewhere-else.yaml"}  # of the second there is no claim


def test_a_second_time_nothing_is_recorded(root: Path) -> None:
    """The same weights and prompts say the same."""
    rerun_models(root, ["stand-in"])
    before = {path: path.read_bytes() for path in root.rglob("*.yaml")}
    report = rerun_models(root, ["stand-in"])
    assert (report.changed, report.same, report.pinned) == ([], ["hub-claims/far-off", "hub-claims/of-all"], {})
    assert {path: path.read_bytes() for path in root.rglob("*.yaml")} == before


def test_the_pinned_commit_is_loaded_even_when_main_has_moved(root: Path, cache: Path) -> None:
    """Other weights under the same name change nothing; named in the record, they are told."""
    rerun_models(root, ["stand-in"])
    snapshot(cache, LATER, 4)
    assert rerun_models(root, ["stand-in"]).changed == []
    record = root / "models" / "stand-in.yaml"
    record.write_text(record.read_text().replace(COMMIT, LATER))
    changed = rerun_models(root, ["stand-in"]).changed
    assert len(changed) == 2
    assert all(f"other weights ({COMMIT[:12]} → {LATER[:12]})" in change.what for change in changed)
    assert {run.revision for run in runs_of(root).values()} == {LATER}


def test_a_standing_that_changes_and_values_that_move_are_told(root: Path) -> None:
    """A claim that now allows more is met; a record whose values were others has moved."""
    rerun_models(root, ["stand-in"])
    claims = root / "claims" / "hub-claims.yaml"
    claims.write_text(claims.read_text().replace("tolerance: 0.001", "tolerance: 2"))
    (change,) = rerun_models(root, ["stand-in"]).changed
    assert change.what == "off → met; the claim asks for something else"
    run = change.after
    rows = [[(value or 0.0) + 0.01 for value in row] for row in run.values]
    moved = run.model_copy(update={"values": tuple(map(tuple, rows))})
    assert difference((moved, "met"), (run, "met")) == "values moved by up to 0.01"
    assert difference((run, "met"), (run, "met")) == ""


def test_withdrawn_runs_and_runs_on_data_are_no_last_run(root: Path) -> None:
    """What was withdrawn is run anew."""
    rerun_models(root, ["stand-in"])
    for path in (root / "runs").glob("hub-claims-*.yaml"):
        path.write_text(path.read_text() + "invalidation: {date: 2026-01-01, reason: a test}\n")
    assert last_run(load_catalog(root), "hub-claims/of-all", "stand-in") is None


def test_the_text_of_the_pull_request_tells_everything(root: Path, tmp_path: Path) -> None:
    """A row per changed claim, the commit, the failure, the model that is absent, and how many cannot be rerun."""
    target = tmp_path / "text.md"
    done = CliRunner().invoke(
        main, ["stand-in", "somewhere-else", "--catalog", str(root), "--text", str(target)], catch_exceptions=False
    )
    assert (done.exit_code, done.output) == (
        0,
        "2 runs recorded, 0 claims as before, 1 failed, 1 cannot be rerun, 1 models not to be had\n",
    )
    text = target.read_text()
    assert re.search(
        r"\| `hub-claims/far-off` \| not rerun \| off \| L0H1 0\.\d+ \(0\.99 ± 0\.001\) \| first run \|", text
    )
    assert re.search(
        r"\| `hub-claims/of-all` \| not rerun \| not-comparable \| 4 of 4 heads, rank correlation .* \| first run \|",
        text,
    )
    assert f"- `stand-in`: `{COMMIT}`" in text
    assert "Claims that failed:\n\n- `hub-claims/a-broken`: " in text
    assert "Models that could not be had:\n\n- `somewhere-else`: " in text
    assert "Why the 1 others cannot be rerun" in text
    assert text_of(rerun_hub_claims.Report()).count("\n") == 1


def test_without_a_network_it_ends_with_one_sentence(root: Path) -> None:
    """No model, nothing written, exit code 2, no traceback; the same for a name that no record has."""
    done = CliRunner().invoke(main, ["somewhere-else", "--catalog", str(root)])
    assert (done.exit_code, "no model could be had. jar/somewhere-else" in done.output) == (2, True)
    wrong = CliRunner().invoke(main, ["stand-inn", "--catalog", str(root)])
    assert (wrong.exit_code, "Did you mean 'stand-in'" in wrong.output) == (2, True)
    assert not list((root / "runs").glob("hub-claims*"))


def test_the_models_of_the_schedule_have_claims_to_rerun(real_catalog) -> None:
    """Each is in the catalog, by its name on the hub, with at least one claim that can be run."""
    from headkb.reproduce import NotRerunnableError, claims_named, plan_of_claim

    for name in rerun_hub_claims.MODELS:
        assert real_catalog.models[name].hub_id
        able = 0
        for statement in claims_named(real_catalog, (), name):
            try:
                plan_of_claim(statement)
                able += 1
            except NotRerunnableError:
                pass
        assert able


def test_the_workflow_calls_the_tool_and_grants_no_more_than_it_needs() -> None:
    """Actions are pinned by commit, only the job that runs none of the models' code may write, and the tool is the one tested here."""
    path = Path(rerun_hub_claims.__file__).parent.parent / ".github" / "workflows" / "claims.yml"
    flow = yaml.safe_load(path.read_text())
    assert flow["permissions"] == {}
    assert flow["jobs"]["rerun"]["permissions"] == {"contents": "read"}
    assert flow["jobs"]["propose"]["permissions"] == {"contents": "write", "pull-requests": "write"}
    steps = [step for job in flow["jobs"].values() for step in job["steps"]]
    assert all(re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", step["uses"]) for step in steps if "uses" in step)
    rerun = "\n".join(step.get("run", "") for step in flow["jobs"]["rerun"]["steps"])
    assert "python tools/rerun_hub_claims.py --text out/text.md" in rerun
    assert "pip" not in "\n".join(step.get("run", "") for step in flow["jobs"]["propose"]["steps"])
