"""What is known about a head: roles come only from claims that assert a type for it and from types shown for it, the weightiest first."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from headkb import Catalog
from headkb.catalog import all_dossiers, head_dossier
from headkb.catalog.dossier import HeadDossier
from headkb.catalog.run_labels import Label, labels_of
from headkb.catalog.schema import ClaimFile, Head, HeadIndex, Paper, Run
from tests.small_records import GLOW, check, claim, head_type, outcome, run

A, B, C = (HeadIndex(0, head) for head in range(3))
GIVEN = {"values": {}, "heads": ["L0H0"]}


def kind(name: str, **roles: str) -> Head:
    """A head type of this name; by default its one recipe defines it, and no causal check is due."""
    return head_type(roles or {"default": "defining"}, id=name, name=f"{name.title()} Head")


def with_claims(catalog: Catalog, *files: Mapping[str, Any], **more: Any) -> Catalog:
    """The toy catalog with these claims of papers in place of its own."""
    made = [ClaimFile.model_validate({"id": f["paper"], "measures": {"glow": GLOW}, **f}) for f in files]
    return dataclasses.replace(catalog, claims={file.id: file for file in made}, circuits={}, atlases={}, **more)


def with_runs(catalog: Catalog, heads: Iterable[Head], *runs: Run) -> Catalog:
    """The toy catalog without claims, with these head types and runs."""
    types = {head.id: head for head in heads}
    return with_claims(catalog, heads=types, runs={one.id: one for one in runs})


def roles(catalog: Catalog, head: HeadIndex = A) -> list[str]:
    """The roles of a head of jar-small."""
    return [role.head_type for role in head_dossier(catalog, "jar-small", head).roles]


def test_a_claim_gives_a_role_only_to_the_heads_it_asserts_the_type_for(toy_catalog: Catalog) -> None:
    """Heads in `heads`, or those with a value where it lists none; a number that the claim is merely about gives none."""

    def given(**facts: Any) -> list[list[str]]:
        catalog = with_claims(toy_catalog, {"paper": "moss-1999-sparkle", "claims": [claim(**facts)]})
        return [roles(catalog, head) for head in (A, B)]

    assert given(**GIVEN) == [["sparkle"], []]
    assert given(values={"L0H0": 0.9}) == [["sparkle"], []]
    assert given(heads=["L0H0"], values={"L0H0": 0.9, "L0H1": 0.1}) == [["sparkle"], []]
    assert given(head=None, about="sparkle", values={"L0H0": 0.9}) == [[], []]
    assert given(head=None, about="sparkle", values={}, heads=["L0H0"]) == [[], []]


def test_a_value_in_a_published_table_gives_no_role(toy_catalog: Catalog) -> None:
    """The table has a number for every head."""
    dossier = head_dossier(toy_catalog, "jar-small", HeadIndex(0, 3))
    assert len(dossier.tables) == 1
    assert dossier.roles == ()


def test_a_run_gives_a_role_only_where_the_type_is_shown_for_the_head(toy_catalog: Catalog) -> None:
    """Not a screen, not one of two criteria, not heads that a causal check refuted or left out."""
    both = kind("sparkle", look="defining", copy="defining")

    def found(*more: Run, of: Head = both) -> list[list[str]]:
        catalog = with_runs(toy_catalog, [of], *more)
        return [roles(catalog, head) for head in (A, B)]

    look, copy = run("a", "L0H0 L0H1", recipe="look"), run("b", "L0H0", recipe="copy")
    assert found(look, copy) == [["sparkle"], []]
    assert found(look) == [[], []]
    assert found(look, run("b", "", recipe="copy")) == [[], []]
    assert found(look, of=kind("sparkle", look="screen")) == [[], []]
    assert found(look, of=kind("sparkle", look="supporting")) == [[], []]
    tested = head_type({"default": "defining"}, check())
    for result, first in (("confirmed", ["sparkle"]), ("refuted", []), ("opposite", []), ("undecided", [])):
        assert found(run("a", "L0H0 L0H1", causal=[outcome(result, "L0H0")]), of=tested) == [first, []]


def test_a_head_that_a_run_selected_has_a_dossier_and_no_role(toy_catalog: Catalog) -> None:
    """What was measured of it is told."""
    catalog = with_runs(toy_catalog, [kind("sparkle", look="screen")], run("a", "L1H3", recipe="look"))
    dossier = all_dossiers(catalog)["jar-small"][HeadIndex(1, 3)]
    assert dossier.roles == ()
    assert [(r.run.id, r.selected, r.outcome.word, r.outcome.role) for r in dossier.runs] == [
        ("a", True, "undecided", "screen")
    ]
    assert dossier.named
    assert all_dossiers(with_runs(toy_catalog, [kind("sparkle")]))["jar-small"] == {}


def paper(name: str, *introduces: str) -> Paper:
    """A paper that introduces these types."""
    heads = [{"id": head, "role": "introduces"} for head in introduces]
    return Paper.model_validate({"id": name, "title": name, "date": name.split("-")[1], "heads": heads})


def test_roles_come_by_weight_and_not_by_the_alphabet(toy_catalog: Catalog) -> None:
    """Uncontested ones first, then the number of sources, of claims, those of the defining paper, our own showing.

    Of two sides of a dispute the one with more sources keeps its place; one whose opponents are as many comes last.
    """
    types = ["contested", "introduced", "three-sources", "two-claims", "shown-too", "unopposed", "doubted", "measured"]

    def file(name: str, *claims: dict[str, Any]) -> dict[str, Any]:
        source = {"paper": name, "locator": "table 1"}
        return {"paper": name, "claims": [claim(**(GIVEN | facts), source=source) for facts in claims]}

    files = [
        file("a-2001-a", *({"id": name, "head": name} for name in types[:-1]), {"id": "again", "head": "two-claims"}),
        file("b-2002-b", {"id": "b", "head": "three-sources"}, {"id": "c", "head": "contested"}),
        file("c-2003-c", {"id": "b", "head": "three-sources"}),
        file(
            "d-2004-d",
            {"id": "no", "head": "three-sources", "heads": ["L0H3"], "contests": ["b-2002-b/c", "a-2001-a/doubted"]},
        ),
    ]
    papers = [paper("a-2001-a", "introduced", "contested"), *(paper(f["paper"]) for f in files[1:])]
    runs = [run("a", "L0H0", head="shown-too"), run("b", "L0H0", head="measured")]
    catalog = with_claims(
        toy_catalog,
        *files,
        heads={name: kind(name) for name in types},
        papers={one.id: one for one in papers},
        runs={one.id: one for one in runs},
    )
    assert roles(catalog) == [
        "three-sources",
        "contested",
        "two-claims",
        "introduced",
        "shown-too",
        "unopposed",
        "measured",
        "doubted",
    ]
    by_type = {role.head_type: role for role in head_dossier(catalog, "jar-small", A).roles}
    told = {
        name: (role.sources, len(role.claims), role.introduced, role.contested, role.shown)
        for name, role in by_type.items()
    }
    assert told == {
        "introduced": (1, 1, True, False, False),
        "doubted": (1, 1, False, True, False),
        "three-sources": (3, 3, False, False, False),
        "two-claims": (1, 2, False, False, False),
        "shown-too": (1, 1, False, False, True),
        "unopposed": (1, 1, False, False, False),
        "measured": (0, 0, False, False, True),
        "contested": (2, 2, True, True, False),
    }
    assert {name: role.against for name, role in by_type.items() if role.against} == {"contested": 1, "doubted": 1}


def test_the_data_of_a_dossier_say_what_each_role_rests_on(toy_catalog: Catalog) -> None:
    """The same words as on the page; a run tells its outcome and what its recipe is for."""
    catalog = with_runs(toy_catalog, [kind("sparkle")], run("a", "L0H0"))
    data = head_dossier(catalog, "jar-small", A).data()
    assert data["roles"] == ["sparkle"]
    assert data["roles_by_weight"] == [{"head": "sparkle", "claims": 0, "sources": 0, "shown": True}]
    (seen,) = data["runs"]
    assert (seen["outcome"], seen["role"], seen["selected"]) == ("shown", "defining", True)
    (said,) = head_dossier(toy_catalog, "jar-small", B).data()["claims"][:1]
    assert said["standing"] == "not-rerun"


def grounds(catalog: Catalog, dossier: HeadDossier) -> set[str]:
    """The head types that some claim asserts for the head, or some run selected it for where the type is shown; worked out anew."""
    asserted = {
        claim.head
        for file in catalog.claims.values()
        for claim in file.claims
        if claim.model == dossier.model and claim.head
        if dossier.head in (claim.heads or tuple(claim.values))
    }
    shown = set()
    for one in catalog.runs.values():
        if one.model != dossier.model or dossier.head not in one.heads or one.recipe is None or one.invalidation:
            continue
        showing = catalog.evidence.showings.get((one.head, one.model))
        defining = catalog.heads[one.head].role_of(one.recipe) == "defining"
        if showing is not None and showing.word == "shown" and dossier.head in showing.heads and defining:
            shown.add(one.head)
    return asserted | shown


def test_no_head_of_the_catalog_has_a_role_that_no_claim_or_shown_run_gives(real_catalog: Catalog) -> None:
    """Over every head of every model."""
    heads = 0
    for by_head in all_dossiers(real_catalog).values():
        for dossier in by_head.values():
            named = [role.head_type for role in dossier.roles]
            assert len(named) == len(set(named))
            assert set(named) <= grounds(real_catalog, dossier), f"{dossier.model} {dossier.head}"
            assert sorted(dossier.roles, key=lambda role: role.weight, reverse=True) == list(dossier.roles)
            exact = real_catalog.models[dossier.model].type == "exact"
            assert not (exact and any(role.shown for role in dossier.roles))
            heads += bool(named)
    assert heads > 400


def test_a_shown_head_meets_every_defining_recipe_and_was_silenced(real_catalog: Catalog) -> None:
    """Worked out from the runs alone, for every head type and model of the catalog."""
    shown = 0
    for (head_id, _), showing in real_catalog.evidence.showings.items():
        head = real_catalog.heads[head_id]
        runs = {one.recipe: one for one in showing.runs}
        for index in showing.heads:
            assert all(index in runs[recipe].heads for recipe in head.defining)
            checked = [o for one in runs.values() for o in (*one.causal, *one.joint) if index in o.heads]
            assert not (head.ablation and head.ablation.checks) or any(o.result == "confirmed" for o in checked)
            shown += 1
    assert shown > 50


def test_a_label_says_which_recipes_a_head_met_and_whether_the_type_is_shown(toy_catalog: Catalog) -> None:
    """Of each recipe the newest run that was not withdrawn counts, whatever the recipe is for."""
    head = head_type({"look": "defining", "hint": "screen"}, check())
    runs = [
        run("new", "L0H0 L0H1", recipe="look", date="2026-01-02", causal=[outcome("confirmed", "L0H0")]),
        run("old", "L0H2", recipe="look"),
        run("hint", "L0H0 L0H2", recipe="hint"),
    ]
    found = labels_of(with_runs(toy_catalog, [head], *runs), "jar-small")
    assert found.of == {
        A: (Label("sparkle", ("hint", "look"), (), True, True),),
        B: (Label("sparkle", ("look",), ("hint",), False),),
        C: (Label("sparkle", ("hint",), ("look",), False),),
    }
    assert found.confirmed == {A}
    unchecked = head_type({"look": "defining", "hint": "screen"})
    again = labels_of(with_runs(toy_catalog, [unchecked], runs[1]), "jar-small")
    assert (again.shown, again.confirmed) == ({C: ("sparkle",)}, frozenset())
    assert found.shown == {A: ("sparkle",)}
    assert (found.n_heads, found.share) == (8, 1 / 8)
