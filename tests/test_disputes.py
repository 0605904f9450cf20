"""Disputes from each source of them, and what makes none."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from headkb import Catalog, load_catalog
from headkb.catalog import head_dossier
from headkb.catalog.disputes import find_disputes
from headkb.catalog.plain_data import plain_record
from headkb.catalog.table_pairs import TablePair, table_pairs
from headkb.head_index import HeadIndex

CLAIM, RIVAL = "fern-2001-glitter/small-sparkle", "moss-1999-sparkle/small-sparkle"
TABLE = """repository: {name: SOURCE/jars, commit: abcdef0}
measures:
  glow: {name: Glow, definition: What shines., score: SCORE, factor: FACTOR, differs: Shaken.}
claims:
  - id: table
    about: sparkle
    model: jar-large
    statement: Every head.
    measure: glow
    table: {file: NAME/large.csv, column: glow}
    source: {repository: SOURCE/jars, commit: abcdef0, path: large.csv}
    confidence: high
"""
FALLING = [float(n) for n in range(40, 0, -1)]


def test_both_sides_of_a_contested_claim_are_told(toy_copy: Path) -> None:
    """The claim that contests and the one contested may be about two types: both have the dispute, and so has the head."""
    path = toy_copy / "claims" / "fern-2001-glitter.yaml"
    path.write_text(path.read_text().replace("head: sparkle", "head: twinkle") + "    note: Light decides.\n")
    catalog = load_catalog(toy_copy)
    (dispute,) = catalog.disputes.of_type["twinkle"]
    assert dispute in catalog.disputes.of_type["sparkle"]
    assert dispute.data() == {
        "kind": "claims",
        "types": ["twinkle", "sparkle"],
        "by": f"claims/{CLAIM}",
        "against": [f"claims/{RIVAL}"],
        "model": "jar-small",
        "heads": ["L0H1"],
        "says": "Head L0H1 looks at itself.",
        "why": "Light decides.",
    }
    assert dispute in head_dossier(catalog, "jar-small", HeadIndex(0, 1)).disputes
    assert head_dossier(catalog, "jar-small", HeadIndex(0, 2)).disputes == ()
    assert dispute.text() == f"{CLAIM} contests {RIVAL} about L0H1: Head L0H1 looks at itself."


def test_a_paper_contests_a_type_in_its_own_words(toy_catalog: Catalog) -> None:
    """The type has it, and so has a head that a claim says is of the type."""
    claims, paper = toy_catalog.disputes.of_type["sparkle"]
    assert (claims.kind, paper.kind) == ("claims", "paper")
    assert paper.text() == "fern-2001-glitter contests sparkle: The glow comes from the glass."
    assert head_dossier(toy_catalog, "jar-small", HeadIndex(0, 1)).disputes == (claims, paper)
    assert "twinkle" not in toy_catalog.disputes.of_type


def test_the_record_of_a_type_and_of_a_head_hold_their_disputes(toy_catalog: Catalog) -> None:
    """As the API serves them."""
    disputes = [d.data() for d in toy_catalog.disputes.of_type["sparkle"]]
    assert plain_record(toy_catalog, toy_catalog.heads["sparkle"])["disputes"] == disputes
    assert plain_record(toy_catalog, toy_catalog.heads["twinkle"])["disputes"] == []
    assert head_dossier(toy_catalog, "jar-small", HeadIndex(0, 1)).data()["disputes"] == disputes


@dataclasses.dataclass
class Side:
    """A table of the model with 4 x 10 heads: its values by head in order, None for an empty cell."""

    values: Sequence[float | None]
    source: str
    score: str = "previous-token"
    factor: int = 1


def with_tables(root: Path, *sides: Side) -> Catalog:
    """The invented catalog with these tables."""
    model = (root / "models" / "jar-small.yaml").read_text()
    model = model.replace("n_layers: 2", "n_layers: 4").replace("n_heads: 4", "n_heads: 10")
    (root / "models" / "jar-large.yaml").write_text(model.replace("Jar small", "Jar large"))
    for number, side in enumerate(sides):
        name = f"table-{number}"
        text = TABLE.replace("NAME", name).replace("SOURCE", side.source)
        text = text.replace("SCORE", side.score).replace("FACTOR", str(side.factor))
        (root / "claims" / f"{name}.yaml").write_text(text)
        (root / "claims" / name).mkdir()
        cells = [f"{i // 10},{i % 10},{'' if v is None else v}" for i, v in enumerate(side.values)]
        (root / "claims" / name / "large.csv").write_text("\n".join(["layer,head,glow", *cells, ""]))
    return load_catalog(root)


def disputed(catalog: Catalog) -> list[TablePair]:
    """The pairs of tables that are in dispute."""
    return [d.pair for d in catalog.disputes.of_type.get("sparkle", ()) if d.pair]


def swapped(values: Sequence[float], one: slice, other: slice) -> list[float]:
    """The values with two stretches exchanged."""
    new = list(values)
    new[one], new[other] = new[other], new[one]
    return new


def test_two_tables_that_rank_heads_differently_are_in_dispute(toy_copy: Path) -> None:
    """With the coefficient of the textbook formula and the heads that only one of them has among its first ten."""
    other = [float((n * 7) % 40) for n in range(40)]
    catalog = with_tables(toy_copy, Side(FALLING, "oak"), Side(other, "elm"))
    (pair,) = disputed(catalog)
    ranks = [(n, sum(v > w for v in other)) for n, w in enumerate(other)]
    spearman = 1 - 6 * sum((a - b) ** 2 for a, b in ranks) / (40 * (40**2 - 1))
    shared = set(range(10)) & {n for n, place in ranks if place < 10}
    assert pair.rank_correlation == pytest.approx(spearman)
    assert (pair.heads, pair.top, pair.top_shared, pair.whole) == (40, 10, len(shared), True)
    assert len(pair.at_odds) == 2 * (10 - len(shared))
    head = HeadIndex(0, 0)
    assert pair.at_odds[head] == (1, 1 + ranks[0][1])
    (dispute,) = head_dossier(catalog, "jar-large", head).disputes
    assert dispute.why == "Shaken. Shaken."
    assert dispute.data()["figures"]["at_odds"]["L0H0"] == [1, 40]
    assert (
        dispute.text() == f"table-0/table and table-1/table rank the heads of jar-large differently: {pair.figures()}"
    )


def agreeing(values: Sequence[float]) -> list[float]:
    """Other numbers in the same order."""
    return [value**3 / 7 for value in values]


@pytest.mark.parametrize(
    ("first", "second", "disputes"),
    [
        (Side(FALLING, "oak"), Side(agreeing(FALLING), "elm"), 0),  # the same order
        (Side(FALLING, "oak"), Side([-v for v in FALLING], "elm", factor=-1), 0),  # the other sign
        (Side(FALLING, "oak"), Side([-v for v in FALLING], "elm"), 1),  # really the other way round
        (Side(FALLING, "oak"), Side(FALLING[::-1], "oak"), 0),  # one source
        (Side(FALLING, "oak"), Side(FALLING[::-1], "elm", score="shine"), 0),  # another question
        (Side(FALLING[:19] + [None] * 21, "oak"), Side(FALLING[::-1], "elm"), 0),  # too few heads
        (Side(FALLING, "oak"), Side(swapped(FALLING, slice(5, 10), slice(10, 15)), "elm"), 0),  # half of the first ten
        (Side(FALLING, "oak"), Side(swapped(FALLING, slice(4, 10), slice(10, 16)), "elm"), 1),  # less than half
        (Side(FALLING, "oak"), Side([*FALLING[:10], *range(-30, 0)], "elm"), 1),  # the first ten alone agree
        (Side([*FALLING[9::-1], *range(-20, 0), *[None] * 10], "oak"), Side(FALLING, "elm"), 0),  # a list has no tail
    ],
)
def test_what_is_a_dispute_of_two_tables(first: Side, second: Side, disputes: int, toy_copy: Path) -> None:
    """Two sources, one score, its sign, enough heads; then either the first ten or, for whole tables, the whole order."""
    assert len(disputed(with_tables(toy_copy, first, second))) == disputes


def test_the_first_ten_are_those_that_the_score_looks_for(toy_copy: Path) -> None:
    """Tables that agree about the lowest heads are in dispute only where the highest are wanted."""
    catalog = with_tables(toy_copy, Side(FALLING, "oak"), Side(swapped(FALLING, slice(0, 9), slice(10, 19)), "elm"))
    assert len(disputed(catalog)) == 1
    score = catalog.scores["previous-token"].model_copy(update={"direction": "less"})
    assert disputed(dataclasses.replace(catalog, scores={score.id: score})) == []


def test_figures_are_there_for_every_pair(toy_copy: Path) -> None:
    """Also where two tables agree, where one source has both, and where the scores are two."""
    sides = [Side(FALLING, "oak"), Side(agreeing(FALLING), "oak"), Side(agreeing(FALLING), "elm", score="shine")]
    catalog = with_tables(toy_copy, *sides)
    pairs = list(table_pairs(catalog))
    assert [(p.first[6], p.second[6], p.one_source, p.score) for p in pairs] == [
        ("0", "1", True, "previous-token"),
        ("0", "2", False, None),
        ("1", "2", False, None),
    ]
    assert not any(pair.differs or pair.same_question for pair in pairs)
    assert list(table_pairs(catalog, same_question=True)) == []


@pytest.mark.parametrize(("standing", "count"), [("off", 1), ("met", 0), ("not-comparable", 0), ("not-rerun", 0)])
def test_our_own_run_is_a_side_only_where_it_puts_a_claim_off(
    standing: str, count: int, toy_catalog: Catalog, real_catalog: Catalog
) -> None:
    """With what was claimed and what was measured; a run on a quantised copy or on published data is none."""
    run = next(run for run in real_catalog.runs.values() if run.expected)
    expected = run.expected[0].model_copy(update={"head": HeadIndex(0, 1), "value": 0.9, "tolerance": 0.05})
    facts: dict[str, Any] = {
        "claim": RIVAL,
        "model": "jar-small",
        "model_source": "directory",
        "copy_of": None,
        "table": None,
    }
    facts |= {"values": ((0.1, 0.2, 0.3, 0.4),), "layers": (), "expected": (expected,), "cause": "Cold jars."}
    missed = run.model_copy(update={**facts, "id": "cold", "date": "2026-01-01"})
    others = [
        missed.model_copy(update={"id": "copied", "copy_of": "jar-small", "date": "2026-01-02"}),
        missed.model_copy(update={"id": "printed", "model_source": "published-data", "date": "2026-01-02"}),
    ]
    catalog = dataclasses.replace(toy_catalog, runs={r.id: r for r in [missed, *others]})
    found = find_disputes(catalog, lambda claim: standing)
    off = [d for d in found.of_type["sparkle"] if d.kind == "off"]
    assert len(off) == count
    for dispute in off:
        assert (dispute.by, dispute.against, dispute.why) == ("runs/cold", (f"claims/{RIVAL}",), "Cold jars.")
        assert dispute.text() == f"cold puts {RIVAL} off: L0H1 claimed 0.9, measured 0.2"
        assert dispute.data()["misses"] == [{"head": "L0H1", "claimed": 0.9, "measured": 0.2, "tolerance": 0.05}]
        assert dispute in found.of_head("jar-small", HeadIndex(0, 1), ())


def test_every_contest_of_the_catalog_is_found(real_catalog: Catalog) -> None:
    """Counted from the records themselves: one dispute for each paper and claim that contests, with words of its own."""
    entries = {(p.id, e.id) for p in real_catalog.papers.values() for e in p.heads if e.role == "contests"}
    claims = {f"{f.id}/{c.id}" for f in real_catalog.claims.values() for c in f.claims if c.contests}
    found = [d for disputes in real_catalog.disputes.of_type.values() for d in disputes]
    assert {(d.by.removeprefix("papers/"), d.types[0]) for d in found if d.kind == "paper"} == entries
    assert {d.by.removeprefix("claims/") for d in found if d.kind == "claims"} == claims
    assert all(d.says for d in found if d.kind in ("paper", "claims"))


def test_the_copying_scores_of_gpt2_are_in_dispute(real_catalog: Catalog) -> None:
    """One formula, weights folded and as they are: the ranking of GPT-2 small is another one.

    Its induction scores agree where the prompts are alike; on natural text the first ten are mostly the same and the rest is not.
    """
    pairs = [d.pair for d in real_catalog.disputes.of_type["induction"] if d.pair]
    (copying,) = (p for p in pairs if p.score == "ov-copying")
    assert (copying.model, copying.top_shared) == ("gpt2", 0)
    text = [p for p in pairs if p is not copying]
    assert all(p.first.startswith("hijohnnylin-neuronpedia/") for p in text)
    assert all(p.top_shared >= 6 for p in text if p.model == "gpt2")
    asked = [p for p in table_pairs(real_catalog, same_question=True) if p.score == "induction"]
    assert len([p for p in asked if not p.first.startswith("hijohnnylin-neuronpedia/")]) >= 7
    assert [p for p in asked if p.differs] == text


def test_pairs_that_agree_are_kept_beside_those_in_dispute(real_catalog: Catalog) -> None:
    """By model; each pair in dispute is one of them."""
    pairs = [p for of_model in real_catalog.disputes.pairs.values() for p in of_model]
    assert len(pairs) >= 20
    assert sum(not p.differs for p in pairs) >= 10
    disputed = [d.pair for found in real_catalog.disputes.of_type.values() for d in found if d.pair]
    assert [p for p in pairs if p.differs] == sorted(disputed, key=pairs.index)
    assert all(p.model == model for model, of in real_catalog.disputes.pairs.items() for p in of)
