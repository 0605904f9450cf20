"""Counts and sentences: each fact has one function, kinds of model are never added up, and what a sentence counts adds up to its first number."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from headkb import Catalog
from headkb.catalog.schema import ClaimFile, Head, HeadIndex, Model, Paper, Run
from headkb.catalog.standing import STANDINGS
from headkb.catalog.state import (
    ClaimCount,
    catalog_sentences,
    count_claims,
    first_report,
    head_sentences,
    model_sentences,
    named_heads,
    never_rerun,
    of_kind,
)
from tests.small_records import GLOW, claim, claim_run, head_type, model, run

OPEN = {"kind": "public", "hub_id": "jar/open", "revision": "a" * 40}


def catalog(
    runs: Iterable[Run] = (),
    claims: Iterable[object] = (),
    models: Iterable[Model] = (),
    heads: Iterable[Head] = (),
    papers: Iterable[Paper] = (),
) -> Catalog:
    """A catalog of these records."""
    some = tuple(claims)
    file = (
        ClaimFile.model_validate(
            {"id": "moss-1999-sparkle", "paper": "moss-1999-sparkle", "measures": {"glow": GLOW}, "claims": some}
        )
        if some
        else None
    )
    return Catalog(
        root=Path(),
        heads={head.id: head for head in heads or [head_type({"default": "defining"})]},
        models={one.id: one for one in models or [model()]},
        papers={one.id: one for one in papers},
        claims={file.id: file} if file else {},
        runs={one.id: one for one in runs},
    )


def test_the_numbers_of_a_sentence_about_claims_add_up() -> None:
    """Met, off and not rerun are said even of none, the others where there are some."""
    assert ClaimCount(0, 0, {}).text() == "No claim about particular heads is in the catalog yet."
    assert ClaimCount(1, 1, {"met": 1}).text() == "1 claim about 1 model: 1 met, 0 off, 0 not rerun."
    text = ClaimCount(69, 41, {"met": 2, "formula-checked": 3, "not-comparable": 4, "not-rerun": 60}).text()
    assert text == "69 claims about 41 models: 2 met, 0 off, 4 not comparable, 3 formula checked, 60 not rerun."
    assert ClaimCount(2000, 3, {"not-rerun": 2000}).text().endswith("0 met, 0 off, 2,000 not rerun.")


def test_claims_are_counted_by_where_they_stand() -> None:
    """One met, one off, one that nobody ran, and how many models they are about."""
    about = [claim(id="yes"), claim(id="no"), claim(id="unknown", model="jar-large")]
    runs = [
        claim_run("a", on={"L0H0": 0.9}, claim="moss-1999-sparkle/yes"),
        claim_run("b", on={"L0H0": 0.1}, claim="moss-1999-sparkle/no"),
    ]
    some = catalog(runs, about, [model(), model("jar-large")])
    count = count_claims(some, some.statements.values())
    assert (count.total, count.models, count.by) == (3, 2, {"met": 1, "off": 1, "not-rerun": 1})
    assert [s.id for s in never_rerun(some)] == ["moss-1999-sparkle/unknown"]


def numbers(text: str) -> list[int]:
    """Every number of a sentence, in order; what stands in brackets is part of a number before it."""
    return [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", re.sub(r" \([^)]*\)", "", text))]


def test_every_sentence_of_the_catalog_adds_up(real_catalog: Catalog) -> None:
    """Of claims to all claims, of showings to those that were tried; and no two functions tell two numbers."""
    whole = count_claims(real_catalog, real_catalog.statements.values())
    assert sum(whole.by.values()) == whole.total == len(real_catalog.statements)
    assert catalog_sentences(real_catalog)[0] == whole.text()
    assert whole.by["not-rerun"] == len(never_rerun(real_catalog))
    for head_id in real_catalog.heads:
        claims, *kinds = head_sentences(real_catalog, head_id)
        if "No claim" not in claims:
            total, _, *parts = numbers(claims)
            assert sum(parts) == total == len(real_catalog.statements_of_head[head_id])
        for sentence in kinds:
            *parts, total = numbers(sentence)
            assert sum(parts) == total, sentence
    for model_id in real_catalog.models:
        claims, *kinds = model_sentences(real_catalog, model_id)
        for sentence in kinds:
            total, *parts = numbers(sentence)
            assert sum(parts) == total == len(real_catalog.evidence.showings_of_model[model_id]), sentence


def looked_for() -> Catalog:
    """Two types looked for in two public models, an organism and an exact model."""
    heads = [head_type({"default": "defining"}), head_type({"default": "defining"}, id="twinkle", name="Twinkle Head")]
    models = [model("open-a", **OPEN), model("open-b", **OPEN), model("grown", "organism"), model("set", "exact")]
    runs = [
        run("a", "L0H0", model="open-a"),
        run("b", "", model="open-b"),
        run("c", "L0H0", model="grown"),
        run("d", "L0H0", model="set"),
        run("e", "", model="open-a", head="twinkle"),
        run("f", "L0H1", model="grown", head="twinkle"),
    ]
    return catalog(runs, models=models, heads=heads)


def test_kinds_of_model_are_told_apart_and_named_with_what_they_are_out_of() -> None:
    """Exact models are in no sentence: what is set by hand is no finding."""
    some = looked_for()
    assert head_sentences(some, "sparkle")[1:] == (
        "Public models: shown in 1, not shown in 1 of 2 tried.",
        "Organisms: shown in 1 of 1 tried.",
    )
    assert head_sentences(some, "twinkle")[1:] == (
        "Public models: shown in 0, not shown in 1 of 1 tried.",
        "Organisms: shown in 1 of 1 tried.",
    )
    assert catalog_sentences(some)[1:] == (
        "Public models: 2 head types looked for in 2 models, 1 shown in at least one (1 by scores alone, without a causal check).",
        "Organisms: 2 head types looked for in 1 model, 2 shown in at least one (2 by scores alone, without a causal check).",
    )
    assert model_sentences(some, "open-a")[1:] == (
        "Head types looked for: 2; 1 shown (1 by scores alone, without a causal check), 1 not shown.",
    )
    assert model_sentences(some, "open-b")[1:] == ("Head types looked for: 1; 0 shown, 1 not shown.",)
    assert model_sentences(some, "set")[1:] == ()
    showings = some.evidence.showings.values()
    assert [s.model for s in of_kind(some, showings, "organism")] == ["grown", "grown"]
    assert of_kind(some, showings, "exact") == []


def paper(name: str, date: str, role: str) -> Paper:
    """A paper about the sparkle head."""
    return Paper.model_validate({"id": name, "title": name, "date": date, "heads": [{"id": "sparkle", "role": role}]})


@pytest.mark.parametrize(
    ("papers", "first"),
    [
        ([("b-2001-b", "2001", "introduces"), ("a-1999-a", "1999", "applies")], "b-2001-b"),
        ([("b-2001-b", "2001", "introduces"), ("c-2000-c", "2000", "introduces")], "c-2000-c"),
        ([("b-2001-b", "2001", "contests"), ("a-1999-a", "1999", "applies")], "a-1999-a"),
        ([], None),
    ],
)
def test_the_first_report_is_the_oldest_paper_that_introduces_the_type(
    papers: list[tuple[str, str, str]], first: str | None
) -> None:
    """The oldest of any where none introduces it."""
    found = first_report(catalog(papers=[paper(*facts) for facts in papers]), "sparkle")
    assert (found and found.id) == first


def test_named_heads_are_those_that_claims_assert_in_models_of_others() -> None:
    """Numbers alone name none, nor does a claim about an organism or about heads that several query heads share."""
    about = [
        claim(id="asserts", values={}, heads=["L0H0", "L0H1"]),
        claim(id="again", values={}, heads=["L0H0"]),
        claim(id="by-value", values={"L1H2": 0.9}),
        claim(id="more-values", heads=["L0H0"], values={"L0H0": 0.9, "L1H3": 0.1}),
        claim(id="number", head=None, about="sparkle", values={"L1H0": 0.9}),
        claim(id="grown", model="grown", heads=["L1H1"], values={}),
        claim(id="shared", model="grouped", heads=["L1H1"], values={}, heads_are="key-value"),
        claim(id="lost", model="nowhere", heads=["L1H1"], values={}),
    ]
    models = [model(), model("grown", "organism"), model("grouped", n_key_value_heads=2)]
    assert named_heads(catalog(claims=about, models=models)) == {
        ("jar-small", HeadIndex(0, 0)),
        ("jar-small", HeadIndex(0, 1)),
        ("jar-small", HeadIndex(1, 2)),
    }


def test_every_standing_has_its_words() -> None:
    """A new one must be said in sentences, too."""
    text = ClaimCount(5, 1, dict.fromkeys(STANDINGS, 1)).text()
    assert text == "5 claims about 1 model: 1 met, 1 off, 1 not comparable, 1 formula checked, 1 not rerun."


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        ({"copy": "copy"}, "1 met (1 on a quantised copy)"),
        ({"copy": "copy", "formula": "data"}, "1 met (1 on a quantised copy)"),  # no model was run for that one
        ({"copy": "copy", "elsewhere": "other prompts"}, "1 met (1 on a quantised copy)"),  # it decides nothing
        ({"copy": "copy", "own": "own"}, "1 met"),
        ({"own": "own"}, "1 met"),
    ],
)
def test_a_claim_that_only_a_copy_meets_is_said_to_be_met_on_one(runs: dict[str, str], said: str) -> None:
    """Whatever else was run: a check of its formula, or prompts of another kind, meet nothing."""
    how: dict[str, dict[str, Any]] = {
        "copy": {"model": "jar-q4", "copy_of": "jar-small"},
        "data": {"model_source": "published-data"},
        "other prompts": {"prompts": {"generator": "needle", "sha256": "0" * 64}},
        "own": {},
    }
    made = [claim_run(name, on={"L0H0": 0.9}, **how[kind]) for name, kind in runs.items()]
    copied = {"quantisation_of": "jar-small", "quantisation": "rounded", "weights_sha256": "0" * 64}
    models = [model(), model("jar-q4", **copied)]
    some = catalog(made, [claim()], models)
    assert count_claims(some, some.statements.values()).text() == f"1 claim about 1 model: {said}, 0 off, 0 not rerun."
