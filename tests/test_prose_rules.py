"""What the rules about prose let pass, and what they do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from headkb.catalog.load import load
from headkb.catalog.rules import RULES

HEAD = """name: Odd Head
stage: first-stage
category: noticing
placement: {by: survey}
definition: An odd one.
no_recipe: {reason: odd, needed: sense}
"""


def fields(root: Path, rule: str, head: str) -> list[str]:
    """The fields of a head type's record at which a rule fires."""
    (root / "heads" / "odd.yaml").write_text(HEAD + head)
    catalog, problems = load(root)
    assert problems == []
    return [".".join(map(str, f.field)) for f in RULES[rule].check(catalog) if f.record.id == "odd"]


@pytest.mark.parametrize(
    ("text", "fires"),
    [
        ("In Jar small it is L0H1.", False),  # a claim about that model names it
        ("In jar-small it is L1H0.", False),  # so does the published table of the model, and the circuit
        ("In a jar it is L0H1.", True),  # no model is named
        ("In Jar small it is L1H3.", True),  # the model has the head, and nothing names it
        ("A sparkle head sits in layer 0.", False),
    ],
)
def test_a_head_in_prose_needs_data_about_a_model_that_the_record_names(toy_copy: Path, text: str, fires: bool) -> None:
    """The model is named by its name or id, whole."""
    assert bool(fields(toy_copy, "head-in-prose", f"description: {text}\n")) == fires


def test_a_head_in_prose_may_stand_in_a_claim_about_the_type(toy_copy: Path) -> None:
    """Then the text need not name the model again; in its table alone it must."""
    claim = """paper: fern-2001-glitter
claims:
  - id: odd
    head: odd
    model: jar-small
    heads: [L1H3]
    statement: It is odd.
    source: {paper: fern-2001-glitter, locator: section 3}
    confidence: low
"""
    (toy_copy / "claims" / "odd.yaml").write_text(claim)
    assert fields(toy_copy, "head-in-prose", "description: It is L1H3.\n") == []


@pytest.mark.parametrize(
    ("text", "basis", "fires"),
    [
        ("Why it is odd is not stated.", "abstract", True),
        ("Why it is odd is not stated.", "full text", False),
        ("Why it is odd is not stated.", "full-text, repository", False),
        ("Why it is odd is not stated.", "full text of the code; abstract", True),
        ("The threshold is not stated in the code.", "code; abstract", False),
        ("The code counts. Why it is odd is not stated.", "code", True),
        ("The threshold is not stated in the code. Why it is odd is not studied.", "code", True),
        ("No list of heads is published.", "abstract", True),
        ("Untested.", "abstract", True),
        ("It is not there.", "abstract", False),
    ],
)
def test_silence_needs_the_full_text_or_names_the_code(toy_copy: Path, text: str, basis: str, fires: bool) -> None:
    """The sentence itself may say that it is about the code; the full text of the code is not that of the paper."""
    record = f'description: {text}\ncuration: {{checked: 2026-11-20, basis: "{basis}"}}\n'
    assert bool(fields(toy_copy, "unread-silence", record)) == fires


def test_what_headkb_did_not_measure_is_no_silence_of_a_source(toy_copy: Path) -> None:
    """Recipes, their absence and placements speak of headkb's own work."""
    record = HEAD.replace("reason: odd", "reason: it is not tested")
    (toy_copy / "heads" / "odd.yaml").write_text(record)
    catalog, _ = load(toy_copy)
    assert [f for f in RULES["unread-silence"].check(catalog) if f.record.id == "odd"] == []


@pytest.mark.parametrize(
    ("note", "fires"),
    [
        ("Here the jar is open.", True),
        ("An odd head opens what those heads shut.", True),
        ("That class opens jars.", True),
        ("There are two jars.", False),
        ("Odd heads are those whose jar is open.", False),
        ("An odd head is one of those heads of a jar that open it.", False),
        ("The odd head adheres to the jar.", False),
    ],
)
def test_a_note_points_only_with_words_that_turn_round(toy_copy: Path, note: str, fires: bool) -> None:
    """Existence and relative clauses mean the same on both pages."""
    relation = f"{{type: narrower_than, head: twinkle, note: {note}, sources: [{{paper: moss-1999-sparkle}}]}}"
    assert bool(fields(toy_copy, "pointing-note", f"relations:\n  - {relation}\n")) == fires


@pytest.mark.parametrize(
    ("locators", "fires"),
    [
        (["abstract"], True),
        (["the abstract", "abstract of the later version"], True),
        (["abstract; equation 2"], False),
        (["abstract", "section 3"], False),
        (["abstract and code"], False),
    ],
)
def test_a_formula_may_rest_on_anything_more_than_an_abstract(toy_copy: Path, locators: list[str], fires: bool) -> None:
    """One source with an equation, a section or code is enough."""
    sources = ", ".join(f"{{paper: moss-1999-sparkle, locator: {locator}}}" for locator in locators)
    record = f"criterion: {{plain: odd, formula: 2n+1, sources: [{sources}]}}\n"
    assert bool(fields(toy_copy, "formula-from-abstract", record)) == fires


@pytest.mark.parametrize(
    ("path", "more", "fires"),
    [
        ("scores.json", "", True),
        ("README.md", "", False),
        ("select.py", "", False),
        ("scores.json", "no_table: It lists heads without numbers.\n", False),
    ],
)
def test_a_cited_data_file_is_a_table_or_has_a_reason(toy_copy: Path, path: str, more: str, fires: bool) -> None:
    """Code and prose hold no table; one table of the file is enough."""
    head = f"paper: moss-1999-sparkle\n{more}measures: {{glow: {{name: Glow, definition: Light.}}}}\nclaims:\n"
    source = f"source: {{repository: moss/jars, commit: 0123abc, path: {path}}}"
    plain = f"  - {{id: a, head: sparkle, model: jar-small, heads: [L0H1], statement: x, confidence: low, {source}}}\n"
    file = toy_copy / "claims" / "odd.yaml"
    file.write_text(head + plain)
    assert len(list(RULES["table-left-out"].check(load(toy_copy)[0]))) == fires
    table = "measure: glow, table: {file: moss-1999-sparkle/jar-small.csv, column: glow}"
    file.write_text(head + plain + plain.replace("id: a", "id: b").replace("heads: [L0H1]", table))
    assert list(RULES["table-left-out"].check(load(toy_copy)[0])) == []


def test_a_circle_is_found_past_a_fork(toy_copy: Path) -> None:
    """The way back may lead along any of the arrows of a record, not only the first."""
    source = "sources: [{paper: moss-1999-sparkle}]"
    for name, targets in (("one", ["twinkle", "two"]), ("two", ["sparkle", "one"])):
        lines = "".join(f"  - {{type: variant_of, head: {target}, {source}}}\n" for target in targets)
        text = HEAD.replace("Odd", name.capitalize()) + "relations:\n" + lines
        (toy_copy / "heads" / f"{name}.yaml").write_text(text)
    catalog, _ = load(toy_copy)
    found = [f.message for f in RULES["relation-cycle"].check(catalog)]
    assert found == ["one is a variant of two is a variant of one: a circle."]
