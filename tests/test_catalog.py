"""Look-ups over the invented catalog."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from headkb import Catalog, CatalogError, CatalogWarning, UnknownNameError, load_catalog
from headkb.catalog import all_dossiers, head_dossier
from headkb.catalog.load import load
from headkb.catalog.schema import HeadIndex, Paper, Run, normalise, parse_head
from tests.small_records import behaviour, claim_run, run


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
    named = [c.statement.id for c in head_dossier(toy_catalog, "jar-small", HeadIndex(0, 1)).claims]
    assert named == ["moss-1999-sparkle/small-sparkle", "fern-2001-glitter/small-sparkle"]  # the surest first
    (row,) = head_dossier(toy_catalog, "jar-small", HeadIndex(0, 3)).tables
    assert (row.statement.id, row.value, row.rank, row.of) == ("moss-1999-sparkle/small-table", 0.2, 3, 4)
    assert head_dossier(toy_catalog, "jar-small", HeadIndex(0, 2)).tables == ()  # an empty cell is not a zero


def test_a_table_that_cannot_be_read_is_an_error(toy_copy: Path) -> None:
    """Its values are not left out of what is known about a head."""
    (toy_copy / "claims" / "moss-1999-sparkle" / "jar-small.csv").write_text("layer,glow\n")
    with pytest.raises(CatalogError, match=r"jar-small\.csv:1:1: .* cannot be read: line 1"):
        head_dossier(load_catalog(toy_copy), "jar-small", HeadIndex(0, 3))


def test_every_head_of_an_atlas_has_a_dossier(toy_catalog: Catalog) -> None:
    """Whether or not anyone says something of it, and only where its model has an atlas."""
    assert toy_catalog.atlases.keys() == {"jar-small"}
    assert len(all_dossiers(toy_catalog)["jar-small"]) == 8


@pytest.mark.parametrize(("grouped", "claims"), [(None, 1), (4, 1), (2, 0)])
def test_a_key_value_head_is_a_query_head_only_where_it_is_not_shared(
    grouped: int | None, claims: int, toy_catalog: Catalog
) -> None:
    """L0H1 as one of two key-value heads serves L0H2 and L0H3, so the claim says nothing about the query head L0H1."""
    file = toy_catalog.claims["moss-1999-sparkle"]
    keys = file.model_copy(
        update={"claims": tuple(c.model_copy(update={"heads_are": "key-value"}) for c in file.claims)}
    )
    model = toy_catalog.models["jar-small"].model_copy(update={"n_key_value_heads": grouped})
    catalog = dataclasses.replace(toy_catalog, claims={keys.id: keys}, models={model.id: model})
    dossier = head_dossier(catalog, "jar-small", HeadIndex(0, 1))
    assert len(dossier.claims) == len(dossier.tables) == claims


BROKEN = "name: Sparkle Head\ndefinition: [\n"


def test_a_broken_file_is_an_error_unless_asked_otherwise(toy_copy: Path) -> None:
    """By default every problem is in the error; `strict=False` warns with the count and the first place."""
    (toy_copy / "heads" / "sparkle.yaml").write_text(BROKEN)
    (toy_copy / "glossary" / "jar.yaml").write_text("nmae: Jar\n")
    with pytest.raises(CatalogError) as error:
        load_catalog(toy_copy)
    assert {d.path for d in error.value.diagnostics} == {"heads/sparkle.yaml", "glossary/jar.yaml"}
    with pytest.warns(CatalogWarning, match=r"2 catalog file\(s\) are left out, first glossary/jar\.yaml:1:1"):
        catalog = load_catalog(toy_copy, strict=False)
    assert set(catalog.heads) == {"twinkle"}
    assert catalog.refused["heads"]["sparkle"].rule == "syntax"


@pytest.mark.parametrize(
    "name", ["sparkle", "Sparkle Head", "SPARKLE heads", "sparkel", "sparkle head of the first layer", "sprkle"]
)
def test_a_refused_record_is_not_answered_with_another(name: str, toy_copy: Path) -> None:
    """However the name is spelt, the answer is the fault of the file, not the nearest other head type."""
    sound = toy_copy / "heads" / "sparkle.yaml"
    sound.rename(sound.with_name("anti-sparkle.yaml")).write_text(sound.with_name("twinkle.yaml").read_text())
    sound.write_text(BROKEN)
    catalog = lenient(toy_copy)
    assert "anti-sparkle" in catalog.heads
    with pytest.raises(CatalogError, match=r"heads/sparkle\.yaml was refused: heads/sparkle\.yaml:3:1"):
        catalog.resolve("heads", name)


def test_an_unknown_name_mentions_the_files_that_were_refused(toy_copy: Path) -> None:
    """An alias inside a broken file cannot be read, so the answer says that the record may be there; other look-ups stay as they are."""
    (toy_copy / "heads" / "sparkle.yaml").write_text(BROKEN)
    catalog = lenient(toy_copy)
    with pytest.raises(
        UnknownNameError, match=r"1 file\(s\) in heads were refused and may hold it, first heads/sparkle"
    ):
        catalog.resolve("heads", "glitter")
    assert catalog.resolve("heads", "twinkle head").id == "twinkle"
    with pytest.raises(UnknownNameError, match=r"shows all\.$"):
        catalog.resolve("papers", "nobody-1900")


def test_a_second_file_of_a_record_refuses_nothing(toy_copy: Path) -> None:
    """A copy in the wrong place is a problem, but the record is there."""
    (toy_copy / "heads" / "old").mkdir()
    (toy_copy / "heads" / "old" / "sparkle.yaml").write_text(BROKEN)
    assert lenient(toy_copy).resolve("heads", "Glitter").id == "sparkle"


def lenient(root: Path) -> Catalog:
    """The catalog without its broken files."""
    with pytest.warns(CatalogWarning):
        return load_catalog(root, strict=False)


def test_a_claim_without_a_run_is_not_rerun(toy_catalog: Catalog) -> None:
    """Nothing is said of it by default."""
    assert toy_catalog.evidence.standing("moss-1999-sparkle/small-sparkle") == "not-rerun"
    assert toy_catalog.evidence.standing("moss-1999-sparkle/small-sparkle", HeadIndex(0, 1)) == "not-rerun"


@pytest.mark.parametrize("text", ["L9H6", "l9h6", "9.6", "9,6", "9:6", "9 6", "layer 9 head 6", " 9/6 "])
def test_head_coordinates_are_read_in_the_usual_forms(text: str) -> None:
    """Papers write 9.6 where the catalog writes L9H6."""
    assert parse_head(text) == HeadIndex(9, 6)
    assert str(parse_head(text)) == "L9H6"


@pytest.mark.parametrize("text", ["", "L9", "H6", "9", "-1.2", "9.6.3", "L9H6x"])
def test_other_text_is_no_head(text: str) -> None:
    """What is not a coordinate is not guessed at."""
    with pytest.raises(ValueError, match="is not a head"):
        parse_head(text)


def test_a_record_spells_a_head_in_one_way(toy_copy: Path) -> None:
    """What the command line forgives, a file may not say; the error stands at the value and shows the form."""
    path = toy_copy / "claims" / "moss-1999-sparkle.yaml"
    path.write_text(path.read_text().replace("{L0H1: 0.9}", "{0.1: 0.9}"))
    _, (problem,) = load(toy_copy)
    assert "claims[0].values.0.1" in problem.text()
    assert "a head is written L9H6: layer and head, both counted from 0" in problem.text()


def test_heads_are_the_same_in_a_record_and_in_its_data(toy_catalog: Catalog) -> None:
    """Inside they are indices, in JSON and YAML they are names."""
    claim = toy_catalog.statements["moss-1999-sparkle/small-sparkle"].claim
    assert claim.named_heads() == (HeadIndex(0, 1),)
    assert claim.model_dump(mode="json")["values"] == {"L0H1": 0.9}
    assert type(claim).model_validate(claim.model_dump()) == claim


def test_normalising_keeps_names_apart_that_differ_in_words() -> None:
    """Only spelling is taken out, and the word head only as a word."""
    assert normalise("S-Inhibition Head") == normalise("s inhibition heads") == "sinhibition"
    assert normalise("Headline Head") == "headline"
    assert normalise("Head") == "head"


def test_a_claim_is_met_only_with_every_head_it_gives_a_value_for(toy_copy: Path) -> None:
    """One head of two rerun is not enough; both meet it; one that lies outside its tolerance puts it off."""
    path = toy_copy / "claims" / "moss-1999-sparkle.yaml"
    text = path.read_text().replace("{L0H1: 0.9}", "{L0H1: 0.9, L0H2: 0.9}\n    tolerance: 0.05")
    path.write_text(text.replace("score: previous-token", "score: previous-token\n    prompts: random-tokens"))
    catalog, found = load(toy_copy)
    assert found == []

    def standings(*runs: Run) -> list[str]:
        evidence = dataclasses.replace(catalog, runs={run.id: run for run in runs}).evidence
        return [
            evidence.standing("moss-1999-sparkle/small-sparkle", head)
            for head in (None, HeadIndex(0, 1), HeadIndex(0, 2))
        ]

    one = claim_run("a", on={"L0H1": 0.9})
    assert standings(one) == ["not-rerun", "met", "not-rerun"]
    assert standings(one, claim_run("b", on={"L0H2": 0.88})) == ["met", "met", "met"]
    assert standings(claim_run("a", on={"L0H1": 0.9, "L0H2": 0.2})) == ["off", "met", "off"]


def test_a_run_knows_its_scores_by_head_and_their_distance_from_what_was_expected() -> None:
    """Heads that were not measured have no score and lie infinitely far off."""
    run = claim_run("a", on={"L0H1": 0.9, "L1H2": 0.5})
    assert run.scores() == {HeadIndex(0, 1): 0.9, HeadIndex(1, 2): 0.5}
    assert [run.distance(e) for e in run.expected] == pytest.approx([0.0, 0.4])
    assert run.distance(run.expected[0].model_copy(update={"head": HeadIndex(1, 3)})) == float("inf")
    assert run.strongest("more") == (HeadIndex(0, 1), 0.9)
    assert run.strongest("less") == (HeadIndex(1, 2), 0.5)
    assert run.model_copy(update={"values": ((None, None),)}).strongest("more") is None


@pytest.mark.parametrize(("layers", "first"), [((), 0), ((0, 1), 0), ((3, 5), 3)])
def test_the_value_of_a_head_is_found_in_the_layers_that_were_measured(layers: tuple[int, ...], first: int) -> None:
    """As in the table of all scores; outside of them there is none."""
    one = run(values=[[0.1, 0.2], [0.3, None]], layers=layers)
    last = layers[1] if layers else 1
    assert (one.value_of(first, 1), one.value_of(last, 0), one.value_of(last, 1)) == (0.2, 0.3, None)
    assert one.value_of(last + 1, 0) is one.value_of(first, 2) is None
    assert one.scores() == {HeadIndex(first, 0): 0.1, HeadIndex(first, 1): 0.2, HeadIndex(last, 0): 0.3}


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"claim": "moss-1999-sparkle/small-sparkle", "recipe": "default"}, "name one of them"),
        ({"recipe": None}, "name one of them"),
        ({"heads": "L0H1", "behaviours": [behaviour(1.0)]}, "asked where no head was found"),
    ],
)
def test_a_run_tests_one_thing_and_asks_for_a_behaviour_only_without_heads(facts: dict[str, Any], words: str) -> None:
    """A run of two kinds, of none, and one that asks although it found a head to silence."""
    assert run(behaviours=[behaviour(1.0)]).behaviours
    with pytest.raises(ValidationError, match=words):
        run(**facts)


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
