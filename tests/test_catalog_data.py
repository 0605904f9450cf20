"""The catalog that ships: it keeps its own rules, and its numbers are those of its sources."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from headkb import Catalog
from headkb.catalog import head_dossier
from headkb.catalog.directions import score_direction
from headkb.catalog.load import load
from headkb.catalog.rules import RULES, severity
from headkb.catalog.schema import HeadIndex, Record, normalise, parse_head
from headkb.catalog.schema.causal import CausalCheck

ROOT = Path(__file__).parent.parent
SOURCES = Path(os.environ.get("HEADKB_SOURCES", ""))
FIXTURES = Path(os.environ.get("HEADKB_FIXTURES", ""))


def test_every_file_of_the_catalog_is_well_formed() -> None:
    """No record is left out when the catalog is loaded."""
    _, found = load(ROOT / "catalog")
    assert [d.text() for d in found] == []


@pytest.mark.parametrize("rule", RULES)
def test_the_catalog_keeps_every_rule(rule: str, real_catalog: Catalog) -> None:
    """No shipped record breaks a rule that is an error."""
    if severity(rule) == "error":
        assert [f"{f.record.id} {f.field}: {f.message}" for f in RULES[rule].check(real_catalog)] == []


@pytest.mark.parametrize(
    ("spelling", "record"),
    [
        ("S Inhibition Head", "s-inhibition"),
        ("S-Inhibition Head", "s-inhibition"),
        ("Previous Head", "previous-token"),
        ("Previous Token Head", "previous-token"),
        ("Duplicate Token Head", "duplicate-token"),
        ("Associative Memories Head", "associative-memory"),
        ("Subword Merging Head", "subword-merge"),
        ("Answer Head", "correct"),
        ("Function Vector", "function-vector"),
    ],
)
def test_names_of_the_literature_lead_to_one_record(spelling: str, record: str, real_catalog: Catalog) -> None:
    """Spellings that the survey and the list use are resolved."""
    assert real_catalog.resolve("heads", spelling).id == record


IOI_CLASSES = {
    "name-mover": ["9.9", "9.6", "10.0"],
    "negative-name-mover": ["10.7", "11.10"],
    "s-inhibition": ["7.3", "7.9", "8.6", "8.10"],
    "induction": ["5.5", "5.8", "5.9", "6.9"],
    "duplicate-token": ["0.1", "0.10", "3.0"],
    "previous-token": ["2.2", "4.11"],
    "backup-name-mover": ["9.0", "9.7", "10.1", "10.2", "10.6", "10.10", "11.2", "11.9"],
}
"""The 26 heads of the IOI circuit: redwoodresearch/Easy-Transformer @ ea15315d, easy_transformer/ioi_circuit_extraction.py, CIRCUIT."""


@pytest.mark.parametrize(("role", "head"), [(r, h) for r, heads in IOI_CLASSES.items() for h in heads])
def test_every_head_of_the_ioi_circuit_has_its_class(role: str, head: str, real_catalog: Catalog) -> None:
    """`headkb whois gpt2 9.9` names the class that the IOI paper gives it."""
    where = parse_head(head)
    assert where is not None
    assert role in [known.head_type for known in head_dossier(real_catalog, "gpt2", where).roles]


def test_negative_heads_have_both_their_roles(real_catalog: Catalog) -> None:
    """L10H7 and L11H10 are negative name movers and copy-suppression heads, and look like induction heads by attention."""
    for where in (HeadIndex(10, 7), HeadIndex(11, 10)):
        roles = head_dossier(real_catalog, "gpt2", where).roles
        assert {"negative-name-mover", "copy-suppression"} <= {role.head_type for role in roles}


def test_the_retrieval_head_is_claimed_for_the_model_it_was_measured_on(real_catalog: Catalog) -> None:
    """L16H19 is a retrieval head of a Llama-2-7B."""
    found = [
        s.claim.model
        for s in real_catalog.statements.values()
        if s.claim.head == "retrieval" and HeadIndex(16, 19) in s.claim.named_heads()
    ]
    assert any(model.startswith("llama-2-7b") for model in found)


def test_values_written_in_a_claim_are_those_of_the_published_table(real_catalog: Catalog) -> None:
    """Where a file has both a table and single values of one measure and model, they agree to the digits written."""
    compared = 0
    for file in real_catalog.claims.values():
        tables = {
            (c.measure, c.model): [
                t.table for t in file.claims if t.table and (t.measure, t.model) == (c.measure, c.model)
            ]
            for c in file.claims
        }
        for claim in file.claims:
            columns = [real_catalog.table(t.file)[t.column] for t in tables[claim.measure, claim.model] if t]
            if not claim.values or not columns:
                continue
            for head, value in claim.values.items():
                published = [column[head] for column in columns if head in column]
                assert pytest.approx(value, rel=6e-3, abs=6e-4) in published, f"{file.id}/{claim.id} {head}"
                compared += 1
    assert compared > 100


def test_recorded_causal_checks_are_those_that_the_head_types_state(real_catalog: Catalog) -> None:
    """A check that was changed after a run was looked at shows: the run has to be made again."""
    changed = [
        f"{run.id}: {seen.check.id}"
        for run in real_catalog.runs.values()
        if run.invalidation is None
        for recipes, some in (([run.recipe], run.causal), ([run.recipe], run.behaviours), (None, run.joint))
        for seen in some
        for head in [real_catalog.heads[run.head]]
        if all(asked(seen.check) not in map(asked, head.checks_of(str(recipe))) for recipe in recipes or head.defining)
    ]
    assert changed == []


def asked(check: CausalCheck) -> dict[str, Any]:
    """What a check asks of a model; which recipes it is made for says only whose heads it tests."""
    return check.model_dump(exclude={"recipes"})


def test_recorded_runs_are_of_the_recipes_that_the_head_types_state(real_catalog: Catalog) -> None:
    """A threshold, a score or prompts that were changed after a run was looked at show: the run has to be made again."""
    changed = []
    for run in real_catalog.runs.values():
        if run.recipe is None or run.invalidation is not None or run.model_source == "published-data":
            continue
        recipe = next(known for known in real_catalog.heads[run.head].recipes if known.id == run.recipe)
        made = run.prompts
        wanted = {name: value for name, value in recipe.parameters.items() if name not in ("n", "seed")}
        same = (
            (run.score, run.score_parameters, run.threshold)
            == (recipe.score, recipe.score_parameters, recipe.threshold),
            run.higher_is == (recipe.higher_is or score_direction(real_catalog.scores, run.score)),
            (made.generator, {k: v for k, v in made.parameters.items() if k != "part"}) == (recipe.prompts, wanted),
            made.n == recipe.parameters.get("n", made.n),
            made.seed == recipe.parameters.get("seed", made.seed),
        )
        if not all(same):
            changed.append(run.id)
    assert changed == []


def tool(name: str) -> ModuleType:
    """A script of `tools/` as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def test_every_table_agrees_with_the_published_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each number that came from a published file is read again from it: 0 differences."""
    data, scores = SOURCES / "dossier" / "data", FIXTURES / "gpt2_published_scores"
    if not data.is_dir():
        pytest.skip("no published tables: set HEADKB_SOURCES to a folder that holds dossier/data/")
    if not scores.is_dir():
        pytest.skip("no published scores of GPT-2: set HEADKB_FIXTURES to a folder that holds gpt2_published_scores/")
    argv = ["import_published_tables.py", str(data), str(ROOT / "catalog"), "--notebook-scores", str(scores), "--check"]
    monkeypatch.setattr("sys.argv", argv)
    monkeypatch.syspath_prepend(ROOT / "tools")
    with pytest.raises(SystemExit) as stop:
        raise SystemExit(tool("import_published_tables").main())
    assert not stop.value.code
    assert "0 differences" in capsys.readouterr().out


def test_everything_that_the_list_names_is_there(real_catalog: Catalog) -> None:
    """Each paper of the list, with each head name that the list gives it, is in the catalog."""
    seeds = SOURCES / "seeds"
    if not seeds.is_dir():
        pytest.skip("no copy of the list: set HEADKB_SOURCES to a folder that holds seeds/")
    titles = {normalise(paper.title): paper for paper in real_catalog.papers.values()}
    for name in ("awesome_papers.json", "awesome_papers_added_to_2025-03.json"):
        for wanted in json.loads((seeds / name).read_text(encoding="utf-8")):
            paper = titles[normalise(wanted["title"])]
            linked = {entry.id for entry in paper.heads}
            for tag in wanted["head_tags"]:
                record: Record = real_catalog.resolve("heads", tag)
                assert record.id in linked or paper.errata, f"{paper.id} does not link {record.id} ({tag})"
