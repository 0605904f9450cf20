"""Look-ups over the invented catalog."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from headkb import Catalog, UnknownNameError, load_catalog
from headkb.catalog.schema import HeadIndex, Paper, Run, normalise, parse_head


@pytest.mark.parametrize("name", ["sparkle", "Sparkle Head", "glitter head", "GLITTER", "sparkle-heads"])
def test_a_head_is_found_by_any_spelling_of_any_name(name: str, toy_catalog: Catalog) -> None:
    """Ids, names and aliases lead to the record, whatever their case and punctuation."""
    assert toy_catalog.resolve("heads", name).id == "sparkle"


def test_a_miss_suggests_near_names(toy_catalog: Catalog) -> None:
    """A typing mistake is answered with the name that was meant."""
    with pytest.raises(UnknownNameError) as error:
        toy_catalog.resolve("heads", "sparkel")
    assert str(error.value) == "no head named 'sparkel'. Did you mean 'sparkle'? `headkb list heads` shows all."


def test_papers_of_a_head_are_computed_from_the_papers(toy_catalog: Catalog) -> None:
    """Roles are stored with the paper and turned round, oldest first."""
    papers = toy_catalog.papers_of_head["sparkle"]
    assert [(p.id, role) for p, role in papers] == [
        ("moss-1999-sparkle", "introduces"),
        ("fern-2001-glitter", "contests"),
    ]


def test_a_head_of_a_model_is_looked_up_in_claims_and_tables(toy_catalog: Catalog) -> None:
    """Named claims and table cells about one head are both found, and only those."""
    named = [s.id for s in toy_catalog.statements_about("jar-small", HeadIndex(0, 1))]
    assert named == ["fern-2001-glitter/small-sparkle", "moss-1999-sparkle/small-sparkle"]
    assert [(s.id, v) for s, v in toy_catalog.table_values("jar-small", HeadIndex(0, 3))] == [
        ("moss-1999-sparkle/small-table", 0.2)
    ]
    assert toy_catalog.table_values("jar-small", HeadIndex(0, 2)) == []  # an empty cell is not a zero


def test_a_claim_without_a_run_is_reported(toy_catalog: Catalog) -> None:
    """The lowest rung is the default."""
    assert toy_catalog.rung("moss-1999-sparkle/small-sparkle") == "reported"


@pytest.mark.parametrize("text", ["L9H6", "l9h6", "9.6", "9,6", "9:6", "9 6", "layer 9 head 6", " 9/6 "])
def test_head_coordinates_are_read_in_the_usual_forms(text: str) -> None:
    """Papers write 9.6 where the catalog writes L9H6."""
    assert parse_head(text) == HeadIndex(9, 6)
    assert str(parse_head(text)) == "L9H6"


@pytest.mark.parametrize("text", ["", "L9", "H6", "9", "-1.2", "9.6.3", "L9H6x"])
def test_other_text_is_no_head(text: str) -> None:
    """What is not a coordinate is not guessed at."""
    assert parse_head(text) is None


def test_normalising_keeps_names_apart_that_differ_in_words() -> None:
    """Only spelling is taken out, and the word head only as a word."""
    assert normalise("S-Inhibition Head") == normalise("s inhibition heads") == "sinhibition"
    assert normalise("Headline Head") == "headline"
    assert normalise("Head") == "head"


def with_runs(catalog: Catalog, *runs: Run) -> Catalog:
    """The catalog with these runs."""
    return dataclasses.replace(catalog, runs={run.id: run for run in runs})


def claim_run(name: str, **values: float) -> Run:
    """A run against a claim about jar-small that expects 0.9 ± 0.05 of each head given."""
    rows = [[None] * 4, [None] * 4]
    for head, value in values.items():
        rows[int(head[1])][int(head[3])] = value
    expected = [{"head": head, "value": 0.9, "tolerance": 0.05, "reason": "claimed"} for head in values]
    met = all(abs(value - 0.9) <= 0.05 for value in values.values())
    facts = {
        "head": "sparkle",
        "score": "previous-token",
        "score_version": 1,
        "model": "jar-small",
        "model_source": "directory",
    }
    facts |= {
        "prompts": {"generator": "random-tokens", "sha256": "0" * 64},
        "dtype": "float32",
        "attention": "eager",
        "bos": "none",
    }
    facts |= {
        "versions": {},
        "hardware": "a jar",
        "seconds": 1,
        "date": "2026-01-01",
        "claim": "moss-1999-sparkle/small-sparkle",
    }
    verdict = "reproduced" if met else "deviating"
    return Run.model_validate({**facts, "id": name, "values": rows, "expected": expected, "verdict": verdict})


def test_a_claim_climbs_the_ladder_only_with_every_head_it_gives_a_value_for(toy_copy: Path) -> None:
    """One head of two rerun leaves the claim reported; both lift it; one that deviates is told."""
    path = toy_copy / "claims" / "moss-1999-sparkle.yaml"
    path.write_text(path.read_text().replace("{L0H1: 0.9}", "{L0H1: 0.9, L0H2: 0.9}"))
    catalog = load_catalog(toy_copy)
    claim = "moss-1999-sparkle/small-sparkle"
    one = with_runs(catalog, claim_run("a", L0H1=0.9))
    assert one.rung(claim) == "reported"
    assert one.rung(claim, HeadIndex(0, 1)) == "reproduced"
    assert one.rung(claim, HeadIndex(0, 2)) == "reported"
    assert with_runs(catalog, claim_run("a", L0H1=0.9), claim_run("b", L0H2=0.88)).rung(claim) == "reproduced"
    mixed = with_runs(catalog, claim_run("a", L0H1=0.9, L0H2=0.2))
    assert mixed.rung(claim) == "deviating"
    assert mixed.rung(claim, HeadIndex(0, 1)) == "reproduced"
    assert mixed.rung(claim, HeadIndex(0, 2)) == "deviating"


def test_a_run_knows_its_scores_by_head_and_their_distance_from_what_was_expected() -> None:
    """Heads that were not measured have no score and lie infinitely far off."""
    run = claim_run("a", L0H1=0.9, L1H2=0.5)
    assert run.scores() == {HeadIndex(0, 1): 0.9, HeadIndex(1, 2): 0.5}
    assert [run.distance(e) for e in run.expected] == pytest.approx([0.0, 0.4])
    assert run.distance(run.expected[0].model_copy(update={"head": "L1H3"})) == float("inf")
    assert run.strongest() == (HeadIndex(0, 1), 0.9)
    assert run.model_copy(update={"values": ((None, None),)}).strongest() is None


def test_a_checked_name_of_a_head_is_read_back() -> None:
    """A head prints as it is read."""
    assert HeadIndex.of("L10H7") == HeadIndex(10, 7)
    assert HeadIndex.of(str(HeadIndex(0, 12))) == HeadIndex(0, 12)


@pytest.mark.parametrize(
    ("date", "arxiv", "first"),
    [
        ("2023-02-02", "2211.00593", "2022-11"),  # a list dates the venue; the preprint is older
        ("2022-11-01", "2211.00593", "2022-11-01"),
        ("2022-10-30", "2211.00593", "2022-10-30"),
        ("2022", "2211.00593", "2022"),
        ("2021-12-22", None, "2021-12-22"),
    ],
)
def test_a_paper_is_as_old_as_its_first_public_version(date: str, arxiv: str | None, first: str) -> None:
    """An arXiv id tells the month of the first version."""
    facts = {"id": "a-2022-b", "title": "A", "date": date} | ({"arxiv": arxiv} if arxiv else {})
    assert Paper.model_validate(facts).first_public == first
