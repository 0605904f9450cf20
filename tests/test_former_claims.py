"""Claims that were merged into another: their ids lead there from every look-up, and no id is lost or given twice."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from click.testing import CliRunner

from headkb import Catalog, UnknownNameError, load_catalog
from headkb.catalog.diff import Difference, diff
from headkb.catalog.load import load
from headkb.catalog.rules import check
from headkb.cli import main
from tests.small_records import run
from tests.two_catalogs import SMALL_ROW as ROW

FILE, TABLE, FORMER = "moss-1999-sparkle", "moss-1999-sparkle/small-table", "moss-1999-sparkle/small-row"


def edit(root: Path, old: str, new: str) -> Path:
    """Replace a piece of the claims of Moss."""
    path = root / "claims" / f"{FILE}.yaml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    return path


def merge(root: Path) -> Catalog:
    """The invented catalog whose table took in the claim `small-row`."""
    edit(
        root,
        "locator: table 2}\n    confidence: high\n",
        "locator: table 2}\n    confidence: high\n    replaces: [small-row]\n",
    )
    return load_catalog(root)


def test_a_former_id_leads_to_the_claim_that_took_it_in(toy_copy: Path) -> None:
    """So does one of a file that was renamed; a name that never was one does not."""
    catalog = merge(toy_copy)
    assert catalog.statement(FORMER).id == TABLE
    file = catalog.claims[FILE].model_copy(update={"replaces": ("moss-1998",)})
    renamed = dataclasses.replace(catalog, claims={**catalog.claims, FILE: file})
    assert [renamed.statement(f"moss-1998/{claim}").id for claim in ("small-row", "small-table")] == [TABLE, TABLE]
    with pytest.raises(UnknownNameError, match="no claim named"):
        catalog.statement(f"{FILE}/small-rows")


def test_runs_and_contests_that_name_a_former_id_count_for_the_claim(toy_copy: Path) -> None:
    """A record kept elsewhere is not lost when the claim is merged; the validator says which id to write."""
    catalog = merge(toy_copy)
    compared = {"heads": 4, "of": 4, "largest_difference": 0.1, "largest_at": "L0H0", "top": 4, "top_shared": 4}
    old = run("a", claim=FORMER, table=compared)
    recorded = dataclasses.replace(catalog, runs={"a": old})
    assert recorded.runs_of_claim == {TABLE: [old]}
    assert recorded.evidence.standing(TABLE) == recorded.evidence.outcome(old).standing == "not-comparable"
    path = toy_copy / "claims" / "fern-2001-glitter.yaml"
    path.write_text(path.read_text().replace("[moss-1999-sparkle/small-sparkle]", f"[{FORMER}]"))
    catalog = load_catalog(toy_copy)
    assert [s.file.id for s in catalog.statements_against[TABLE]] == ["fern-2001-glitter"]
    (finding,) = [d for d in check(catalog) if d.rule == "dangling-reference"]
    assert finding.fix == f"did you mean {TABLE!r}?"


def test_the_command_line_takes_former_ids(toy_copy: Path) -> None:
    """`headkb show` prints the claim of today."""
    merge(toy_copy)
    result = CliRunner().invoke(main, ["--catalog", str(toy_copy), "show", "claims", FORMER], catch_exceptions=False)
    assert (result.exit_code, result.output.splitlines()[0]) == (0, f"id: {TABLE}")


def test_no_two_claims_replace_the_same_one(toy_copy: Path) -> None:
    """The address can lead to one place only."""
    merge(toy_copy)
    edit(
        toy_copy,
        "locator: table 1}\n    confidence: high\n",
        "locator: table 1}\n    confidence: high\n    replaces: [small-row]\n",
    )
    catalog, found = load(toy_copy)
    (finding,) = [*found, *check(catalog)]
    assert (finding.rule, finding.message) == ("former-id", "the claim 'small-sparkle' already replaces 'small-row'.")


def test_a_claim_that_is_gone_is_told_as_removed_or_replaced(toy_copy: Path, tmp_path: Path) -> None:
    """A file that stays is compared claim by claim, so that a lost id shows before a release."""
    path = edit(toy_copy, "claims:\n", f"claims:\n{ROW}")
    before = load_catalog(toy_copy)
    path.write_text(path.read_text().replace(ROW, ""))
    lost = [d for d in diff(before, load_catalog(toy_copy)) if d.change in ("removed", "replaced")]
    assert lost == [Difference("removed", "claims", FORMER, name="about sparkle in jar-small")]
    kept = [d for d in diff(before, merge(toy_copy)) if d.change in ("removed", "replaced")]
    assert [(d.change, d.id, d.to) for d in kept] == [("replaced", FORMER, TABLE)]


def test_no_claim_that_ships_repeats_layers_of_a_published_table(real_catalog: Catalog) -> None:
    """One claim per published matrix: values of whole layers that assert no head type belong to the claim that has the table."""
    slices = []
    for statement in [s for s in real_catalog.statements.values() if s.claim.head is None]:
        for other in real_catalog.statements_of_model[statement.claim.model]:
            same = other.file is statement.file and other.claim.measure == statement.claim.measure
            if not (same and other.claim.table and statement.claim.values):
                continue
            column = real_catalog.column(other)
            layers = {head.layer for head in statement.claim.values}
            if set(statement.claim.values) == {head for head in column if head.layer in layers}:
                slices.append(statement.id)
    assert slices == []


def test_merged_claims_that_ship_assert_no_head_type(real_catalog: Catalog) -> None:
    """A matrix is about a measure: it gives no head a role, and every id that it took in leads to it."""
    merged = [s for s in real_catalog.statements.values() if s.claim.replaces]
    assert merged
    for statement in merged:
        assert (statement.claim.head, statement.claim.table is None) == (None, False)
        assert {real_catalog.statement(f"{statement.file.id}/{old}").id for old in statement.claim.replaces} == {
            statement.id
        }
