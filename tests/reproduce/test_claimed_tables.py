"""Whole published tables rerun: on a hand-set model, on data that others published, and refused where that would compare unlike things."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from headkb import Catalog, ReproductionError
from headkb.catalog.load import load
from headkb.catalog.rules import check
from headkb.cli import main
from headkb.head_index import HeadIndex
from headkb.models import LoadedModel, load_model
from headkb.models.passport import Origin
from headkb.reproduce import NotRerunnableError, check_recordable, plan_of_claim, run_on_data, run_on_model

SHAPE = "name: Exact\nkind: exact\nfamily: exact\nn_layers: 1\nn_heads: 4\n"
CLAIMS = """\
paper: moss-1999-sparkle
measures:
  glow: {name: Glow, definition: Previous token., score: previous-token, prompts: random-tokens, parameters: {length: 20, n: 8}MORE}
claims:
  - id: all
    about: sparkle
    model: exact-previous-token
    statement: What every head sees.
    measure: glow
    table: {file: exact-claims/all.csv, column: glowASKED}
    source: {paper: moss-1999-sparkle, locator: table 3}
    confidence: high
"""
NAME = "exact-claims/all"


@pytest.fixture(scope="module")
def truth() -> list[float]:
    """The four heads' scores on these prompts, by loops over transformers' own attention output."""
    from headkb.prompts import make_prompts

    loaded = load_model("exact-previous-token")
    prompts = make_prompts("random-tokens", loaded, 8, 0, length=20)
    weights = loaded.model(prompts.tokens, output_attentions=True).attentions[0].detach()
    means = []
    for head in range(4):
        rows = []
        for n in range(8):
            length = int(prompts.lengths[n])
            rows.append(sum(float(weights[n, head, t, t - 1]) for t in range(1, length)) / (length - 1))
        means.append(sum(rows) / 8)
    return means


def catalog_with(root: Path, values: list[float], asked: str = "", more: str = "") -> Catalog:
    """The toy catalog with a table about the hand-set model."""
    (root / "models" / "exact-previous-token.yaml").write_text(SHAPE)
    (root / "claims" / "exact-claims.yaml").write_text(CLAIMS.replace("ASKED", asked).replace("MORE", more))
    (root / "claims" / "exact-claims").mkdir(exist_ok=True)
    rows = [f"0,{head},{value:.6f}" for head, value in enumerate(values)]
    (root / "claims" / "exact-claims" / "all.csv").write_text("\n".join(["layer,head,glow", *rows]) + "\n")
    catalog, found = load(root)
    assert [d.text() for d in found] == []
    return catalog


@pytest.mark.parametrize(
    ("shift", "asked", "standing", "of_one"),
    [
        (0.0, "", "not-comparable", "not-comparable"),
        (0.0, ", tolerance: 0.001, reason: a test", "met", "met"),
        (0.0, ", tolerance: 0.001, rank_correlation: 0.9, reason: a test", "met", "met"),
        (0.1, ", tolerance: 0.001, reason: a test", "off", "not-comparable"),
        (0.1, ", rank_correlation: 0.9, reason: a test", "met", "not-comparable"),
        (0.1, "", "not-comparable", "not-comparable"),
    ],
)
def test_the_thresholds_of_the_claim_decide_and_without_one_nothing_does(
    shift: float, asked: str, standing: str, of_one: str, truth: list[float], toy_copy: Path
) -> None:
    """From the command line into the catalog and back: line, record, rules and standing agree, of the table and of one head."""
    catalog_with(toy_copy, [value + shift for value in truth], asked)
    command = ["--catalog", str(toy_copy), "reproduce", NAME, "--model", "exact-previous-token", "--record"]
    shown = CliRunner().invoke(main, command, catch_exceptions=False).output
    assert shown.startswith(
        f"{standing:<15} sparkle/{NAME} in exact-previous-token: 4 of 4 heads, rank correlation 1.000"
    )
    catalog, found = load(toy_copy)
    assert [d.text() for d in [*found, *check(catalog)]] == []
    (run,) = catalog.runs_of_claim[NAME]
    assert run.table.largest_difference == pytest.approx(shift, abs=2e-6)
    evidence = catalog.evidence
    assert evidence.outcome(run).standing == evidence.standing(NAME) == standing
    assert evidence.standing(NAME, HeadIndex(0, 0)) == of_one
    again = CliRunner().invoke(main, ["--catalog", str(toy_copy), "reproduce", NAME, "--check"])
    assert again.output.endswith("1 met, 0 drifted, 0 left out\n")


def test_a_turned_sign_is_compared_in_the_sources_sign(truth: list[float], toy_copy: Path) -> None:
    """The run keeps headkb's score; the comparison is made in the measure's sign."""
    catalog = catalog_with(toy_copy, [-value for value in truth], more=", factor: -1")
    loaded = load_model("exact-previous-token")
    run = run_on_model(catalog, plan_of_claim(catalog.statements[NAME]), loaded)
    assert run.value_of(0, 0) == pytest.approx(1.0)
    assert run.table.largest_difference < 2e-6


def test_a_table_with_heads_that_the_model_lacks_is_not_compared(toy_copy: Path) -> None:
    """That would say nothing about the claim."""
    catalog = catalog_with(toy_copy, [0.1] * 5)
    with pytest.raises(ReproductionError, match="L0H4 does not exist in exact-previous-token"):
        run_on_model(catalog, plan_of_claim(catalog.statements[NAME]), load_model("exact-previous-token"))


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        ("zhang-2025-qrhead/llama-3-2-1b-instruct-nq-rank", "They are ranks, from 1 upwards"),
        ("ye-2025-function-induction/llama-2-7b-cons-h31-10-v", "paths into one receiving head"),
        ("feucht-2025-dual-route/pythia-6-9b-step1000-concept-copying", "checkpoints in training"),
        ("wu-2024-retrieval-head/llama-2-7b-retrieval-scores", "its measure names no score"),
        ("kim-2025-kvzip/llama-3-1-8b-instruct-importance-scbench-qa", "its measure names no score"),
        ("transformerlensorg-head-detector/gpt2-previous-mul", "run it on them with --data"),
    ],
)
def test_tables_of_another_kind_say_why_they_are_not_rerun(claim: str, words: str, real_catalog: Catalog) -> None:
    """Ranks, paths to a head that is not named, checkpoints, formulas that no score has, inputs that are not at hand."""
    if claim not in real_catalog.statements:
        file = claim.split("/")[0]
        claim = next(s.id for s in real_catalog.statements.values() if s.file.id == file and s.claim.table)
    with pytest.raises(NotRerunnableError, match=words):
        plan_of_claim(real_catalog.statements[claim])


def test_a_table_about_all_heads_is_not_rerun(real_catalog: Catalog) -> None:
    """A run is kept under a head type, and such a claim names none."""
    statement = next(s for s in real_catalog.statements.values() if s.claim.table)
    claim = statement.claim.model_copy(update={"head": None, "about": None, "all_heads": True})
    with pytest.raises(NotRerunnableError, match="about all heads, and runs are made for a head type"):
        plan_of_claim(dataclasses.replace(statement, claim=claim))


def test_a_table_of_published_patterns_is_met_where_the_patterns_reach(real_catalog: Catalog) -> None:
    """GPT-2's attention in four layers gives the printed numbers of their heads: a part of the table's 144, enough to know the formula."""
    folder = Path(os.environ.get("HEADKB_FIXTURES", "nowhere")) / "gpt2_attention"
    if not folder.is_dir():
        pytest.skip("no published attention: set HEADKB_FIXTURES")
    plan = plan_of_claim(real_catalog.statements["transformerlensorg-head-detector/gpt2-previous-mul"], on_data=True)
    run = run_on_data(real_catalog, plan, "head-detector")
    assert (run.layers, run.table.heads, run.table.of, run.table.top_shared) == ((0, 2, 4, 5), 48, 144, 10)
    assert run.table.largest_difference <= 1e-5
    assert real_catalog.evidence.judged(run).standing == "formula-checked"
    on_model = run.model_copy(update={"model_source": "hub"})
    assert real_catalog.evidence.judged(on_model).standing == "not-comparable"


def test_only_weights_that_others_can_get_are_recorded(toy_copy: Path) -> None:
    """A model of the hub needs its commit, and the one that its record pins; a folder is fixed by the hash of its files."""
    catalog = catalog_with(toy_copy, [0.1] * 4)
    loaded = load_model("exact-previous-token")

    def from_(source: Origin, revision: str | None) -> LoadedModel:
        return dataclasses.replace(
            loaded, passport=dataclasses.replace(loaded.passport, source=source, revision=revision)
        )

    check_recordable(catalog, from_("directory", None))
    check_recordable(catalog, from_("cache", "a" * 40))
    with pytest.raises(ReproductionError, match=r"the revision is 'main'.* --revision COMMIT --record"):
        check_recordable(catalog, from_("cache", "main"))
    path = toy_copy / "models" / "exact-previous-token.yaml"
    path.write_text(f"{SHAPE}revision: {'b' * 40}\n")
    with pytest.raises(ReproductionError, match=f"pins bbbbbbbbbbbb….* --revision {'b' * 40} --record"):
        check_recordable(load(toy_copy)[0], from_("hub", "a" * 40))
